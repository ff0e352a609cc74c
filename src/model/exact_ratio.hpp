#pragma once
#include <cstdint>

#include "model/bytes.hpp"

namespace tidemark {

/// The double nearest to sum / (count × divisor), halves to even: the quotient of integers, rounded once.
/// count and divisor are positive.
double nearest_quotient(Int128 sum, std::int64_t count, std::int64_t divisor);

/// What a correlation is made of: n, and the sums of x, y, x², y² and xy over n pairs.
struct Moments {
  std::int64_t n = 0;
  Int128 x = 0, y = 0, xx = 0, yy = 0, xy = 0;
};
/// The double nearest to Pearson's correlation, halves to even; NaN when x or y is a constant, or n is 0.
double nearest_correlation(const Moments& m);

}  // namespace tidemark
