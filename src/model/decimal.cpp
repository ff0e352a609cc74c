#include "model/decimal.hpp"

#include <algorithm>
#include <limits>

namespace tidemark {
namespace {

using Unsigned128 = unsigned __int128;

constexpr int kMostDigits = 30;
/// Exponents past this are all the same: far out of range, or zero.
constexpr std::int64_t kLargestExponent = 1'000'000'000;
constexpr Int128 kLargest = std::numeric_limits<std::int64_t>::max();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Unsigned128 power_of_ten(int exponent) {
  Unsigned128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

/// Digits and at most one point, from the front of the text. False when there is no digit.
bool take_digits(std::string_view& text, DecimalText& number) {
  bool any = false;
  bool after_point = false;
  int significant = 0;
  for (; !text.empty(); text.remove_prefix(1)) {
    const char c = text.front();
    if (c == '.' && !after_point) {
      after_point = true;
      continue;
    }
    if (!is_digit(c)) break;
    any = true;
    if (significant < kMostDigits) {
      number.digits = number.digits * 10 + static_cast<unsigned>(c - '0');
      significant += number.digits != 0;
      number.exponent -= after_point;
    } else {
      number.exponent += !after_point;
    }
  }
  return any;
}

/// `e-3`, up to the end of the text.
bool take_exponent(std::string_view text, DecimalText& number) {
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return false;
  std::int64_t exponent = 0;
  for (const char c : text) exponent = std::min(exponent * 10 + (c - '0'), kLargestExponent);
  number.exponent += negative ? -exponent : exponent;
  return true;
}

std::optional<std::int64_t> with_sign(Unsigned128 magnitude, bool negative) {
  if (magnitude > static_cast<Unsigned128>(kLargest)) return std::nullopt;
  const auto value = static_cast<std::int64_t>(magnitude);
  return negative ? -value : value;
}

/// (whole + part / parts), rounded to a multiple of step, halves up. part < parts.
Unsigned128 round_up_halves(Unsigned128 whole, Unsigned128 part, Unsigned128 parts, Unsigned128 step) {
  const Unsigned128 rest = whole % step;
  // The rest and the part together, against half a step: twice the rest is short of a step by nothing, or by one when
  // the part decides.
  const bool up = rest * 2 >= step || (rest * 2 + 1 == step && part >= parts - part);
  return whole - rest + (up ? step : 0);
}

}  // namespace

std::optional<DecimalText> parse_decimal(std::string_view text) {
  DecimalText number;
  number.negative = text.starts_with('-');
  if (number.negative || text.starts_with('+')) text.remove_prefix(1);
  if (!take_digits(text, number) || !take_exponent(text, number)) return std::nullopt;
  return number;
}

std::optional<std::int64_t> to_fixed_point(const DecimalText& number, std::int64_t divisor, std::int64_t step) {
  if (number.digits == 0) return 0;
  std::int64_t exponent = number.exponent;
  for (std::int64_t d = divisor; d > 1; d /= 10) ++exponent;
  const auto unsigned_step = static_cast<Unsigned128>(step);
  if (exponent > 18) return std::nullopt;
  if (exponent >= 0) {
    if (number.digits > static_cast<Unsigned128>(kLargest)) return std::nullopt;
    const Unsigned128 whole = number.digits * power_of_ten(static_cast<int>(exponent));
    return with_sign(round_up_halves(whole, 0, 1, unsigned_step), number.negative);
  }
  if (exponent < -(kMostDigits + 1)) return 0;  // Less than a tenth.
  const Unsigned128 parts = power_of_ten(static_cast<int>(-exponent));
  return with_sign(round_up_halves(number.digits / parts, number.digits % parts, parts, unsigned_step),
                   number.negative);
}

std::optional<std::int64_t> round_ratio(Int128 numerator, std::int64_t denominator, std::int64_t step) {
  const bool negative = numerator < 0;
  const auto magnitude = negative ? -static_cast<Unsigned128>(numerator) : static_cast<Unsigned128>(numerator);
  const auto parts = static_cast<Unsigned128>(denominator);
  return with_sign(round_up_halves(magnitude / parts, magnitude % parts, parts, static_cast<Unsigned128>(step)),
                   negative);
}

}  // namespace tidemark
