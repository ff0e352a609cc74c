#include "decode/junit_time.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "model/bytes.hpp"
#include "model/text.hpp"

namespace tidemark {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// `1,234,567` without its separators; nothing when the groups are not of three.
bool take_groups(std::string_view text, char separator, std::string& out) {
  for (bool first = true;; first = false) {
    const auto at = text.find(separator);
    const std::string_view group = text.substr(0, at);
    if (!is_digits(group) || (first ? group.size() > 3 : group.size() != 3)) return false;
    out += group;
    if (at == std::string_view::npos) return true;
    text.remove_prefix(at + 1);
  }
}

bool with_point(std::string_view whole, char thousands, std::string_view fraction, std::string& out) {
  if (!take_groups(whole, thousands, out)) return false;
  out += '.';
  out += fraction;
  return true;
}

/// Rewrites the commas of a number; what comes out has at most a point.
bool plain_number(std::string_view text, std::string& out) {
  const auto comma = text.rfind(',');
  if (comma == std::string_view::npos) {
    out = text;
    return true;
  }
  const auto point = text.rfind('.');
  const std::string_view after_comma = text.substr(comma + 1);
  if (point != std::string_view::npos)
    return point > comma ? with_point(text.substr(0, point), ',', text.substr(point + 1), out)
                         : with_point(text.substr(0, comma), '.', after_comma, out);
  const std::string_view before = text.substr(0, comma);
  const bool lone = before.find(',') == std::string_view::npos;
  const bool leads_with_zero = before.empty() || before == "0" || before == "00";
  if (lone && !after_comma.empty() && (after_comma.size() != 3 || leads_with_zero)) {
    out.append(before.empty() ? "0" : before).append(".").append(after_comma);
    return true;
  }
  return take_groups(text, ',', out);
}

/// digits and exponent as a decimal: units of 10^exponent.
struct Scaled {
  Int128 units = 0;
  int exponent = 0;
};

std::optional<Scaled> read_decimal(std::string_view text) {
  Scaled out;
  const auto e = text.find_first_of("eE");
  if (e != std::string_view::npos) {
    std::string_view exponent = text.substr(e + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    const auto [end, error] = std::from_chars(exponent.data(), exponent.data() + exponent.size(), out.exponent);
    if (error != std::errc() || end != exponent.data() + exponent.size() || std::abs(out.exponent) > 400) return std::nullopt;
    text = text.substr(0, e);
  }
  const auto point = text.find('.');
  std::string digits(text.substr(0, point));
  if (point != std::string_view::npos) {
    digits += text.substr(point + 1);
    out.exponent -= static_cast<int>(std::min<std::size_t>(text.size() - point - 1, 1000));
  }
  if (!is_digits(digits) || digits.size() > 1000) return std::nullopt;
  // Beyond 36 digits only whether something is there matters, and only for rounding.
  const auto first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
  digits.erase(0, first);
  if (digits.size() > 36) {
    const bool more = digits.find_first_not_of('0', 36) != std::string::npos;
    out.exponent += static_cast<int>(digits.size() - 36);
    digits.resize(36);
    if (more) digits.back() = std::max(digits.back(), '1');
  }
  for (const char c : digits) out.units = out.units * 10 + (c - '0');
  return out;
}

}  // namespace

std::optional<Micros> parse_junit_seconds(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.size() > 64) return std::nullopt;
  std::string plain;
  if (!plain_number(text, plain)) return std::nullopt;
  const auto number = read_decimal(plain);
  if (!number) return std::nullopt;
  constexpr Int128 kMaxMicros = Int128{kMaxJunitSeconds} * 1'000'000;
  Int128 units = number->units;
  int exponent = number->exponent + 6;
  for (; exponent > 0 && units != 0; --exponent)
    if ((units *= 10) > kMaxMicros) return std::nullopt;
  for (; exponent < -1 && units != 0; ++exponent) units /= 10;
  if (exponent == -1) units = (units + 5) / 10;
  if (units > kMaxMicros) return std::nullopt;
  return Micros{static_cast<std::int64_t>(units)};
}

}  // namespace tidemark
