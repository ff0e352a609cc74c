#include "rollup/row_groups.hpp"

#include <catch2/catch.hpp>

#include "support/property.hpp"

using namespace tidemark;

TEST_CASE("rows with the same values in all columns are led to the first of them") {
  const std::vector<std::int64_t> a = {1, 1, 2, 1, 2}, b = {5, 6, 5, 5, 5};
  CHECK(first_rows_alike(std::vector{&a, &b}, 5) == std::vector<std::uint32_t>{0, 1, 2, 0, 2});
  CHECK(first_rows_alike(std::vector{&b}, 5) == std::vector<std::uint32_t>{0, 1, 0, 0, 0});
}

TEST_CASE("without columns all rows are alike, and without rows there are none") {
  CHECK(first_rows_alike({}, 3) == std::vector<std::uint32_t>{0, 0, 0});
  CHECK(first_rows_alike({}, 0).empty());
}

TEST_CASE("whatever the values, the first row alike is what a look at all rows before finds") {
  test::check_property([](std::vector<std::pair<std::int8_t, std::int64_t>> rows) {
    std::vector<std::int64_t> a, b;
    for (const auto& [small, any] : rows) {
      a.push_back(small % 3);
      b.push_back(any % 4);
    }
    const auto first = first_rows_alike(std::vector{&a, &b}, rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
      std::size_t expected = 0;
      while (a[expected] != a[row] || b[expected] != b[row]) ++expected;
      RC_ASSERT(first[row] == expected);
    }
  });
}
