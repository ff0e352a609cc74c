#include <tidemark/time.hpp>

#include <array>
#include <charconv>
#include <limits>

#include "model/civil.hpp"

namespace tidemark {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kFirstSecond = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kEndSecond = 253'402'300'800;    // 10000-01-01T00:00:00Z

/// Reads from the front of a text; every read says whether it could.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }
  bool digits(std::size_t count, unsigned& value) {
    if (text_.size() < count) return false;
    value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const unsigned digit = static_cast<unsigned char>(text_[i]) - static_cast<unsigned>('0');
      if (digit > 9) return false;
      value = value * 10 + digit;
    }
    text_.remove_prefix(count);
    return true;
  }
  bool one_of(std::string_view characters, char& found) {
    if (text_.empty() || characters.find(text_.front()) == std::string_view::npos) return false;
    found = text_.front();
    text_.remove_prefix(1);
    return true;
  }
  bool sign(char c) {
    char found;
    return one_of({&c, 1}, found);
  }

 private:
  std::string_view text_;
};

/// A fraction of a second: whole microseconds, and how the rest compares to half of one.
struct Fraction {
  std::int64_t micros = 0;
  int rest_to_half = -1;  ///< -1 below, 0 exactly half, 1 above.
};

bool read_fraction(Cursor& in, Fraction& fraction) {
  if (!in.sign('.')) return true;
  unsigned digit = 0;
  int position = 0;
  for (; in.digits(1, digit); ++position) {
    if (position < 6) {
      fraction.micros = fraction.micros * 10 + digit;
    } else if (position == 6) {
      fraction.rest_to_half = digit < 5 ? -1 : digit > 5;
    } else if (digit != 0 && fraction.rest_to_half == 0) {
      fraction.rest_to_half = 1;
    }
  }
  for (int i = position; i < 6; ++i) fraction.micros *= 10;
  return position > 0;
}

bool read_date(Cursor& in, std::int64_t& second) {
  unsigned year = 0;
  unsigned month = 0;
  unsigned day = 0;
  if (!in.digits(4, year) || !in.sign('-') || !in.digits(2, month) || !in.sign('-') || !in.digits(2, day)) return false;
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false;
  second = days_from_civil(year, month, day) * kSecondsPerDay;
  return true;
}

/// A leap second (`:60`) counts as the first second of the next minute.
bool read_clock(Cursor& in, std::int64_t& second) {
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned s = 0;
  if (!in.digits(2, hour) || !in.sign(':') || !in.digits(2, minute) || !in.sign(':') || !in.digits(2, s)) return false;
  if (hour > 23 || minute > 59 || s > 60) return false;
  second += hour * 3600 + minute * 60 + s;
  return true;
}

bool read_offset(Cursor& in, std::int64_t& second) {
  char kind = 0;
  if (!in.one_of("Zz+-", kind)) return false;
  if (kind == 'Z' || kind == 'z') return true;
  unsigned hour = 0;
  unsigned minute = 0;
  if (!in.digits(2, hour) || !in.sign(':') || !in.digits(2, minute) || hour > 23 || minute > 59) return false;
  const std::int64_t offset = hour * 3600 + minute * 60;
  second -= kind == '+' ? offset : -offset;
  return true;
}

void put_digits(std::string& out, std::int64_t value, int width) {
  std::array<char, 20> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  for (auto written = end - buffer.data(); written < width; ++written) out.push_back('0');
  out.append(buffer.data(), end);
}

std::string format_seconds(std::int64_t second) {
  const std::int64_t day = floor_divide(second, kSecondsPerDay);
  const std::int64_t in_day = second - day * kSecondsPerDay;
  const Civil date = civil_from_days(day);
  std::string out;
  out.reserve(27);
  if (date.year < 0) out.push_back('-');
  put_digits(out, date.year < 0 ? -date.year : date.year, 4);
  for (const auto& [separator, value] :
       {std::pair{'-', static_cast<std::int64_t>(date.month)}, std::pair{'-', static_cast<std::int64_t>(date.day)},
        std::pair{'T', in_day / 3600}, std::pair{':', in_day / 60 % 60}, std::pair{':', in_day % 60}}) {
    out.push_back(separator);
    put_digits(out, value, 2);
  }
  return out;
}

struct Unit {
  std::string_view name;
  std::int64_t micros;
};
constexpr std::array kUnits{Unit{"d", days(1).count},    Unit{"h", hours(1).count}, Unit{"m", minutes(1).count},
                            Unit{"s", seconds(1).count}, Unit{"ms", 1'000},         Unit{"us", 1}};

}  // namespace

std::optional<Instant> parse_rfc3339(std::string_view text) {
  Cursor in(text);
  std::int64_t second = 0;
  Fraction fraction;
  char separator = 0;
  if (!read_date(in, second) || !in.one_of("Tt ", separator) || !read_clock(in, second) ||
      !read_fraction(in, fraction) || !read_offset(in, second) || !in.at_end())
    return std::nullopt;
  if (second < kFirstSecond || second >= kEndSecond) return std::nullopt;
  // Halves go away from 1970: up from there on, down before.
  const bool up = fraction.rest_to_half > 0 || (fraction.rest_to_half == 0 && second >= 0);
  const std::int64_t us = second * kMicrosPerSecond + fraction.micros + up;
  if (us >= kEndSecond * kMicrosPerSecond) return std::nullopt;
  return Instant{us};
}

std::string format_rfc3339(Instant t) {
  const std::int64_t rest = t.us % kMicrosPerSecond;
  std::string out = format_seconds(floor_divide(t.us, kMicrosPerSecond));
  out.push_back('.');
  put_digits(out, rest < 0 ? rest + kMicrosPerSecond : rest, 6);
  out.push_back('Z');
  return out;
}

std::string format_short(Instant t) {
  if (t.us % kMicrosPerSecond != 0) return format_rfc3339(t);
  return format_seconds(t.us / kMicrosPerSecond) + "Z";
}

std::optional<Micros> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || number <= 0) return std::nullopt;
  const std::string_view unit(read, static_cast<std::size_t>(end - read));
  for (const Unit& known : kUnits) {
    if (unit != known.name) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / known.micros) return std::nullopt;
    return Micros{number * known.micros};
  }
  return std::nullopt;
}

std::string format_duration(Micros d) {
  if (d.count == 0) return "0s";
  for (const Unit& unit : kUnits)
    if (d.count % unit.micros == 0) return std::to_string(d.count / unit.micros) + std::string(unit.name);
  return {};
}

Instant window_start(Instant t, Micros width) {
  // 1970-01-01 was a Thursday.
  const std::int64_t origin = width.count % days(7).count == 0 ? days(4).count : 0;
  return {floor_divide(t.us - origin, width.count) * width.count + origin};
}

}  // namespace tidemark
