#include "model/cron.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <vector>

#include <tidemark/errors.hpp>

#include "model/civil.hpp"
#include "model/nearest.hpp"
#include "model/text.hpp"

namespace tidemark {
namespace {

constexpr std::size_t kMostBytes = 256;
constexpr std::int64_t kMinutesPerDay = 24 * 60;
constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();
/// No clock was ever set back by more; so whatever comes twice was shown first after this much before.
constexpr Micros kLongestChange = days(2);

struct Field {
  std::string_view name;
  unsigned low, high;
  std::vector<std::string_view> names;  ///< Of `first_named` and what follows it.
  unsigned first_named;
};

const std::array<Field, 5>& fields() {
  static const std::array<Field, 5> kFields{
      Field{"minute", 0, 59, {}, 0}, Field{"hour", 0, 23, {}, 0}, Field{"day of month", 1, 31, {}, 0},
      Field{"month", 1, 12, {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}, 1},
      Field{"day of week", 0, 7, {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}, 0}};
  return kFields;
}

struct Macro {
  std::string_view name, fields;
};
constexpr std::array kMacros{Macro{"@hourly", "0 * * * *"},   Macro{"@daily", "0 0 * * *"},
                             Macro{"@midnight", "0 0 * * *"}, Macro{"@weekly", "0 0 * * 0"},
                             Macro{"@monthly", "0 0 1 * *"},  Macro{"@yearly", "0 0 1 1 *"},
                             Macro{"@annually", "0 0 1 1 *"}};

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

[[noreturn]] void fail(const std::string& message) { throw InputError(message); }

std::string to_upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return out;
}

/// `0 to 59`, `1 to 12 or JAN to DEC`.
std::string range_text(const Field& field) {
  std::string text = std::to_string(field.low) + " to " + std::to_string(field.high);
  if (!field.names.empty())
    text += " or " + std::string(field.names.front()) + " to " + std::string(field.names.back());
  return text;
}

std::optional<unsigned> whole_number(std::string_view text) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || read != end) return std::nullopt;
  return value;
}

/// What people coming from other schedulers write.
std::string hint(const Field& field, std::string_view word) {
  if (word == "?") return "; write '*'";
  if (field.name == "hour" && word == "24") return "; write 0 for midnight";
  return suggest(to_upper(word), field.names);
}

unsigned value_in(const Field& field, std::string_view word) {
  const std::string name = to_upper(word);
  for (std::size_t i = 0; i < field.names.size(); ++i)
    if (field.names[i] == name) return field.first_named + static_cast<unsigned>(i);
  const auto value = whole_number(word);
  if (!value || *value < field.low || *value > field.high)
    fail(std::string(field.name) + ": expected " + range_text(field) + ", found " + quoted(word) + hint(field, word));
  return *value;
}

unsigned step_in(const Field& field, std::string_view word) {
  const auto step = whole_number(word);
  if (!step || *step < 1 || *step > field.high)
    fail(std::string(field.name) + ": expected a step of 1 to " + std::to_string(field.high) + " behind '/', found " +
         quoted(word));
  return *step;
}

/// `*`, `5`, `1-5`, each but the second with a step if wanted.
std::uint64_t read_item(const Field& field, std::string_view item) {
  const std::size_t slash = item.find('/');
  const std::string_view range = item.substr(0, slash);
  const std::size_t dash = range.find('-', 1);
  unsigned low = field.low;
  unsigned high = field.high;
  if (range != "*") {
    low = value_in(field, range.substr(0, dash));
    high = dash == std::string_view::npos ? low : value_in(field, range.substr(dash + 1));
    const bool is_week = field.high == 7;
    if (is_week && dash != std::string_view::npos && high == 0 && low != 0) high = 7;  // FRI-SUN
    if (low > high)
      fail(std::string(field.name) + ": expected a range that goes up, found " + quoted(range) + "; write " +
           quoted(std::string(range.substr(0, dash)) + "-" + std::to_string(is_week ? 6 : field.high) + "," +
                  std::to_string(field.low) + "-" + std::string(range.substr(dash + 1))));
    if (slash != std::string_view::npos && dash == std::string_view::npos)
      fail(std::string(field.name) + ": expected a range or '*' before '/', found " + quoted(item) + "; write " +
           quoted(std::string(range) + "-" + std::to_string(field.high) + std::string(item.substr(slash))));
  }
  const unsigned step = slash == std::string_view::npos ? 1 : step_in(field, item.substr(slash + 1));
  std::uint64_t bits = 0;
  for (unsigned value = low; value <= high; value += step) bits |= std::uint64_t{1} << value;
  return bits;
}

std::uint64_t read_field(const Field& field, std::string_view text) {
  std::uint64_t bits = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string_view item = text.substr(at, comma - at);
    if (item.empty())
      fail(std::string(field.name) + ": expected " + range_text(field) + " on both sides of a comma, found " +
           quoted(text));
    bits |= read_item(field, item);
    at = comma + 1;
  }
  return bits;
}

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  std::vector<std::string_view> words;
  for (std::size_t at = text.find_first_not_of(kSpace); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kSpace, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kSpace, end);
  }
  return words;
}

std::vector<std::string_view> fields_of_macro(std::string_view word) {
  std::vector<std::string_view> names;
  for (const Macro& macro : kMacros) {
    if (to_lower(word) == macro.name) return words_of(macro.fields);
    names.push_back(macro.name);
  }
  fail("expected " + one_of(names) + " or five fields, found " + quoted(word) + suggest(to_lower(word), names));
}

bool has(std::uint64_t bits, std::int64_t n) { return (bits >> n & 1) != 0; }

}  // namespace

Cron Cron::parse(std::string_view text) {
  text = trim(text);
  if (text.size() > kMostBytes) fail("expected a cron expression of at most " + std::to_string(kMostBytes) + " bytes");
  std::vector<std::string_view> words = words_of(text);
  Cron cron;
  for (const std::string_view word : words) cron.text_ += (cron.text_.empty() ? "" : " ") + std::string(word);
  if (words.size() == 1 && words.front().front() == '@') words = fields_of_macro(words.front());
  if (words.size() != fields().size())
    fail("expected five fields (minute, hour, day of month, month, day of week), as in '*/5 * * * *', found " +
         (words.empty() ? std::string("nothing") : std::to_string(words.size()) + " in " + quoted(cron.text_)) +
         (words.size() == 6 ? "; leave out the seconds" : ""));
  const std::array<std::uint64_t*, 5> sets{&cron.minutes_, &cron.hours_, &cron.days_, &cron.months_, &cron.weekdays_};
  for (std::size_t i = 0; i < sets.size(); ++i) *sets[i] = read_field(fields()[i], words[i]);
  if (has(cron.weekdays_, 7)) cron.weekdays_ |= 1;
  cron.either_day_ = words[2].front() != '*' && words[4].front() != '*';
  cron.in_real_time_ = words[0].front() == '*' || words[1].front() == '*';
  if (!cron.date_comes())
    fail("expected a date that there is, found a " + quoted(words[2]) + " of month " + quoted(words[3]) +
         ", which never comes; write 28 for the last day that every month has");
  return cron;
}

/// Whether any month has any of the days. Then it comes: a day of week meets each date within 40 years.
bool Cron::date_comes() const {
  constexpr unsigned kLeapYear = 2000;
  if (either_day_) return true;
  for (unsigned month = 1; month <= 12; ++month)
    for (unsigned day = 1; has(months_, month) && day <= days_in_month(kLeapYear, month); ++day)
      if (has(days_, day)) return true;
  return false;
}

bool Cron::day_matches(std::int64_t days_since_1970) const {
  const Civil date = civil_from_days(days_since_1970);
  if (!has(months_, date.month)) return false;
  const bool of_month = has(days_, date.day);
  const bool of_week = has(weekdays_, weekday_of(days_since_1970));
  return either_day_ ? of_month || of_week : of_month && of_week;
}

/// The first of the times in [from, end), in minutes since 1970 as a clock shows them; kNone when there is none.
std::int64_t Cron::next_local(std::int64_t from, std::int64_t end) const {
  std::int64_t day = floor_divide(from, kMinutesPerDay);
  std::int64_t minute = from - day * kMinutesPerDay;
  for (; day * kMinutesPerDay < end; ++day, minute = 0) {
    if (!day_matches(day)) continue;
    for (; minute < kMinutesPerDay; ++minute) {
      if (!has(hours_, minute / 60)) {
        minute = (minute / 60 + 1) * 60 - 1;
      } else if (has(minutes_, minute % 60)) {
        const std::int64_t found = day * kMinutesPerDay + minute;
        return found < end ? found : kNone;
      }
    }
  }
  return kNone;
}

Instant Cron::next(Instant after, const TimeZone& zone) const {
  const std::int64_t kMinute = minutes(1).count;
  const auto first_minute_from = [&](std::int64_t local_us) { return -floor_divide(-local_us, kMinute); };
  // From change to change of the clocks, between which local time and UTC go side by side. It begins early enough to see
  // the change after which `after` may be shown for the second time.
  Instant begin = after - kLongestChange;
  Micros offset = zone.offset_at(begin);
  std::int64_t shown_until = std::numeric_limits<std::int64_t>::min();  // local: up to, but without
  for (;;) {
    const auto change = zone.next_change(begin);
    if (!change || change->at > after) {
      const Instant from = std::max(begin, after + Micros{1});
      const std::int64_t end = change ? first_minute_from((change->at + offset).us) : kNone;
      const std::int64_t found = next_local(first_minute_from(std::max((from + offset).us, shown_until)), end);
      if (found != kNone) return Instant{found * kMinute} - offset;
    }
    begin = change->at;
    if (!in_real_time_) {
      shown_until = std::max(shown_until, (begin + change->before).us);
      const bool leapt =
          next_local(first_minute_from(shown_until), first_minute_from((begin + change->after).us)) != kNone;
      if (leapt && begin > after) return begin;
    }
    offset = change->after;
  }
}

}  // namespace tidemark
