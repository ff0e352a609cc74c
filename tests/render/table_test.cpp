#include "render/table.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <limits>

#include "model/rows_builder.hpp"

using namespace tidemark;

namespace {

Value real(double v) { return Value(v); }

/// From its digits: a sign, and at most one point.
Value decimal(const std::string& text) {
  __int128 units = 0;
  for (const char c : text)
    if (c >= '0' && c <= '9') units = units * 10 + (c - '0');
  if (text[0] == '-') units = -units;
  const std::size_t point = text.find('.');
  const auto scale = point == std::string::npos ? 0 : static_cast<unsigned>(text.size() - point - 1);
  return Value::decimal(static_cast<std::int64_t>(units >> 64), static_cast<std::uint64_t>(units), scale);
}

Value list(std::vector<std::string> items) {
  static std::deque<std::vector<std::string>> kept;
  return Value(kept.emplace_back(std::move(items)));
}

Rows rows_of(const std::vector<std::vector<Value>>& rows) {
  RowsBuilder builder(rows[0].size());
  std::vector<std::uint32_t> order;
  for (const auto& row : rows) {
    order.push_back(static_cast<std::uint32_t>(order.size()));
    auto place = builder.add_row();
    for (const Value& value : row) place.put(builder.copy(value));
  }
  return builder.finish(order);
}

Table example() {
  Table table;
  table.columns = {"bucket_start", "owner", "labels", "total_runs", "p95_duration_seconds"};
  table.rows = rows_of({{Value(Instant{0}), Value("a \"b\", c"), list({"linux", "x\"64"}), Value(3), real(1.0 / 3)},
                        {Value(Instant{1}), Value(""), list({}), Value(12), Value()}});
  table.notes = {"complete from 2026"};
  return table;
}

std::string json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

std::string csv(const Value& value) {
  std::string out;
  append_csv(out, value);
  return out;
}

}  // namespace

TEST_CASE("cells for people are short, and never show less than there is") {
  CHECK(cell_text(Value()) == "-");
  CHECK(cell_text(real(1.0 / 3)) == "0.333");
  CHECK(cell_text(real(0)) == "0.000");
  CHECK(cell_text(real(0.0001234)) == "0.0001234");
  CHECK(cell_text(real(1e18)) == "1e+18");
  CHECK(cell_text(real(std::numeric_limits<double>::quiet_NaN())) == "NaN");
  CHECK(cell_text(list({"linux", "x64"})) == "linux,x64");
  CHECK(cell_text(Value(Instant{0})) == "1970-01-01T00:00:00Z");
  CHECK(cell_text(Value(Instant{1})) == "1970-01-01T00:00:00.000001Z");
  CHECK(cell_text(Value("a\nb")) == "a\\nb");
  CHECK(cell_text(Value(true)) == "true");
}

TEST_CASE("decimals are rounded in their text, so that no digit before the point is lost") {
  CHECK(cell_text(decimal("12")) == "12");
  CHECK(cell_text(decimal("12.5")) == "12.5");
  CHECK(cell_text(decimal("12.345499")) == "12.345");
  CHECK(cell_text(decimal("12.345500")) == "12.346");
  CHECK(cell_text(decimal("-0.999999")) == "-1.000");
  CHECK(cell_text(decimal("99999999999999999999.999999")) == "100000000000000000000.000");
}

TEST_CASE("JSON numbers keep all their digits") {
  CHECK(json(Value()) == "null");
  CHECK(json(Value(9007199254740993)) == "9007199254740993");
  CHECK(json(real(0.1)) == "0.1");
  CHECK(json(real(1.0 / 3)) == "0.3333333333333333");
  CHECK(json(real(std::numeric_limits<double>::infinity())) == "null");
  CHECK(json(decimal("123456789012345678.123456")) == "123456789012345678.123456");
  CHECK(json(list({"a", "\xc3\xb6"})) == "[\"a\",\"ö\"]");
  CHECK(json(Value("q\"\\\n\x01")) == "\"q\\\"\\\\\\n\\u0001\"");
  CHECK(json(Value(false)) == "false");
}

TEST_CASE("JSON stays JSON when a text is no UTF-8") {
  CHECK(json(Value("a\xff"
                        "b")) == "\"a\uFFFDb\"");
}

TEST_CASE("CSV quotes what needs it, and tells NULL from an empty text") {
  CHECK(csv(Value()).empty());
  CHECK(csv(Value("")) == "\"\"");
  CHECK(csv(Value("plain text")) == "plain text");
  CHECK(csv(Value("a,b")) == "\"a,b\"");
  CHECK(csv(Value("say \"hi\"\r\n")) == "\"say \"\"hi\"\"\r\n\"");
  CHECK(csv(list({"a", "b"})) == "\"[\"\"a\"\",\"\"b\"\"]\"");
  CHECK(csv(real(0.1)) == "0.1");
}

TEST_CASE("a query result as a table") {
  CHECK(table_text(example(), 0) ==
        "bucket_start                 owner     labels      total_runs  p95_duration_seconds\n"
        "---------------------------  --------  ----------  ----------  --------------------\n"
        "1970-01-01T00:00:00Z         a \"b\", c  linux,x\"64           3                 0.333\n"
        "1970-01-01T00:00:00.000001Z                                12                     -\n"
        "(2 rows)\n");
}

TEST_CASE("a query result as CSV") {
  CHECK(table_csv(example()) ==
        "bucket_start,owner,labels,total_runs,p95_duration_seconds\r\n"
        "1970-01-01T00:00:00Z,\"a \"\"b\"\", c\",\"[\"\"linux\"\",\"\"x\\\"\"64\"\"]\",3,0.3333333333333333\r\n"
        "1970-01-01T00:00:00.000001Z,\"\",[],12,\r\n");
}

TEST_CASE("a query result as JSON") {
  CHECK(table_json(example()) ==
        "{\n"
        "\"columns\": [\"bucket_start\", \"owner\", \"labels\", \"total_runs\", \"p95_duration_seconds\"],\n"
        "\"rows\": [\n"
        "{\"bucket_start\": \"1970-01-01T00:00:00Z\", \"owner\": \"a \\\"b\\\", c\", \"labels\": "
        "[\"linux\",\"x\\\"64\"], \"total_runs\": 3, \"p95_duration_seconds\": 0.3333333333333333},\n"
        "{\"bucket_start\": \"1970-01-01T00:00:00.000001Z\", \"owner\": \"\", \"labels\": [], \"total_runs\": 12, "
        "\"p95_duration_seconds\": null}],\n"
        "\"notes\": [\"complete from 2026\"]\n"
        "}\n");
}

TEST_CASE("an empty result is still valid in every format") {
  Table table;
  table.columns = {"n"};
  CHECK(table_text(table, 0) == "n\n-\n(0 rows)\n");
  CHECK(table_csv(table) == "n\r\n");
  CHECK(table_json(table) == "{\n\"columns\": [\"n\"],\n\"rows\": [],\n\"notes\": []\n}\n");
}

TEST_CASE("a report as JSON and as CSV") {
  Report items = Report::list();
  items.add(Value("x,y"));
  Report report;
  report.set("spans", 3).set("nested", Report().set("none", Value()));
  report.set("items", std::move(items)).set("empty", Report::list());
  CHECK(report.json() ==
        "{\n  \"spans\": 3,\n  \"nested\": {\n    \"none\": null\n  },\n  \"items\": [\n    \"x,y\"\n  ],\n"
        "  \"empty\": []\n}\n");
  CHECK(report.csv() == "key,value\r\nspans,3\r\nnested.none,\r\nitems.0,\"x,y\"\r\n");
}
