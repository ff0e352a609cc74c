#include "model/cell.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <tidemark/errors.hpp>

namespace tidemark {

std::string to_text(Int128 v) {
  auto u = static_cast<unsigned __int128>(v);
  if (v < 0) u = -u;
  std::string digits;
  do {
    digits.push_back(static_cast<char>('0' + static_cast<int>(u % 10)));
    u /= 10;
  } while (u != 0);
  if (v < 0) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::string to_text(const Decimal& d) {
  std::string text = to_text(d.units);
  std::size_t scale = 0;
  for (std::int64_t rest = d.divisor; rest > 1; rest /= 10) ++scale;
  if (scale == 0) return text;
  const std::size_t sign = text[0] == '-' ? 1 : 0;
  if (text.size() - sign <= scale) text.insert(sign, scale + 1 - (text.size() - sign), '0');
  text.insert(text.size() - scale, 1, '.');
  return text;
}

double to_double(const Decimal& d) { return static_cast<double>(d.units) / static_cast<double>(d.divisor); }

Int128 parse_int128(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  const std::string_view digits = text.substr(negative ? 1 : 0);
  if (digits.empty() || digits.size() > 39) throw InputError("not a 128-bit integer: '" + std::string(text) + "'");
  Int128 v = 0;
  for (const char c : digits) {
    // Counting downwards reaches the most negative value, too.
    if (c < '0' || c > '9' || __builtin_mul_overflow(v, Int128{10}, &v) ||
        __builtin_sub_overflow(v, Int128{c - '0'}, &v))
      throw InputError("not a 128-bit integer: '" + std::string(text) + "'");
  }
  if (!negative && __builtin_sub_overflow(Int128{0}, v, &v))
    throw InputError("not a 128-bit integer: '" + std::string(text) + "'");
  return v;
}

std::string to_text(double v) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return v > 0 ? "Infinity" : "-Infinity";
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
  return {buffer, end};
}

}  // namespace tidemark
