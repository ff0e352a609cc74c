#include "decode/dimension_rows.hpp"

#include <catch2/catch.hpp>

#include <tidemark/errors.hpp>

#include "model/schema_toml.hpp"

namespace tidemark {
namespace {

TableDef accounts() {
  std::vector<SchemaText> texts(1);
  texts[0] = {"t.toml", R"toml(
[table.account]
[table.account.columns]
plan = "text"
internal = "boolean"
since = "instant"
price = "number(0.01)"
grace = "duration"
)toml"};
  return parse_schema(texts)->tables[0];
}

DimensionRows csv(std::string_view text) { return decode_dimension_rows(accounts(), text, TableFormat::csv, "a.csv"); }
DimensionRows ndjson(std::string_view text) {
  return decode_dimension_rows(accounts(), text, TableFormat::ndjson, "a.ndjson");
}

std::string error_of(TableFormat format, std::string_view text) {
  try {
    decode_dimension_rows(accounts(), text, format, "a");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

const std::vector<Cell> kPro{std::string("pro"), false, Instant{1767225600'000'000}, Decimal{1999, 100},
                             Decimal{90'000'000, 1'000'000}};

}  // namespace

TEST_CASE("a dimension table's rows are the same from CSV and from NDJSON") {
  const DimensionRows rows = csv("\xEF\xBB\xBFprice,account,plan,internal,since,grace\r\n"
                                 "19.99,acme,pro,false,2026-01-01T00:00:00Z,90\r\n"
                                 "\r\n"
                                 ",\"b, \"\"the\"\"\nother\",\"\",,,\n");
  REQUIRE(rows.size() == 2);
  CHECK(rows.at("acme") == kPro);
  CHECK(rows.at("b, \"the\"\nother") == std::vector<Cell>{std::string(), Cell(), Cell(), Cell(), Cell()});
  CHECK(ndjson("{\"account\":\"acme\",\"plan\":\"pro\",\"internal\":false,\"since\":\"2026-01-01T00:00:00Z\","
               "\"price\":19.99,\"grace\":\"90\"}\n\n"
               "{\"account\":\"b, \\\"the\\\"\\nother\",\"plan\":\"\",\"internal\":null}") == rows);
}

TEST_CASE("what a header leaves out is NULL, and no rows are rows, too") {
  CHECK(csv("account\nacme").at("acme") == std::vector<Cell>(5));
  CHECK(csv("account,plan\n").empty());
  CHECK(ndjson("").empty());
}

TEST_CASE("a key is cut and mended as the dimension's values are") {
  const std::string longest(600, 'x');
  const DimensionRows rows = csv("account\n" + longest + "\na\xFF" "b\n");
  CHECK(rows.begin()->first == "a\xEF\xBF\xBD" "b");
  CHECK(rows.rbegin()->first.size() == 512);
}

TEST_CASE("a row that cannot be read says where and what was expected, and nothing is taken") {
  const TableFormat c = TableFormat::csv, n = TableFormat::ndjson;
  CHECK(error_of(c, "") == "a:1: expected a header with 'account' and attributes, found nothing");
  CHECK(error_of(c, "acount\n") ==
        "a:1: expected 'account', 'plan', 'internal', 'since', 'price' or 'grace', found 'acount' (did you mean 'account'?)");
  CHECK(error_of(c, "plan\n") == "a:1: expected the key 'account' in the header, found none");
  CHECK(error_of(c, "account,plan,plan\n") == "a:1: expected each attribute once, found 'plan' twice");
  CHECK(error_of(c, "account,plan\na,b\nc\n") == "a:3: expected 2 values, found 1");
  CHECK(error_of(c, "account,internal\na,maybe\n") == "a:2: internal: expected true or false, found 'maybe'");
  CHECK(error_of(c, "account,price\na,1e400\n") == "a:2: price: expected a number, found '1e400'");
  CHECK(error_of(c, "account\na\n\"b\nb\"\na\n") == "a:5: expected each key once, found 'a' here and in line 2");
  CHECK(error_of(c, "account,plan\n,pro\n") == "a:2: expected a value of the key 'account', found none");
  CHECK(error_of(c, "account\n\"a\n") == "a:2: expected a quote at the end of a quoted value, found none");
  CHECK(error_of(c, "account\n\"a\"b\n") == "a:2: expected a comma or the end of the line behind a quoted value");
  CHECK(error_of(n, "{\"account\":\"a\"}\n[1]") == "a:2: expected one object a line, found something else");
  CHECK(error_of(n, "{\"account\":\"a\",\"internal\":\"false\"}") == "a:1: internal: expected true or false");
  CHECK(error_of(n, "{\"account\":1}") == "a:1: account: expected a text");
  CHECK(error_of(n, "{\"plan\":\"a\"}") == "a:1: expected a value of the key 'account', found none");
}

}  // namespace tidemark
