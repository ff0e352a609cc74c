#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <tidemark/errors.hpp>

#include "model/expression.hpp"
#include "model/schema_toml.hpp"

using namespace tidemark;

namespace {

const SourceDef& source() {
  static const SchemaPtr schema = parse_schema({{"test.toml", R"toml(
[source.run]
time = "ended_at"
[source.run.fields]
owner    = "text"
branch   = "text"
result   = "result"
tags     = "labels"
cached   = "boolean"
ended_at = "instant"
wait     = "duration"
price    = "number(0.01)"
)toml"}});
  return schema->sources[0];
}

/// The canonical text of an expression.
std::string canonical(std::string_view text) { return format_expression(parse_expression(text, source()), source()); }

std::string error_of(std::string_view text) {
  try {
    parse_expression(text, source());
  } catch (const InputError& error) {
    return error.what();
  }
  FAIL("no error: " << text);
  return {};
}

bool contains(const std::string& text, std::string_view part) {
  CAPTURE(text, part);
  CHECK(text.find(part) != std::string::npos);
  return true;
}

}  // namespace

TEST_CASE("every aggregate is read") {
  for (const char* text :
       {"count()", "count(owner)", "sum(wait)", "min(price)", "max(ended_at)", "avg(wait)", "first(result)",
        "last(tags)", "last(cached)", "count_distinct(owner)", "percentile_cont(0.95, wait)", "corr(wait, price)"}) {
    CAPTURE(text);
    CHECK(canonical(text) == text);
  }
}

TEST_CASE("an expression's parts are what was written") {
  const auto expression = parse_expression("corr(price, wait) where cached = true", source());
  CHECK(expression.kind == AggregateKind::corr);
  CHECK(expression.field == source().field_index("price"));
  CHECK(expression.second_field == source().field_index("wait"));
  REQUIRE(expression.where.nodes.size() == 1);
  CHECK(expression.where.nodes[0].op == Predicate::Op::truth_is);
  CHECK(expression.where.nodes[0].field == source().field_index("cached"));
}

TEST_CASE("the median is the percentile of one half") {
  CHECK(canonical("median(wait)") == "percentile_cont(0.5, wait)");
  CHECK(parse_expression("median(wait)", source()).percentile == 0.5);
}

TEST_CASE("percentiles from 0 to 1 are taken") {
  CHECK(canonical("percentile_cont(0, wait)") == "percentile_cont(0, wait)");
  CHECK(canonical("percentile_cont(1.0, wait)") == "percentile_cont(1, wait)");
  CHECK(canonical("percentile_cont(.999, wait)") == "percentile_cont(0.999, wait)");
  contains(error_of("percentile_cont(1.1, wait)"), "column 17 of the expression: expected a percentile from 0 to 1");
  contains(error_of("percentile_cont(95, wait)"), "expected a percentile from 0 to 1, found '95'");
  contains(error_of("percentile_cont(wait)"), "expected a percentile from 0 to 1, found 'wait'");
  contains(error_of("percentile_cont(-0.1, wait)"), "expected a percentile");
  contains(error_of("percentile_cont(0.1.2, wait)"), "expected a percentile");
}

TEST_CASE("the state behind percentiles of one measure and filter has one text") {
  const auto state = [](std::string_view text) { return format_state(parse_expression(text, source()), source()); };
  CHECK(state("percentile_cont(0.95, wait)") == "percentile_cont(wait)");
  CHECK(state("median(wait) where owner = 'a'") == "percentile_cont(wait) where owner = 'a'");
  CHECK(state("sum(wait)") == "sum(wait)");
}

TEST_CASE("white space and the case of the language's words do not matter") {
  CHECK(canonical(" COUNT ( )WHERE owner='a'AND NOT(cached=TRUE)") ==
        "count() where owner = 'a' and not cached = true");
}

TEST_CASE("predicates have one canonical text") {
  const auto where = [](const std::string& predicate) {
    return canonical("count() where " + predicate).substr(std::string_view("count() where ").size());
  };
  CHECK(where("owner in ('b', 'a', 'b')") == "owner in ('a', 'b')");
  CHECK(where("owner in ('a')") == "owner = 'a'");
  CHECK(where("owner not in ('a')") == "owner != 'a'");
  CHECK(where("owner <> 'a'") == "owner != 'a'");
  CHECK(where("not owner = 'a'") == "owner != 'a'");
  CHECK(where("cached") == "cached = true");
  CHECK(where("not cached") == "not cached = true");
  CHECK(where("cached != true") == "cached = false");
  CHECK(where("owner = 'it''s'") == "owner = 'it''s'");
  CHECK(where("((owner = 'a'))") == "owner = 'a'");
  CHECK(where("owner = 'a' or owner = 'b' and cached") == "owner = 'a' or owner = 'b' and cached = true");
  CHECK(where("(owner = 'a' or owner = 'b') and cached") == "(owner = 'a' or owner = 'b') and cached = true");
  CHECK(where("owner = 'a' or (owner = 'b' or cached)") == "owner = 'a' or (owner = 'b' or cached = true)");
  CHECK(where("not (owner = 'a' or cached)") == "not (owner = 'a' or cached = true)");
  CHECK(where("not not cached") == "not not cached = true");
}

TEST_CASE("and binds tighter than or, and not tighter than both") {
  const auto nodes = parse_expression("count() where cached or not cached and owner = 'x'", source()).where.nodes;
  using Op = Predicate::Op;
  std::vector<Op> ops;
  for (const auto& node : nodes) ops.push_back(node.op);
  CHECK(ops ==
        std::vector<Op>{Op::truth_is, Op::truth_is, Op::logical_not, Op::equals_any, Op::logical_and, Op::logical_or});
}

TEST_CASE("whatever predicate is written reads back as the same nodes") {
  CHECK(rc::check([] {
    std::string text;
    int depth = 0;
    const int terms = *rc::gen::inRange(1, 12);
    for (int i = 0; i < terms; ++i) {
      if (i > 0) text += *rc::gen::element<std::string>(" and ", " or ");
      if (*rc::gen::inRange(0, 3) == 0) text += "not ";
      if (depth < 8 && *rc::gen::inRange(0, 3) == 0) {
        text += "(";
        ++depth;
      }
      text += *rc::gen::element<std::string>("owner = 'a'", "branch != 'b'", "result in ('skip', 'error')", "cached",
                                             "cached = false", "owner not in ('x', 'it''s')");
      if (depth > 0 && *rc::gen::inRange(0, 2) == 0) {
        text += ")";
        --depth;
      }
    }
    text += std::string(static_cast<std::size_t>(depth), ')');
    const auto read = parse_expression("count() where " + text, source());
    const std::string formatted = format_expression(read, source());
    const auto again = parse_expression(formatted, source());
    RC_ASSERT(again.where == read.where);
    RC_ASSERT(format_expression(again, source()) == formatted);
  }));
}

TEST_CASE("any text can be a literal") {
  CHECK(rc::check([](const std::string& literal) {
    std::string quoted;
    for (const char c : literal) quoted += c == '\'' ? "''" : std::string(1, c);
    const auto read = parse_expression("count() where owner = '" + quoted + "'", source());
    RC_ASSERT(read.where.nodes[0].literals[0] == literal);
    RC_ASSERT(canonical(format_expression(read, source())) == format_expression(read, source()));
  }));
}

TEST_CASE("fields must have the type that the aggregate takes") {
  contains(error_of("sum(owner)"),
           "column 5 of the expression: expected a duration or number, found the text field 'owner'");
  contains(error_of("sum(ended_at)"), "found the instant field 'ended_at'");
  contains(error_of("max(tags)"), "expected a duration, number or instant, found the labels field 'tags'");
  contains(error_of("percentile_cont(0.5, ended_at)"), "column 22 of the expression");
  contains(error_of("corr(wait, cached)"), "column 12 of the expression");
}

TEST_CASE("predicates take text, result and boolean fields only") {
  contains(error_of("count() where wait = '1'"),
           "expected a text, result or boolean field, found the duration field 'wait'");
  contains(error_of("count() where tags = 'linux'"), "found the labels field 'tags'");
  contains(error_of("count() where ended_at = '1'"), "found the instant field");
  contains(error_of("count() where cached = 'true'"), "expected true or false, found the text 'true'");
  contains(error_of("count() where cached in (true)"), "found 'in'");
  contains(error_of("count() where owner = true"), "expected a text in single quotes, found 'true'");
}

TEST_CASE("unknown names are refused, and the nearest known one is suggested") {
  contains(error_of("cuont()"), "column 1 of the expression: expected an aggregate");
  contains(error_of("cuont()"), "did you mean 'count'?");
  contains(error_of("sum(wiat)"),
           "column 5 of the expression: expected a duration or number of source 'run', found 'wiat'");
  contains(error_of("sum(wiat)"), "did you mean 'wait'?");
  contains(error_of("count() where ownr = 'a'"), "did you mean 'owner'?");
  contains(error_of("sum(WAIT)"), "found 'WAIT'");
}

TEST_CASE("a result that does not exist is refused with those that do") {
  const std::string error = error_of("count() where result in ('success', 'failed')");
  contains(error, "column 37 of the expression: expected a result");
  contains(error, "'cancellation', 'skip' or 'unknown'");
  contains(error, "it is stored as 'failure'");
  contains(error_of("count() where result = 'sucess'"), "did you mean 'success'?");
}

TEST_CASE("syntax errors say where they are and what was expected") {
  contains(error_of(""), "column 1 of the expression: expected an aggregate");
  contains(error_of("count"), "column 6 of the expression: expected '(', found the end");
  contains(error_of("count("), "found the end");
  contains(error_of("sum()"), "expected a duration or number, found ')'");
  contains(error_of("count() wher owner = 'a'"),
           "column 9 of the expression: expected 'where' or the end, found 'wher'");
  contains(error_of("count() where"), "expected a text, result or boolean field, found the end");
  contains(error_of("count() where owner"), "expected '=', '!=', 'in' or 'not in', found the end");
  contains(error_of("count() where owner not = 'a'"), "expected 'in', found '='");
  contains(error_of("count() where owner = 'a"), "column 23 of the expression: expected a text that ends with '");
  contains(error_of("count() where owner in 'a'"), "expected '('");
  contains(error_of("count() where owner in ()"), "expected a text in single quotes");
  contains(error_of("count() where owner in ('a' 'b')"), "expected ',' or ')'");
  contains(error_of("count() where (owner = 'a'"), "expected ')', 'and' or 'or', found the end");
  contains(error_of("count() where owner = 'a' owner"), "expected 'and', 'or' or the end");
  contains(error_of("count() where owner = 'a')"), "expected 'and', 'or' or the end, found ')'");
  contains(error_of("count(*)"), "expected a field, found '*'");
}

TEST_CASE("expressions are bounded in length, depth, nodes and literals") {
  contains(error_of("count() where owner = '" + std::string(kMaxExpressionBytes, 'x') + "'"), "at most 16384 bytes");
  const auto nested = [](int depth) {
    return "count() where " + std::string(static_cast<std::size_t>(depth), '(') + "cached" +
           std::string(static_cast<std::size_t>(depth), ')');
  };
  CHECK_NOTHROW(parse_expression(nested(kMaxPredicateDepth - 1), source()));
  contains(error_of(nested(kMaxPredicateDepth)), "at most 32 levels");
  std::string nots = "count() where ";
  for (int i = 0; i < 5000 / 4; ++i) nots += "not ";
  contains(error_of(nots + "cached"), "at most 32 levels");
  std::string chain = "count() where cached";
  for (int i = 0; i < 200; ++i) chain += " or cached";
  contains(error_of(chain), "at most 256 comparisons");
  std::string list = "count() where owner in ('0'";
  for (int i = 1; i < 1500; ++i) list += ",'" + std::to_string(i) + "'";
  contains(error_of(list + ")"), "at most 1000 texts");
}
