#include "model/exact_ratio.hpp"

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>

namespace tidemark {
namespace {

/// The widest here is xy² beside xx·yy: 384 bits each, shifted by 128 more than the other has.
using Wide = boost::multiprecision::int1024_t;

/// Integers up to here are doubles.
constexpr Int128 kExact = Int128{1} << 53;

int bits_of(const Wide& v) { return v == 0 ? 0 : static_cast<int>(boost::multiprecision::msb(v)) + 1; }

Wide shifted(const Wide& v, int by) { return by >= 0 ? Wide(v << by) : Wide(v >> -by); }

/// bits × 2^exponent; `more` says that the number is a little larger than that. There are more bits than a double has,
/// so its last one may stand for everything behind it.
double rounded(const Wide& bits, bool more, int exponent) {
  const auto whole = static_cast<std::uint64_t>(bits) | static_cast<std::uint64_t>(more);
  return std::ldexp(static_cast<double>(whole), exponent);
}

/// n·Σab − Σa·Σb: the one place where digits would cancel.
Wide centred(std::int64_t n, Int128 sum_ab, Int128 sum_a, Int128 sum_b) {
  return Wide(sum_ab) * n - Wide(sum_a) * Wide(sum_b);
}

}  // namespace

double nearest_quotient(Int128 sum, std::int64_t count, std::int64_t divisor) {
  const Int128 parts = Int128{count} * divisor;
  if (sum <= kExact && -sum <= kExact && parts <= kExact) return static_cast<double>(sum) / static_cast<double>(parts);
  const Wide numerator = boost::multiprecision::abs(Wide(sum));
  const Wide denominator(parts);
  // 62 or 63 bits of quotient.
  const int shift = 62 + bits_of(denominator) - bits_of(numerator);
  const Wide whole = shifted(numerator, std::max(shift, 0));
  const Wide by = shifted(denominator, std::max(-shift, 0));
  const double quotient = rounded(whole / by, whole % by != 0, -shift);
  return sum < 0 ? -quotient : quotient;
}

double nearest_correlation(const Moments& m) {
  const Wide xx = centred(m.n, m.xx, m.x, m.x);
  const Wide yy = centred(m.n, m.yy, m.y, m.y);
  const Wide xy = centred(m.n, m.xy, m.x, m.y);
  if (xx == 0 || yy == 0) return std::numeric_limits<double>::quiet_NaN();
  if (xy == 0) return 0;
  // The root of xy² / (xx·yy), with 62 or 63 bits.
  const Wide squares = xx * yy;
  const Wide square = xy * xy;
  const int shift = 62 + (bits_of(squares) - bits_of(square)) / 2;
  const Wide whole = shifted(square, 2 * shift);
  const Wide quotient = whole / squares;
  const Wide root = boost::multiprecision::sqrt(quotient);
  const double r = rounded(root, root * root != quotient || quotient * squares != whole, -shift);
  return xy < 0 ? -r : r;
}

}  // namespace tidemark
