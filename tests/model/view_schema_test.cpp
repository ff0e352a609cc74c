#include <catch2/catch.hpp>

#include <tidemark/errors.hpp>

#include "model/schema_toml.hpp"
#include "model/view_layout.hpp"

namespace tidemark {
namespace {

constexpr const char* kRuns = R"toml([source.run]
time = "ended_at"
[source.run.fields]
account = "text"
kind = "text"
labels = "labels"
ended_at = "instant"
took = "duration"
cost = "number(0.01)"
[rollup.runs]
source = "run"
every = "1h"
by = ["account", "kind", "labels"]
[rollup.runs.columns]
total = "count()"
took = "sum(took)"
p95 = "percentile_cont(0.95, took)"
related = "corr(took, cost)"
[rollup.ever]
source = "run"
by = ["account"]
[rollup.ever.columns]
total = "count()"
[table.account]
[table.account.columns]
plan = "text"
internal = "boolean"
price = "number(0.01)"
)toml";
constexpr int kLines = 28;

SchemaPtr schema_of(const std::string& more) {
  std::vector<SchemaText> texts(1);
  texts[0] = {"t.toml", kRuns + more};
  return parse_schema(texts);
}

/// Lines are counted from the first of `more`.
std::string error_of(const std::string& more) {
  try {
    schema_of(more);
  } catch (const InputError& error) {
    const std::string text = error.what();
    const std::size_t colon = text.find(':', 7);
    return std::to_string(std::stoi(text.substr(7, colon)) - kLines) + text.substr(colon);
  }
  return "none";
}

/// An error in a view of these lines.
std::string view_error(const std::string& lines, const std::string& columns = "n = 'sum(total)'") {
  return error_of("[view.v]\nfrom = 'runs'\n" + lines + "\n[view.v.columns]\n" + columns + "\n");
}

void starts(const std::string& text, const std::string& start) {
  INFO(text);
  CHECK(text.starts_with(start));
}

}  // namespace

TEST_CASE("definitions of what is read are written back as they were, and read again as the same") {
  const SchemaPtr schema = schema_of(R"toml(
[view.days]
from = "base"
every = "1d"
total = true
fill = true
by = ["account.plan", "kind"]
where = "not (kind = 'it''s' or account.internal)"
having = "n > 0 and ratio <= 0.5 and seconds != -1"
order_by = ["n desc", "kind"]
limit = 10
rank = "place"
refresh = "*/5 * * * *"
time_zone = "Europe/Amsterdam"
public = true
[view.days.columns]
n = "SUM(total)"
ratio = "sum(total) where kind in ('b', 'a')/sum(total)"
seconds = "took"
p95 = "p95 where account.plan != 'free'"
accounts = "count_distinct( account )"
pairs = "regr_count(related)"
plan = "account.plan"
[view.base]
from = "runs"
window = "30d"
where = "account != ''"
[view.base.columns]
n = "sum(total)"
[view.sets]
from = "ever"
by = ["account"]
[[view.sets.rows]]
what = "'one'"
price = "account.price"
[[view.sets.rows]]
what = "'two'"
price = "account.price"
[recent.latest]
source = "run"
per = ["account"]
item = ["kind"]
columns = ["took", "cost"]
where = "kind = 'a'"
keep = 5
window = "24h"
public = true
)toml");
  const std::string text = format_schema(*schema);
  std::vector<SchemaText> again(1);
  again[0] = {"again.toml", text};
  const SchemaPtr read = parse_schema(again);
  CHECK(*read == *schema);
  CHECK(format_schema(*read) == text);
  const ViewDef& days_view = schema->views[0];
  CHECK(days_view.span == ViewDef::Span::last);
  CHECK(days_view.length == days(30));
  CHECK(days_view.where.nodes.size() == schema->views[1].where.nodes.size() + days_view.own_where.nodes.size() + 1);
}

TEST_CASE("a view's columns have types, and a key") {
  const SchemaPtr schema = schema_of(R"toml(
[view.v]
from = "runs"
every = "1d"
by = ["account.price", "labels"]
order_by = ["n"]
rank = "place"
[view.v.columns]
n = "sum(total)"
took = "took"
p95 = "p95"
share = "sum(total) / took"
)toml");
  using Kind = ValueType::Kind;
  const ViewLayout expected{"v",
                            {{"bucket_start", {Kind::instant, 0}, true},
                             {"account_price", {Kind::numeric, 2}, true},
                             {"labels", {Kind::text_list, 0}, true},
                             {"n", {Kind::integer, 0}, false},
                             {"took", {Kind::numeric, 6}, false},
                             {"p95", {Kind::real, 0}, false},
                             {"share", {Kind::real, 0}, false},
                             {"place", {Kind::integer, 0}, false}}};
  CHECK(view_layout(*schema, schema->views[0]) == expected);
}

TEST_CASE("what a view cannot be is refused with the line, the key, and what to write instead") {
  starts(view_error("", "n = 'sum(totl)'"),
         "5: [view.v.columns] n: column 5 of the expression: expected a column of runs ('total', 'took', 'p95' or "
         "'related'), found 'totl' (did you mean 'total'?)");
  starts(view_error("", "n = 'percentile_cont(0.9, took)'"),
         "5: [view.v.columns] n: column 1 of the expression: expected an aggregate ('sum', 'min', 'max', 'first', "
         "'last', 'avg', 'count_distinct' or 'regr_count'), or the name of a column of runs, found 'percentile_cont'; "
         "declare it as a column of runs and name that here");
  starts(view_error("", "n = 'sum(p95)'"),
         "5: [view.v.columns] n: column 5 of the expression: expected a column of runs that is a count or sum, found "
         "'p95', which is percentile_cont(0.95, took); 'p95' by itself is that, merged exactly");
  starts(view_error("", "n = 'p95 / total'"),
         "5: [view.v.columns] n: column 5 of the expression: expected counts or sums");
  starts(view_error("", "n = 'account.plan'"),
         "5: [view.v.columns] n: column 1 of the expression: expected 'account.plan' in 'by', or an aggregate such as "
         "count_distinct(account.plan)");
  starts(view_error("", "xmin = 'sum(total)'"), "5: [view.v.columns] xmin: expected another name");
  starts(view_error("where = \"account.plam = 'x'\""),
         "3: [view.v] where: column 1 of the expression: expected a text, result or boolean field of runs and its "
         "dimension tables, found 'account.plam' (did you mean 'account.plan'?)");
  starts(view_error("where = \"labels = 'x'\""), "3: [view.v] where: column 1 of the expression: expected a text");
  starts(view_error("window = '30 days'"), "3: [view.v] window: expected a duration such as");
  starts(view_error("every = '7m'"), "3: [view.v] every: expected whole minutes that divide a day evenly");
  starts(view_error("every = '30m'"), "3: [view.v] every: expected a multiple of 1h, the width of 'runs'");
  starts(view_error("total = true"), "3: [view.v] total: expected 'every', too");
  starts(view_error("every = '1d'\nfill = true"), "4: [view.v] fill: expected a 'window' with a beginning");
  starts(view_error("every = '1h'\nwindow = '10000d'\nfill = true"),
         "3: [view.v] every: expected at most 10000 windows");
  starts(view_error("by = ['acount']"),
         "3: [view.v] by: expected a list of dimensions and attributes ('account', 'kind', 'labels', 'account.plan', "
         "'account.internal' or 'account.price'), found 'acount' (did you mean 'account'?)");
  starts(view_error("by = ['kind', 'kind']"), "3: [view.v] by: expected each of them once, found 'kind' twice");
  starts(view_error("having = 'm > 1'"),
         "3: [view.v] having: column 1 of the expression: expected a column of the view");
  starts(view_error("order_by = ['n down']"), "3: [view.v] order_by: expected a list of columns of the view ('n')");
  starts(view_error("rank = 'place'"), "3: [view.v] rank: expected 'order_by', too");
  starts(view_error("rank = 'n'\norder_by = ['n']"), "5: [view.v] columns: expected another name than 'n'");
  starts(view_error("limit = 0"), "3: [view.v] limit: expected a whole number from 1 to 1000000");
  starts(view_error("refresh = '61 * * * *'"), "3: [view.v] refresh:");
  starts(view_error("time_zone = 'UTC'"), "3: [view.v] time_zone: expected 'refresh', too");
  starts(view_error("public = 'yes'"), "3: [view.v] public: expected true or false");
  starts(view_error("ordr_by = ['n']"), "3: [view.v] ordr_by: expected");
  starts(error_of("[view.v]\nfrom = 'ever'\nwindow = '1d'\n"),
         "3: [view.v] window: expected \"all\" or nothing, because 'ever' has no windows");
  starts(error_of("[view.v]\nfrom = 'run'\n"),
         "2: [view.v] from: expected a declared rollup ('runs' or 'ever') or another view, found 'run' (did you mean "
         "'runs'?)");
  starts(error_of("[view.v]\nfrom = 'runs'\n"),
         "1: [view.v] expected [view.v.columns] or several [[view.v.rows]], found neither");
  starts(error_of("[view.v]\nfrom = 'runs'\n[[view.v.rows]]\na = \"'x'\"\n[[view.v.rows]]\na = 'sum(total)'\n"),
         "5: [view.v.rows] expected columns of the same names, order and types as in the first rows of 'v'");
}

TEST_CASE("views that are made from each other in a circle are refused, however long it is") {
  const std::string columns = "\n[view.NAME.columns]\nn = 'sum(total)'\n";
  const auto view = [&](const std::string& name, const std::string& from) {
    std::string text = "[view." + name + "]\nfrom = '" + from + "'" + columns;
    return text.replace(text.find("NAME"), 4, name);
  };
  starts(error_of(view("a", "a")),
         "2: [view.a] from: expected a rollup, or a view that is not made from this one; found a circle: 'a' from 'a'");
  starts(error_of(view("a", "b") + view("b", "c") + view("c", "a")),
         "10: [view.c] from: expected a rollup, or a view that is not made from this one; found a circle: 'a' from 'b' "
         "from 'c' from 'a'. Name the rollup in one of them");
  CHECK(error_of(view("a", "b") + view("b", "runs") + view("c", "b")) == "none");
}

TEST_CASE("names that are taken at a sink are refused when they are declared") {
  const std::string rest = "\n[table.NAME.columns]\nplan = 'text'\n";
  const auto table = [&](const std::string& name) {
    std::string text = "[table." + name + "]" + rest;
    return error_of(text.replace(text.find("NAME"), 4, name));
  };
  starts(table("runs"), "1: [table] runs: expected a name that no rollup, view, recent or table has");
  starts(table("runs_fleet"), "1: [table] runs_fleet: expected another name: at a sink it is that of rollup 'runs'");
  starts(table("refreshes"),
         "1: [table] refreshes: expected another name: at a sink it is that of the sinks themselves");
}

TEST_CASE("what a dimension table or a recent cannot be is refused") {
  starts(error_of("[table.t]\n"), "1: [table.t] columns: expected the table of its attributes, found nothing");
  starts(error_of("[table.t.columns]\nx = 'labels'\n"), "2: [table.t.columns] x: expected a type");
  starts(error_of("[table.t.columns]\nt = 'text'\n"),
         "2: [table.t.columns] t: expected another name, found that of the key");
  starts(error_of("[recent.r]\nsource = 'runs'\n"), "2: [recent.r] source: expected a declared source ('run')");
  starts(error_of("[recent.r]\nsource = 'run'\nper = ['took']\n"),
         "3: [recent.r] per: expected text, labels, result or boolean fields, found the duration field 'took'");
  starts(error_of("[recent.r]\nsource = 'run'\nitem = ['kid']\n"),
         "3: [recent.r] item: expected a list of fields of source 'run'");
  starts(error_of("[recent.r]\nsource = 'run'\nitem = ['kind']\ncolumns = ['kind']\n"),
         "4: [recent.r] columns: expected each name once");
  starts(error_of("[recent.r]\nsource = 'run'\nkeep = 0\n"),
         "3: [recent.r] keep: expected a whole number from 1 to 10000");
  starts(error_of("[recent.r]\nsource = 'run'\nwhere = 'kind'\n"),
         "3: [recent.r] where: column 5 of the expression: expected '='");
}

}  // namespace tidemark
