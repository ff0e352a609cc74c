#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

/// A length of time in microseconds.
struct Micros {
  std::int64_t count = 0;
  friend constexpr auto operator<=>(Micros, Micros) = default;
  friend constexpr Micros operator+(Micros a, Micros b) { return {a.count + b.count}; }
  friend constexpr Micros operator-(Micros a, Micros b) { return {a.count - b.count}; }
};

constexpr Micros seconds(std::int64_t n) { return {n * 1'000'000}; }
constexpr Micros minutes(std::int64_t n) { return seconds(n * 60); }
constexpr Micros hours(std::int64_t n) { return minutes(n * 60); }
constexpr Micros days(std::int64_t n) { return hours(n * 24); }

/// A point in time: microseconds since 1970-01-01T00:00:00Z, UTC, without leap seconds.
struct Instant {
  std::int64_t us = 0;
  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant t, Micros d) { return {t.us + d.count}; }
  friend constexpr Instant operator-(Instant t, Micros d) { return {t.us - d.count}; }
  friend constexpr Micros operator-(Instant a, Instant b) { return {a.us - b.us}; }
};

/// Parses an RFC 3339 instant with any offset and up to nanoseconds (more digits are read, too), rounded to the
/// nearest microsecond, halves away from 1970. `T`, `t` or one space separates date and time.
/// Returns nothing when the text is anything else, or the year is outside 0001 to 9999.
std::optional<Instant> parse_rfc3339(std::string_view text);

/// `2026-01-01T00:00:00.250000Z`; six digits of fraction always, so that texts sort as their instants do.
std::string format_rfc3339(Instant t);

/// `2026-01-01T00:00:00Z` when there is no fraction, else as format_rfc3339.
std::string format_short(Instant t);

/// Parses `90s`, `10m`, `24h`, `30d`, `1ms`, `5us`: a positive whole number and one unit.
std::optional<Micros> parse_duration(std::string_view text);

/// The shortest text that parse_duration reads back: `30d`, `90s`, `1ms`.
std::string format_duration(Micros d);

/// The start of the window of width `width` that holds `t`. Windows are counted from 1970-01-01T00:00:00Z; those that
/// are a multiple of seven days start on Mondays (as PostgreSQL's date_trunc('week') does). `width` must be positive.
Instant window_start(Instant t, Micros width);

}  // namespace tidemark
