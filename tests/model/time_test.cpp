#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <tidemark/time.hpp>

using namespace tidemark;

namespace {

constexpr Instant kFirst{-62'135'596'800'000'000};  // 0001-01-01T00:00:00Z
constexpr Instant kLast{253'402'300'799'999'999};   // 9999-12-31T23:59:59.999999Z

std::int64_t us(std::string_view text) {
  const auto t = parse_rfc3339(text);
  REQUIRE(t);
  return t->us;
}

}  // namespace

TEST_CASE("an RFC 3339 instant is read with any offset and separator") {
  CHECK(us("1970-01-01T00:00:00Z") == 0);
  CHECK(us("2026-01-01T00:00:00.25Z") == 1'767'225'600'250'000);
  CHECK(us("2026-01-01t00:00:00z") == 1'767'225'600'000'000);
  CHECK(us("2026-01-01 02:30:00+02:30") == 1'767'225'600'000'000);
  CHECK(us("2025-12-31T19:00:00-05:00") == 1'767'225'600'000'000);
  CHECK(us("2024-02-29T12:00:00Z") == 1'709'208'000'000'000);
  CHECK(us("0001-01-01T00:00:00Z") == kFirst.us);
  CHECK(us("9999-12-31T23:59:59.999999Z") == kLast.us);
}

TEST_CASE("a leap second counts as the first second of the next minute") {
  CHECK(us("2016-12-31T23:59:60Z") == us("2017-01-01T00:00:00Z"));
}

TEST_CASE("fractions are rounded to the nearest microsecond, halves away from 1970") {
  CHECK(us("2026-01-01T00:00:00.0000004999Z") == us("2026-01-01T00:00:00Z"));
  CHECK(us("2026-01-01T00:00:00.0000005Z") == us("2026-01-01T00:00:00.000001Z"));
  CHECK(us("2026-01-01T00:00:00.123456789Z") == us("2026-01-01T00:00:00.123457Z"));
  CHECK(us("2026-01-01T00:00:59.9999995Z") == us("2026-01-01T00:01:00Z"));
  CHECK(us("1969-12-31T23:59:59.9999995Z") == -1);
  CHECK(us("1969-12-31T23:59:59.99999950000000001Z") == 0);
  CHECK(us("1969-12-31T23:59:59.9999985Z") == -2);
}

TEST_CASE("what is not an RFC 3339 instant within the years 1 to 9999 is refused") {
  for (const char* text : {"",
                           "2026",
                           "2026-01-01",
                           "2026-01-01T00:00:00",
                           "2026-01-01T00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2026-01-32T00:00:00Z",
                           "2026-01-01T24:00:00Z",
                           "2026-01-01T00:60:00Z",
                           "2026-01-01T00:00:61Z",
                           "2026-01-01T00:00:00.Z",
                           "2026-01-01T00:00:00,5Z",
                           "2026-01-01T00:00:00+0200",
                           "2026-01-01T00:00:00+24:00",
                           "2026-01-01T00:00:00+02:60",
                           "2026-01-01T00:00:00Zx",
                           " 2026-01-01T00:00:00Z",
                           "2026-01-01T00:00:00 Z",
                           "2026-1-1T00:00:00Z",
                           "+2026-01-01T00:00:00Z",
                           "2026-01-01T00:00:00UTC",
                           "0000-12-31T23:59:59Z",
                           "0001-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01",
                           "9999-12-31T23:59:59.9999995Z",
                           "2026-01-01T00:00:0\x00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}

TEST_CASE("every instant is written so that it reads back as the same, and texts sort as their instants") {
  CHECK(rc::check([] {
    const Instant a{*rc::gen::inRange(kFirst.us, kLast.us + 1)};
    const Instant b{*rc::gen::inRange(kFirst.us, kLast.us + 1)};
    RC_ASSERT(parse_rfc3339(format_rfc3339(a)) == a);
    RC_ASSERT(parse_rfc3339(format_short(a)) == a);
    RC_ASSERT((format_rfc3339(a) < format_rfc3339(b)) == (a < b));
  }));
}

TEST_CASE("instants are written with six digits, or short without a fraction") {
  CHECK(format_rfc3339({1'767'225'600'250'000}) == "2026-01-01T00:00:00.250000Z");
  CHECK(format_short({1'767'225'600'250'000}) == "2026-01-01T00:00:00.250000Z");
  CHECK(format_short({1'767'225'600'000'000}) == "2026-01-01T00:00:00Z");
  CHECK(format_rfc3339(kFirst) == "0001-01-01T00:00:00.000000Z");
  CHECK(format_rfc3339({-1}) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("any 64-bit instant can be written") {
  CHECK(format_short({std::numeric_limits<std::int64_t>::max()}) == "294247-01-10T04:00:54.775807Z");
  CHECK(format_short({std::numeric_limits<std::int64_t>::min()}) == "-290308-12-21T19:59:05.224192Z");
}

TEST_CASE("a duration is a positive whole number and one unit") {
  CHECK(parse_duration("90s") == seconds(90));
  CHECK(parse_duration("10m") == minutes(10));
  CHECK(parse_duration("24h") == days(1));
  CHECK(parse_duration("30d") == days(30));
  CHECK(parse_duration("1ms") == Micros{1'000});
  CHECK(parse_duration("5us") == Micros{5});
  for (const char* text : {"", "1", "s", "0s", "-1s", "+1s", "1.5h", "1 h", " 1h", "1h ", "1H", "1w", "1h30m", "1µs",
                           "9223372036854775807s", "99999999999999999999us"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("a duration is written in the largest unit that it is a whole number of") {
  CHECK(format_duration(days(30)) == "30d");
  CHECK(format_duration(seconds(90)) == "90s");
  CHECK(format_duration(Micros{1'000}) == "1ms");
  CHECK(format_duration(hours(25)) == "25h");
  CHECK(format_duration({}) == "0s");
}

TEST_CASE("every positive duration is written so that it reads back as the same") {
  CHECK(rc::check([] {
    const Micros d{*rc::gen::suchThat(rc::gen::arbitrary<std::int64_t>(), [](std::int64_t v) { return v > 0; })};
    RC_ASSERT(parse_duration(format_duration(d)) == d);
  }));
}

TEST_CASE("windows are counted from 1970, and those of whole weeks start on Mondays") {
  const Instant t = *parse_rfc3339("2026-01-01T13:37:42.5Z");  // a Thursday
  CHECK(format_short(window_start(t, hours(1))) == "2026-01-01T13:00:00Z");
  CHECK(format_short(window_start(t, minutes(15))) == "2026-01-01T13:30:00Z");
  CHECK(format_short(window_start(t, days(1))) == "2026-01-01T00:00:00Z");
  CHECK(format_short(window_start(t, days(7))) == "2025-12-29T00:00:00Z");
  CHECK(format_short(window_start(*parse_rfc3339("1970-01-01T00:00:00Z"), days(7))) == "1969-12-29T00:00:00Z");
  CHECK(format_short(window_start(*parse_rfc3339("1970-01-05T00:00:00Z"), days(7))) == "1970-01-05T00:00:00Z");
}

TEST_CASE("every instant is within its window, and a window's start is its own") {
  CHECK(rc::check([] {
    const Instant t{*rc::gen::inRange(kFirst.us, kLast.us)};
    const Micros width = minutes(*rc::gen::inRange(1, 100'000));
    const Instant start = window_start(t, width);
    RC_ASSERT(start <= t);
    RC_ASSERT(t < start + width);
    RC_ASSERT(window_start(start, width) == start);
    RC_ASSERT(window_start(start + width, width) == start + width);
  }));
}
