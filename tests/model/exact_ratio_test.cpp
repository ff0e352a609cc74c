#include "model/exact_ratio.hpp"

#include <boost/multiprecision/cpp_int.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "support/property.hpp"

using namespace tidemark;

namespace {

using Big = boost::multiprecision::cpp_int;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

/// Whether numerator / denominator lies between the midpoints of the double and its neighbours, for which it is the
/// nearest; a midpoint itself goes to the even one. With `power` 2 the double stands for the root of the fraction.
bool is_nearest(double d, const Big& numerator, const Big& denominator, unsigned power) {
  int exponent = 0;
  const Big mantissa(static_cast<std::int64_t>(std::ldexp(std::frexp(std::abs(d), &exponent), 53)));
  exponent -= 54;
  const auto compare = [&](const Big& midpoint) {  // with the midpoint × 2^exponent
    Big left = numerator;
    Big right = pow(midpoint, power) * denominator;
    const int shift = exponent * static_cast<int>(power);
    if (shift < 0)
      left <<= -shift;
    else
      right <<= shift;
    return left.compare(right);
  };
  const int low = compare(2 * mantissa - 1);
  const int high = compare(2 * mantissa + 1);
  const bool even = mantissa % 2 == 0;
  return (low > 0 || (low == 0 && even)) && (high < 0 || (high == 0 && even));
}

Int128 wide(std::int64_t high, std::uint64_t low, unsigned shift) {
  return ((Int128{high} << 64) | static_cast<Int128>(low)) >> (shift % 128);
}

Moments moments_of(const std::vector<std::pair<std::int64_t, std::int64_t>>& pairs) {
  Moments m;
  for (const auto& [x, y] : pairs) {
    ++m.n;
    m.x += x;
    m.y += y;
    m.xx += Int128{x} * x;
    m.yy += Int128{y} * y;
    m.xy += Int128{x} * y;
  }
  return m;
}

}  // namespace

TEST_CASE("a quotient is the nearest double, for sums of any size") {
  test::check_property([](std::int64_t high, std::uint64_t low, std::uint8_t shift, std::int64_t n) {
    const Int128 sum = wide(high, low, shift);
    const std::int64_t count = n == 0 ? 1 : n < 0 ? -(n + 1) + 1 : n;
    for (const std::int64_t divisor : {1, 1000, 1'000'000, 1'000'000'000}) {
      const double d = nearest_quotient(sum, count, divisor);
      if (sum == 0) {
        RC_ASSERT(d == 0);
        continue;
      }
      RC_ASSERT((d < 0) == (sum < 0));
      RC_ASSERT(is_nearest(d, abs(Big(sum)), Big(count) * divisor, 1));
    }
  });
}

TEST_CASE("a quotient between two doubles goes to the even one, and is rounded once") {
  const Int128 half = (Int128{1} << 54) + 2;  // twice 2^53 + 1, which is no double
  CHECK(nearest_quotient(half, 2, 1) == 0x1p53);
  CHECK(nearest_quotient(half + 4, 2, 1) == 0x1p53 + 4);
  // A little above the midpoint: extended precision would lose that first, and then round to even.
  CHECK(nearest_quotient((half << 60) + 1, std::int64_t{1} << 61, 1) == 0x1p53 + 2);
  CHECK(nearest_quotient(-((half << 60) + 1), std::int64_t{1} << 61, 1) == -(0x1p53 + 2));
  CHECK(nearest_quotient(1, kMax, 1'000'000'000) == 1 / (0x1p63 * 1e9));
}

TEST_CASE("a correlation is the nearest double to the root of exact integers") {
  test::check_property([](const std::vector<std::pair<std::int32_t, std::int64_t>>& pairs) {
    std::vector<std::pair<std::int64_t, std::int64_t>> wide_pairs;
    for (const auto& [x, y] : pairs) wide_pairs.emplace_back(x, y / 64);
    const Moments m = moments_of(wide_pairs);
    const Big xx = Big(m.xx) * m.n - Big(m.x) * m.x;
    const Big yy = Big(m.yy) * m.n - Big(m.y) * m.y;
    const Big xy = Big(m.xy) * m.n - Big(m.x) * m.y;
    const double r = nearest_correlation(m);
    if (xx == 0 || yy == 0) {
      RC_ASSERT(std::isnan(r));
    } else if (xy == 0) {
      RC_ASSERT(r == 0);
    } else {
      RC_ASSERT((r < 0) == (xy < 0));
      RC_ASSERT(std::abs(r) <= 1);
      RC_ASSERT(is_nearest(r, xy * xy, xx * yy, 2));
    }
  });
}

TEST_CASE("points on a line correlate by exactly 1, also where doubles cannot tell them apart") {
  CHECK(nearest_correlation(moments_of({{kMax / 4, 1}, {kMax / 4 - 1, 0}})) == 1);
  CHECK(nearest_correlation(moments_of({{kMax / 4, 0}, {kMax / 4 - 1, 1}})) == -1);
  CHECK(nearest_correlation(moments_of({{1, 1}, {2, 3}, {3, 2}, {4, 4}})) == 0.8);
  CHECK(std::isnan(nearest_correlation({})));
}
