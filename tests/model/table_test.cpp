#include <tidemark/table.hpp>

#include <catch2/catch.hpp>
#include <numeric>

#include "model/cell.hpp"
#include "model/rows_builder.hpp"
#include "support/property.hpp"

namespace tidemark {
namespace {

/// One row of one cell.
template <typename Make>
Rows one(const Make& make) {
  RowsBuilder builder(1);
  builder.add_row().put(make(builder));
  return builder.finish({0});
}

Value decimal(Int128 units, unsigned scale) {
  return Value::decimal(static_cast<std::int64_t>(units >> 64), static_cast<std::uint64_t>(units), scale);
}

}  // namespace

TEST_CASE("a value says what it is, and nothing when it is asked for something else") {
  CHECK(Value().is_null());
  CHECK(Value().to_string().empty());
  CHECK(Value(-3).integer() == -3);
  CHECK(Value(-3).real() == -3.0);
  CHECK(Value(0.1).to_string() == "0.1");
  CHECK(Value(true).boolean());
  CHECK(Value(true).to_string() == "true");
  CHECK(Value(Instant{1'500'000}).instant().us == 1'500'000);
  CHECK(Value(Instant{0}).to_string() == "1970-01-01T00:00:00Z");
  CHECK(Value("text").text() == "text");
  CHECK(Value("text").kind() == Value::Kind::text);
  CHECK(Value("text").integer() == 0);
  CHECK(Value(3).text().empty());
  CHECK(Value(3).list().empty());
  CHECK_FALSE(Value(3).boolean());
  CHECK(Value("3").real() == 0);
  const std::vector<std::string> labels = {"linux", "x64"};
  CHECK(Value(labels).list().size() == 2);
  CHECK(Value(labels).to_string() == "linux,x64");
}

TEST_CASE("decimals keep all their digits, in a row too") {
  test::check_property([] {
    const Int128 high = *rc::gen::element<std::int64_t>(0, 0, -1, 1, 1'000'000'007);
    const Int128 units = high * 1'000'000'007 * 1'000'000'007 + *rc::gen::arbitrary<std::int64_t>();
    const auto scale = *rc::gen::inRange(0u, 10u);
    std::int64_t divisor = 1;
    for (unsigned i = 0; i < scale; ++i) divisor *= 10;
    const Rows rows = one([&](RowsBuilder& builder) { return builder.decimal(units, scale); });
    for (const Value& value : {decimal(units, scale), rows[0][0]}) {
      RC_ASSERT(value.kind() == Value::Kind::decimal);
      RC_ASSERT(value.to_string() == to_text(Decimal{units, divisor}));
      RC_ASSERT(value.real() == to_double(Decimal{units, divisor}));
    }
    const Rows copied = one([&](RowsBuilder& builder) { return builder.copy(rows[0][0]); });
    RC_ASSERT(copied[0][0].to_string() == rows[0][0].to_string());
  });
}

TEST_CASE("rows come in the order that they were given, over any number of blocks, and copies outlive them") {
  constexpr std::uint32_t kRows = 1000;
  Rows copy;
  {
    RowsBuilder builder(4);
    for (std::uint32_t i = 0; i < kRows; ++i) {
      const RowCell text = builder.text("row " + std::to_string(i));
      auto place = builder.add_row();
      place.put(builder.integer(i));
      place.put(text);
      place.put(builder.real(i / 2.0));
      place.put(builder.null());
    }
    std::vector<std::uint32_t> order(kRows);
    std::iota(order.rbegin(), order.rend(), 0u);
    const Rows rows = builder.finish(std::move(order));
    copy = rows;
  }
  REQUIRE(copy.size() == kRows);
  std::uint32_t expected = kRows;
  for (const Row row : copy) {
    --expected;
    REQUIRE(row.size() == 4);
    REQUIRE(row[0].integer() == expected);
    REQUIRE(row[1].text() == "row " + std::to_string(expected));
    REQUIRE(row[2].real() == expected / 2.0);
    REQUIRE(row[3].is_null());
  }
  CHECK(expected == 0);
  CHECK_THROWS_AS(copy.at(kRows), std::out_of_range);
  CHECK_THROWS_AS(copy.at(0).at(4), std::out_of_range);
  CHECK(Rows().empty());
}

TEST_CASE("lists, booleans and instants in a row are those that were put there") {
  RowsBuilder builder(4);
  const std::vector<std::string> labels = {"a", "b,c"};
  const RowCell list = builder.copy(Value(labels));
  auto place = builder.add_row();
  place.put(list);
  place.put(builder.boolean(true));
  place.put(builder.instant(Instant{-1}));
  place.put(builder.copy(Value(-5)));
  const Rows rows = builder.finish({0});
  CHECK(rows[0][0].list().size() == 2);
  CHECK(rows[0][0].list()[1] == "b,c");
  CHECK(rows[0][1].boolean());
  CHECK(rows[0][2].instant().us == -1);
  CHECK(rows[0][3].integer() == -5);
}

}  // namespace tidemark
