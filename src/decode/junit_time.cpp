#include "decode/junit_time.hpp"

#include <string>

#include "model/decimal.hpp"
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

}  // namespace

std::optional<Micros> parse_junit_seconds(std::string_view text) {
  text = trim(text);
  if (text.empty() || text.starts_with('-') || text.size() > 64) return std::nullopt;
  std::string plain;
  if (!plain_number(text, plain)) return std::nullopt;
  const auto number = parse_decimal(plain);
  if (!number) return std::nullopt;
  const auto micros = to_fixed_point(*number, 1'000'000, 1);
  if (!micros || *micros < 0 || *micros > kMaxJunitSeconds * 1'000'000) return std::nullopt;
  return Micros{*micros};
}

}  // namespace tidemark
