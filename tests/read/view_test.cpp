#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "model/distribution.hpp"
#include "read/view_support.hpp"
#include "support/property.hpp"

namespace tidemark::test {
namespace {

constexpr Instant kMonday{1767571200'000'000};  // 2026-01-05T00:00:00Z
constexpr Instant kNow = kMonday + days(9) + hours(15) + minutes(20);

using Rows = std::vector<std::vector<std::string>>;

Run run(const std::string& account, Instant ended, std::int64_t seconds, bool failed = false, const std::string& kind = "flow") {
  return {account, kind, ended, seconds * 1'000'000, seconds * 10, failed};
}

const DimensionRows& accounts() {
  static const DimensionRows rows{
      {"acme", account("pro", false)}, {"beta", account("free", false)}, {"core", account("pro", true)}};
  return rows;
}

const std::vector<Run>& some_runs() {
  static const std::vector<Run> runs{run("acme", kNow - hours(30), 60),         run("acme", kNow - hours(2), 120, true),
                                     run("beta", kNow - hours(2), 30),          run("core", kNow - hours(1), 40),
                                     run("nobody knows", kNow - hours(1), 500), run("", kNow - hours(1), 7),
                                     run("acme", kNow - minutes(5), 20, false, "pulse")};
  return runs;
}

}  // namespace

TEST_CASE("a view has what its conditions leave, and an account that no table knows is neither free nor not") {
  const SchemaPtr schema = runs_schema(R"toml(
[view.paying]
from = "runs"
window = "30d"
where = "account.plan != 'free' and account.internal = false"
[view.paying.columns]
accounts = "count_distinct(account)"
total = "sum(total_runs)"
failed = "sum(failed_runs)"
cost = "sum(cost)"
rate = "sum(failed_runs) / sum(total_runs)"
p95 = "p95"
[view.not_free]
from = "runs"
where = "not account.plan = 'free'"
by = ["account"]
[view.not_free.columns]
total = "sum(total_runs)"
plan = "account.plan"
)toml");
  CHECK(rows_of(*schema, "paying", some_runs(), kNow, accounts()) ==
        Rows{{"1", "3", "1", "20.00", "0.3333333333333333", "114"}});
  CHECK(rows_of(*schema, "not_free", some_runs(), kNow, accounts()) == Rows{{"acme", "3", "pro"}, {"core", "1", "pro"}});
}

TEST_CASE("a dimension that a span lacks is a key, but no value that is counted or compared") {
  const SchemaPtr schema = runs_schema(R"toml(
[view.all]
from = "runs"
[view.all.columns]
accounts = "count_distinct(account)"
total = "sum(total_runs)"
[view.others]
from = "runs"
where = "account != 'acme'"
[view.others.columns]
total = "sum(total_runs)"
[view.keys]
from = "runs"
by = ["account"]
[view.keys.columns]
total = "sum(total_runs)"
)toml");
  CHECK(rows_of(*schema, "all", some_runs(), kNow) == Rows{{"4", "7"}});
  CHECK(rows_of(*schema, "others", some_runs(), kNow) == Rows{{"3"}});
  CHECK(rows_of(*schema, "keys", some_runs(), kNow).front() == std::vector<std::string>{"", "1"});
}

TEST_CASE("a window begins with the bucket that it cuts, and ends with the one that runs") {
  const SchemaPtr schema = runs_schema(R"toml(
[view.day]
from = "runs"
window = "24h"
[view.day.columns]
total = "sum(total_runs)"
[view.week]
from = "runs"
window = "this week"
[view.week.columns]
total = "sum(total_runs)"
[view.month]
from = "runs"
window = "this month"
[view.month.columns]
total = "sum(total_runs)"
)toml");
  const Instant edge = kNow - hours(24) - minutes(20);
  const std::vector<Run> runs{run("a", edge, 1), run("a", edge - Micros{1}, 1), run("a", kNow, 1),
                              run("a", kNow + minutes(30), 1), run("a", kNow + minutes(40), 1)};
  CHECK(rows_of(*schema, "day", runs, kNow) == Rows{{"3"}});
  CHECK(rows_of(*schema, "week", {run("a", kMonday + days(7), 1), run("a", kMonday + days(7) - Micros{1}, 1)}, kNow) ==
        Rows{{"1"}});
  const Instant first = kMonday - days(4);
  CHECK(rows_of(*schema, "month", {run("a", first, 1), run("a", first - Micros{1}, 1)}, kNow) == Rows{{"1"}});
}

TEST_CASE("a view of windows has a row for the whole, and for windows in which nothing was, when it says so") {
  const SchemaPtr schema = runs_schema(R"toml(
[view.days]
from = "runs"
window = "3d"
every = "1d"
total = true
fill = true
[view.days.columns]
total = "sum(total_runs)"
accounts = "count_distinct(account)"
longest = "longest"
[view.per_account]
from = "runs"
window = "1d"
every = "1d"
fill = true
by = ["account"]
[view.per_account.columns]
total = "sum(total_runs)"
)toml");
  CHECK(rows_of(*schema, "days", some_runs(), kNow) == Rows{{"2026-01-11T00:00:00Z", "0", "0", "-"},
                                                            {"2026-01-12T00:00:00Z", "0", "0", "-"},
                                                            {"2026-01-13T00:00:00Z", "1", "1", "60"},
                                                            {"2026-01-14T00:00:00Z", "6", "4", "500"},
                                                            {"-", "7", "4", "500"}});
  CHECK(rows_of(*schema, "days", {}, kNow).size() == 5);
  CHECK(rows_of(*schema, "per_account", {run("b", kNow, 1), run("a", kNow - days(1), 1)}, kNow) ==
        Rows{{"2026-01-13T00:00:00Z", "a", "1"},
             {"2026-01-13T00:00:00Z", "b", "0"},
             {"2026-01-14T00:00:00Z", "a", "0"},
             {"2026-01-14T00:00:00Z", "b", "1"}});
}

TEST_CASE("without a key there is one row, also of nothing; with one there is none") {
  const SchemaPtr schema = runs_schema(R"toml(
[view.one]
from = "runs"
[view.one.columns]
total = "sum(total_runs)"
seconds = "sum(seconds)"
rate = "sum(failed_runs) / sum(total_runs)"
last = "last(last_result)"
[view.none]
from = "runs"
by = ["kind"]
[view.none.columns]
total = "sum(total_runs)"
)toml");
  CHECK(rows_of(*schema, "one", {}, kNow) == Rows{{"0", "-", "-", "-"}});
  CHECK(rows_of(*schema, "none", {}, kNow).empty());
}

TEST_CASE("ranks are SQL's: what is alike shares a place, and the limit cuts behind them") {
  const SchemaPtr schema = runs_schema(R"toml(
[view.top]
from = "runs"
by = ["account"]
having = "total > 0 and seconds < 1000"
order_by = ["total desc", "seconds"]
limit = 4
rank = "place"
[view.top.columns]
total = "sum(total_runs)"
seconds = "sum(seconds)"
)toml");
  const std::vector<Run> runs{run("a", kNow, 1), run("b", kNow, 1),    run("c", kNow, 2), run("d", kNow, 1),
                              run("d", kNow, 1), run("e", kNow, 2000), run("f", kNow, 9)};
  CHECK(rows_of(*schema, "top", runs, kNow) == Rows{{"d", "2", "2.000000", "1"},
                                                    {"a", "1", "1.000000", "2"},
                                                    {"b", "1", "1.000000", "2"},
                                                    {"c", "1", "2.000000", "4"}});
}

TEST_CASE("an aggregate's own condition leaves the view's rows as they are") {
  const SchemaPtr schema = runs_schema(R"toml(
[view.plans]
from = "runs"
by = ["kind"]
[view.plans.columns]
total = "sum(total_runs)"
pro = "sum(total_runs) where account.plan = 'pro'"
pro_accounts = "count_distinct(account) where account.plan = 'pro'"
share = "sum(total_runs) where account.plan = 'pro' / sum(total_runs)"
pro_p95 = "p95 where account.plan = 'pro'"
)toml");
  CHECK(rows_of(*schema, "plans", some_runs(), kNow, accounts()) ==
        Rows{{"flow", "6", "3", "2", "0.5", "114"}, {"pulse", "1", "1", "1", "1", "20"}});
}

TEST_CASE("a view over a view has its rollup, its window and its conditions, and several sets are below each other") {
  const SchemaPtr schema = runs_schema(R"toml(
[view.outer]
from = "inner"
where = "kind = 'flow'"
order_by = ["what", "account"]
by = ["account"]
[[view.outer.rows]]
what = "'runs'"
n = "sum(total_runs)"
[[view.outer.rows]]
what = "'failures'"
n = "sum(failed_runs)"
[view.inner]
from = "runs"
window = "24h"
where = "account = 'acme' or account = 'beta'"
[view.inner.columns]
n = "sum(total_runs)"
)toml");
  CHECK(rows_of(*schema, "inner", some_runs(), kNow) == Rows{{"3"}});
  CHECK(rows_of(*schema, "outer", some_runs(), kNow) == Rows{{"acme", "failures", "1"},
                                                             {"beta", "failures", "0"},
                                                             {"acme", "runs", "1"},
                                                             {"beta", "runs", "1"}});
}

TEST_CASE("a correlation says of how many pairs it is") {
  const SchemaPtr schema = runs_schema(R"toml(
[view.related]
from = "runs"
[view.related.columns]
related = "related"
n = "regr_count(related)"
)toml");
  std::vector<Run> runs{run("a", kNow, 1), run("b", kNow - hours(3), 4), run("c", kNow, 5)};
  CHECK(rows_of(*schema, "related", runs, kNow) == Rows{{"1", "3"}});
  runs.resize(1);
  CHECK(rows_of(*schema, "related", runs, kNow) == Rows{{"-", "1"}});
}

TEST_CASE("any runs of any number of agents give what going through all of them gives") {
  const SchemaPtr schema = runs_schema(R"toml(
[view.days]
from = "runs"
window = "2d"
every = "1d"
by = ["account.plan", "kind"]
total = true
where = "account.internal = false"
[view.days.columns]
total = "sum(total_runs)"
failed = "sum(failed_runs)"
accounts = "count_distinct(account)"
cost = "sum(cost)"
p95 = "p95"
rate = "sum(failed_runs) / sum(total_runs)"
)toml");
  check_property([&] {
    const auto count = *rc::gen::inRange<std::size_t>(0, 60);
    std::vector<Run> runs;
    for (std::size_t i = 0; i < count; ++i) {
      Run one;
      one.account = *rc::gen::element<std::string>("acme", "beta", "core", "delta", "");
      one.kind = *rc::gen::element<std::string>("flow", "pulse");
      one.ended = kNow - minutes(*rc::gen::inRange(-60, 4 * 24 * 60));
      one.duration_us = *rc::gen::inRange<std::int64_t>(0, 50) * 1'000'000;
      one.cost_cents = *rc::gen::inRange<std::int64_t>(-500, 500);
      one.failed = *rc::gen::arbitrary<bool>();
      runs.push_back(one);
    }
    // Naively: every run by itself, into the rows that it is of.
    struct Sums {
      std::int64_t total = 0, failed = 0, cents = 0;
      std::set<std::string> accounts;
      std::vector<std::int64_t> durations;
    };
    std::map<std::tuple<std::int64_t, std::string, std::string>, Sums> naive;
    const Instant from = window_start(kNow - days(2), hours(1));
    for (const Run& one : runs) {
      const auto known = accounts().find(one.account);
      const bool wanted = known != accounts().end() && known->second[1] == Cell(false);
      const Instant bucket = window_start(one.ended, hours(1));
      if (!wanted || bucket < from || bucket > kNow) continue;
      const std::string plan = std::get<std::string>(known->second[0]);
      for (const std::int64_t window : {window_start(one.ended, days(1)).us, INT64_MAX}) {
        Sums& sums = naive[{window, plan, one.kind}];
        ++sums.total;
        sums.failed += one.failed;
        sums.cents += one.cost_cents;
        sums.accounts.insert(one.account);
        sums.durations.push_back(one.duration_us);
      }
    }
    Rows expected;
    for (auto& [key, sums] : naive) {
      const auto& [window, plan, kind] = key;
      std::sort(sums.durations.begin(), sums.durations.end());
      expected.push_back({window == INT64_MAX ? "-" : Value(Instant{window}).to_string(), plan, kind,
                          std::to_string(sums.total), std::to_string(sums.failed), std::to_string(sums.accounts.size()),
                          to_text(Decimal{sums.cents, 100}), to_text(percentile_of_sorted(sums.durations, 0.95) / 1e6),
                          to_text(static_cast<double>(sums.failed) / static_cast<double>(sums.total))});
    }
    const auto agents = *rc::gen::inRange<std::size_t>(1, 5);
    const Rows rows = rows_of(*schema, "days", runs, kNow, accounts(), agents);
    if (rows != expected) RC_FAIL(Catch::StringMaker<Rows>::convert(rows) + " instead of " +
                                 Catch::StringMaker<Rows>::convert(expected));
  });
}

}  // namespace tidemark::test
