#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/bytes.hpp"

namespace tidemark {

/// A decimal number as text, taken apart: digits × 10^exponent. Exact up to 30 significant digits; of what comes
/// behind them, only how many there are counts. That never changes what rounding to 64 bits gives.
struct DecimalText {
  bool negative = false;
  unsigned __int128 digits = 0;
  std::int64_t exponent = 0;
};

/// Reads `12`, `-0.5`, `+1.5e-3`, `.5`, `5.`: a sign, digits with at most one point, an exponent.
/// Nothing when the text is anything else. Cost: linear in the text.
std::optional<DecimalText> parse_decimal(std::string_view text);

/// number × divisor, rounded to the nearest multiple of step, halves away from zero; nothing when it does not fit into
/// 64 bits, or is the smallest of them, which stands for NULL.
/// `divisor` is a power of ten up to 1e9; `step` is from 1 to 3.6e9.
std::optional<std::int64_t> to_fixed_point(const DecimalText& number, std::int64_t divisor, std::int64_t step);

/// numerator / denominator, rounded to the nearest multiple of step, halves away from zero; nothing as above.
/// denominator × step must be positive and below 2^63.
std::optional<std::int64_t> round_ratio(Int128 numerator, std::int64_t denominator, std::int64_t step);

}  // namespace tidemark
