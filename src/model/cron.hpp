#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include <tidemark/time.hpp>

#include "model/time_zone.hpp"

namespace tidemark {

/// A schedule of five fields: minute, hour, day of month, month, day of week; or one of `@hourly`, `@daily`, `@midnight`,
/// `@weekly`, `@monthly`, `@yearly`, `@annually`. A field is `*` or a list of numbers, names (JAN, MON) and ranges, the
/// last two and `*` with a step if wanted: `*/5`, `1,15`, `MON-FRI`, `8-18/2`. Sunday is 0 and 7.
///
/// As cron has it: when neither the day of month nor the day of week begins with `*`, a day of either will do; else it has
/// to be of both. When clocks are changed, a schedule whose minute or hour begins with `*` goes on in real time: it fires
/// whenever the clock shows one of its times, be it for the second time. Any other fires once for each of its local times:
/// when the clock comes by the same time again, it does not; times that were leapt over fire at the moment of the leap,
/// together.
///
/// Source: docs/agent.md, "Cron expressions".
class Cron {
 public:
  /// Errors: InputError with the field, what was expected, what was found and what to write instead. Also for dates that
  /// never come, as 30 February.
  static Cron parse(std::string_view text);

  /// The first time later than `after`; a whole minute of that zone, or the moment of a leap.
  Instant next(Instant after, const TimeZone& zone) const;

  /// As it was written, with one space between fields; parse() reads it back.
  const std::string& text() const { return text_; }

  friend bool operator==(const Cron& a, const Cron& b) { return a.text_ == b.text_; }

 private:
  Cron() = default;
  bool day_matches(std::int64_t days_since_1970) const;
  bool date_comes() const;
  std::int64_t next_local(std::int64_t from_minute, std::int64_t end_minute) const;

  std::string text_;
  // Bit n: n is one of the field's.
  std::uint64_t minutes_ = 0, hours_ = 0, days_ = 0, months_ = 0, weekdays_ = 0;
  bool either_day_ = false;    // day of month or day of week
  bool in_real_time_ = false;  // minute or hour begins with `*`
};

}  // namespace tidemark
