#include "decode/vendor_time.hpp"

#include <array>
#include <string>

#include "model/text.hpp"

namespace tidemark {
namespace {

/// The words between white space; nothing when there are more than `kMax`.
constexpr std::size_t kMax = 6;
struct Words {
  std::array<std::string_view, kMax> words;
  std::size_t count = 0;
};

std::optional<Words> split(std::string_view text) {
  Words out;
  while (!(text = trim(text)).empty()) {
    if (out.count == kMax) return std::nullopt;
    const std::string_view word = text.substr(0, text.find_first_of(" \t\r\n"));
    out.words[out.count++] = word;
    text.remove_prefix(word.size());
  }
  return out;
}

bool is_utc(std::string_view zone) { return zone == "UTC" || zone == "GMT" || zone == "Z"; }

int month_of(std::string_view name) {
  static constexpr std::string_view kNames = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto at = name.size() == 3 ? kNames.find(name) : std::string_view::npos;
  return at == std::string_view::npos || at % 3 != 0 ? 0 : static_cast<int>(at / 3) + 1;
}

bool is_digits(std::string_view text, std::size_t at_most) {
  return !text.empty() && text.size() <= at_most && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// `+0100`, `-05:00`, `GMT` as RFC 3339 writes them.
std::optional<std::string> offset_of(std::string_view zone) {
  if (is_utc(zone)) return "Z";
  if (zone.size() == 5 && (zone[0] == '+' || zone[0] == '-') && is_digits(zone.substr(1), 4))
    return std::string(zone.substr(0, 3)) + ":" + std::string(zone.substr(3));
  return std::nullopt;
}

/// `Sun, 07 Mar 2021 10:36:56 GMT`, the day's name being optional.
std::optional<Instant> parse_rfc1123(const Words& w) {
  const std::size_t i = w.words[0].ends_with(',') ? 1 : 0;
  if (w.count != i + 5) return std::nullopt;
  const std::string_view day = w.words[i], year = w.words[i + 2], time = w.words[i + 3];
  const int month = month_of(w.words[i + 1]);
  const auto offset = offset_of(w.words[i + 4]);
  if (!is_digits(day, 2) || month == 0 || year.size() != 4 || !is_digits(year, 4) || !offset) return std::nullopt;
  const std::string month_text = (month < 10 ? "0" : "") + std::to_string(month);
  return parse_rfc3339(std::string(year) + "-" + month_text + "-" + (day.size() == 1 ? "0" : "") + std::string(day) +
                       "T" + std::string(time) + *offset);
}

}  // namespace

std::optional<Instant> parse_vendor_time(std::string_view text) {
  if (text.size() > 64) return std::nullopt;
  if (const auto t = parse_rfc3339(text)) return t;
  const auto words = split(text);
  if (!words || words->count == 0) return std::nullopt;
  const auto& w = words->words;
  if (words->count >= 5) return parse_rfc1123(*words);
  // The date and the time are one word or two; an offset may follow as one of its own.
  std::size_t next = 1;
  std::string joined(w[0]);
  if (joined.size() <= 11 && words->count > 1) joined.append(joined.ends_with('T') ? "" : "T").append(w[next++]);
  if (next < words->count) {
    const auto offset = offset_of(w[next]);
    joined.append(offset ? *offset : std::string(w[next]));
    ++next;
  }
  return next == words->count ? parse_rfc3339(joined) : std::nullopt;
}

}  // namespace tidemark
