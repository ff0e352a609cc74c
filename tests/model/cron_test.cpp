#include "model/cron.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <set>

#include <tidemark/errors.hpp>

#include "model/civil.hpp"
#include "support/property.hpp"

using namespace tidemark;
using Catch::Contains;
using Catch::Equals;

namespace {

Instant at(const char* text) { return parse_rfc3339(text).value(); }

/// A zone whose changes the test lists, in their order.
class ListedZone final : public TimeZone {
 public:
  ListedZone(Micros first, std::vector<std::pair<Instant, Micros>> changes)
      : first_(first), changes_(std::move(changes)) {}
  Micros offset_at(Instant t) const override {
    Micros offset = first_;
    for (const auto& [when, after] : changes_)
      if (when <= t) offset = after;
    return offset;
  }
  std::optional<Change> next_change(Instant t) const override {
    Micros before = first_;
    for (const auto& [when, after] : changes_) {
      if (when > t) return Change{when, before, after};
      before = after;
    }
    return std::nullopt;
  }

 private:
  Micros first_;
  std::vector<std::pair<Instant, Micros>> changes_;
};

/// Clocks go from 02:00 to 03:00 on 29 March 2026, and from 03:00 to 02:00 on 25 October.
const ListedZone& berlin() {
  static const ListedZone kZone(hours(1),
                                {{at("2026-03-29T01:00:00Z"), hours(2)}, {at("2026-10-25T01:00:00Z"), hours(1)}});
  return kZone;
}

std::vector<std::string> next_times(const char* cron, const char* after, int count, const TimeZone& zone = utc()) {
  std::vector<std::string> times;
  Instant t = at(after);
  for (int i = 0; i < count; ++i) {
    t = Cron::parse(cron).next(t, zone);
    times.push_back(format_short(t));
  }
  return times;
}

using Times = std::vector<std::string>;

}  // namespace

TEST_CASE("a schedule fires at the next time that all its fields have") {
  CHECK(next_times("*/20 * * * *", "2026-01-05T04:00:00Z", 3) ==
        Times{"2026-01-05T04:20:00Z", "2026-01-05T04:40:00Z", "2026-01-05T05:00:00Z"});
  CHECK(next_times("30 4 1 * *", "2026-01-05T04:00:00Z", 2) == Times{"2026-02-01T04:30:00Z", "2026-03-01T04:30:00Z"});
  CHECK(next_times("0 9-17/4 * * MON-FRI", "2026-01-09T09:00:00Z", 3) ==
        Times{"2026-01-09T13:00:00Z", "2026-01-09T17:00:00Z", "2026-01-12T09:00:00Z"});
  CHECK(next_times("5,10 0 * jan,Mar *", "2026-01-31T23:59:59.999999Z", 2) ==
        Times{"2026-03-01T00:05:00Z", "2026-03-01T00:10:00Z"});
}

TEST_CASE("the short forms stand for what cron has for them") {
  const char* after = "2026-01-05T04:30:00Z";  // a Monday
  CHECK(next_times("@hourly", after, 1) == Times{"2026-01-05T05:00:00Z"});
  CHECK(next_times("@daily", after, 1) == Times{"2026-01-06T00:00:00Z"});
  CHECK(next_times("@midnight", after, 1) == Times{"2026-01-06T00:00:00Z"});
  CHECK(next_times("@weekly", after, 1) == Times{"2026-01-11T00:00:00Z"});
  CHECK(next_times("@monthly", after, 1) == Times{"2026-02-01T00:00:00Z"});
  CHECK(next_times("@Yearly", after, 1) == Times{"2027-01-01T00:00:00Z"});
  CHECK(next_times("@annually", after, 1) == Times{"2027-01-01T00:00:00Z"});
}

TEST_CASE("a day of the month or a day of the week will do, unless one of them begins with a star") {
  CHECK(next_times("0 0 13 * FRI", "2026-01-05T00:00:00Z", 3) ==
        Times{"2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z", "2026-01-16T00:00:00Z"});
  CHECK(next_times("0 0 */2 * FRI", "2026-01-05T00:00:00Z", 2) ==
        Times{"2026-01-09T00:00:00Z", "2026-01-23T00:00:00Z"});
  CHECK(next_times("0 0 13 * *", "2026-01-05T00:00:00Z", 1) == Times{"2026-01-13T00:00:00Z"});
  CHECK(next_times("0 0 30 2 MON", "2026-01-05T00:00:00Z", 1) == Times{"2026-02-02T00:00:00Z"});
}

TEST_CASE("Sunday is 0 and 7, also at the end of a range") {
  for (const char* sunday : {"0 0 * * 0", "0 0 * * 7", "0 0 * * SUN"})
    CHECK(next_times(sunday, "2026-01-05T00:00:00Z", 1) == Times{"2026-01-11T00:00:00Z"});
  for (const char* weekend : {"0 0 * * 6-7", "0 0 * * SAT-SUN", "0 0 * * 6,0"})
    CHECK(next_times(weekend, "2026-01-05T00:00:00Z", 3) ==
          Times{"2026-01-10T00:00:00Z", "2026-01-11T00:00:00Z", "2026-01-17T00:00:00Z"});
  for (const char* one_day : {"0 0 * * 0-0", "0 0 * * SUN-SUN", "0 0 * * 7-0"})
    CHECK(next_times(one_day, "2026-01-05T00:00:00Z", 2) == Times{"2026-01-11T00:00:00Z", "2026-01-18T00:00:00Z"});
}

TEST_CASE("29 February is waited for, however long") {
  CHECK(next_times("0 0 29 2 *", "2096-03-01T00:00:00Z", 1) == Times{"2104-02-29T00:00:00Z"});
  CHECK(next_times("0 0 29 2 */7", "2088-03-01T00:00:00Z", 1) == Times{"2128-02-29T00:00:00Z"});
}

TEST_CASE("a time that the clocks leap over fires at the moment of the leap, once") {
  CHECK(next_times("30 2 * * *", "2026-03-28T00:00:00Z", 3, berlin()) ==
        Times{"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"});
  CHECK(next_times("15,45 2,3 * * *", "2026-03-29T00:00:00Z", 3, berlin()) ==
        Times{"2026-03-29T01:00:00Z", "2026-03-29T01:15:00Z", "2026-03-29T01:45:00Z"});
  CHECK(next_times("0 3 * * *", "2026-03-29T00:00:00Z", 2, berlin()) ==
        Times{"2026-03-29T01:00:00Z", "2026-03-30T01:00:00Z"});
}

TEST_CASE("a time that comes twice fires the first time only") {
  CHECK(next_times("30 2 * * *", "2026-10-24T12:00:00Z", 2, berlin()) ==
        Times{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"});
  // Asked between the two.
  CHECK(next_times("30 2 * * *", "2026-10-25T01:10:00Z", 1, berlin()) == Times{"2026-10-26T01:30:00Z"});
}

TEST_CASE("with a star for the minute or the hour, a schedule goes on in real time when clocks are changed") {
  CHECK(next_times("30 * * * *", "2026-03-29T00:00:00Z", 3, berlin()) ==
        Times{"2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "2026-03-29T02:30:00Z"});
  CHECK(next_times("*/30 * * * *", "2026-10-25T00:00:00Z", 4, berlin()) ==
        Times{"2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"});
  CHECK(next_times("*/30 2 * * *", "2026-03-28T12:00:00Z", 1, berlin()) == Times{"2026-03-30T00:00:00Z"});
}

TEST_CASE("a whole day that a place leaps over fires at the moment of the leap") {
  // Samoa had no 30 December 2011.
  const ListedZone samoa(hours(-10), {{at("2011-12-30T10:00:00Z"), hours(14)}});
  CHECK(next_times("0 12 * * *", "2011-12-29T00:00:00Z", 3, samoa) ==
        Times{"2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"});
}

TEST_CASE("a schedule is written back as it was written, with one space between its fields") {
  CHECK(Cron::parse("  */5\t8-18  * JAN   mon-fri\n").text() == "*/5 8-18 * JAN mon-fri");
  CHECK(Cron::parse(" @daily ").text() == "@daily");
}

TEST_CASE("what is wrong with a schedule is said with the field, what was expected, and what to write") {
  const auto check = [](const char* text, const char* message) {
    INFO(text);
    CHECK_THROWS_WITH(Cron::parse(text), Contains(message));
    CHECK_THROWS_AS(Cron::parse(text), InputError);
  };
  check("61 * * * *", "minute: expected 0 to 59, found '61'");
  check("* 24 * * *", "hour: expected 0 to 23, found '24'; write 0 for midnight");
  check("* * 0 * *", "day of month: expected 1 to 31, found '0'");
  check("* * * sept *", "month: expected 1 to 12 or JAN to DEC, found 'sept' (did you mean 'SEP'?)");
  check("* * * * 8", "day of week: expected 0 to 7 or SUN to SAT, found '8'");
  check("0 0 ? * MON", "day of month: expected 1 to 31, found '?'; write '*'");
  check("-1 * * * *", "minute: expected 0 to 59, found '-1'");
  check("5/10 * * * *", "minute: expected a range or '*' before '/', found '5/10'; write '5-59/10'");
  check("*/0 * * * *", "minute: expected a step of 1 to 59 behind '/', found '0'");
  check("*/60 * * * *", "found '60'");
  check("0 22-2 * * *", "hour: expected a range that goes up, found '22-2'; write '22-23,0-2'");
  check("0 0 * * FRI-MON", "write 'FRI-6,0-MON'");
  check("1,,2 * * * *", "minute: expected 0 to 59 on both sides of a comma, found '1,,2'");
  check("1, * * * *", "on both sides of a comma");
  check("1-2-3 * * * *", "minute: expected 0 to 59, found '2-3'");
  check("99999999999999999999 * * * *", "found '99999999999999999999'");
  check("*/5 * * *",
        "expected five fields (minute, hour, day of month, month, day of week), as in '*/5 * * * *', found 4");
  check("0 */5 * * * *", "found 6 in '0 */5 * * * *'; leave out the seconds");
  check("", "found nothing");
  check("@hourli", "found '@hourli' (did you mean '@hourly'?)");
  check("@reboot", "expected '@hourly', '@daily'");
  check("0 0 30 2 *", "found a '30' of month '2', which never comes");
  check("0 0 31 FEB,4,6,9,11 *", "never comes");
  check(("*/5 * * * " + std::string(300, '1')).c_str(), "at most 256 bytes");
}

namespace {

/// One field as the test makes it: its text, and what it means.
struct MadeField {
  std::string text;
  std::set<unsigned> values;
  bool star = false;
};

MadeField make_field(unsigned low, unsigned high, bool star) {
  const auto within = [](unsigned first, unsigned last) { return *rc::gen::inRange(first, last + 1); };
  const unsigned from = within(low, high);
  const unsigned to = within(from, high);
  const unsigned by = within(1, high / 2);
  MadeField made;
  made.star = star;
  const auto add = [&](unsigned first, unsigned last, unsigned each) {
    for (unsigned v = first; v <= last; v += each) made.values.insert(v);
  };
  const unsigned kind = within(0, 2);
  if (star) {
    made.text = kind == 0 ? "*/" + std::to_string(by) : "*";
    add(low, high, kind == 0 ? by : 1);
  } else if (kind == 0) {
    made.text = std::to_string(from);
    add(from, from, 1);
  } else if (kind == 1) {
    made.text = std::to_string(from) + "-" + std::to_string(to) + "/" + std::to_string(by);
    add(from, to, by);
  } else {
    made.text = std::to_string(to) + "," + std::to_string(from) + "-" + std::to_string(to);
    add(from, to, 1);
  }
  return made;
}

struct NaiveCron {
  std::array<MadeField, 5> fields;
  std::string text() const {
    std::string out;
    for (const MadeField& field : fields) out += (out.empty() ? "" : " ") + field.text;
    return out;
  }
  bool shows(std::int64_t local_minute) const {
    const std::int64_t day = floor_divide(local_minute, 1440);
    const Civil date = civil_from_days(day);
    const auto in = [&](int field, unsigned value) { return fields[field].values.contains(value); };
    const unsigned weekday = weekday_of(day);
    const bool of_month = in(2, date.day);
    const bool of_week = in(4, weekday) || (weekday == 0 && in(4, 7));
    const bool day_fits = fields[2].star || fields[4].star ? of_month && of_week : of_month || of_week;
    const auto minute = static_cast<unsigned>(local_minute - day * 1440);
    return day_fits && in(3, date.month) && in(1, minute / 60) && in(0, minute % 60);
  }
  /// Looks at every minute, from two days before on.
  std::optional<Instant> next(Instant after, const TimeZone& zone, Instant until) const {
    const bool real_time = fields[0].star || fields[1].star;
    const std::int64_t minute = minutes(1).count;
    std::optional<std::int64_t> shown;  // the latest minute that was shown so far
    for (Instant t = window_start(after - days(2), minutes(1)); t <= until; t = t + minutes(1)) {
      const std::int64_t local = (t + zone.offset_at(t)).us / minute;
      bool fires = real_time && shows(local);
      if (!real_time)
        for (std::int64_t m = shown.value_or(local - 1) + 1; m <= local; ++m) fires = fires || shows(m);
      shown = std::max(shown.value_or(local), local);
      if (fires && t > after) return t;
    }
    return std::nullopt;
  }
};

}  // namespace

TEST_CASE("the next time is what a look at every minute finds, however clocks are changed") {
  test::check_property([] {
    NaiveCron naive;
    const std::array<std::pair<unsigned, unsigned>, 5> ranges{{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}}};
    for (std::size_t i = 0; i < 5; ++i) {
      const bool star = *rc::gen::inRange(0, 4) < (i < 2 ? 1 : 3);
      naive.fields[i] = make_field(ranges[i].first, ranges[i].second, star);
    }
    const Instant after = at("2026-01-01T00:00:00Z") + seconds(*rc::gen::inRange(0, 63'072'000));
    std::vector<std::pair<Instant, Micros>> listed;
    Instant when = window_start(after, minutes(1)) - days(1);
    for (int i = 0; i < 6; ++i) {
      when = when + minutes(*rc::gen::inRange(180, 2880));
      listed.emplace_back(when, minutes(*rc::gen::inRange(-12, 12) * 15));
    }
    const ListedZone zone(hours(1), listed);
    std::optional<Cron> cron;
    try {
      cron = Cron::parse(naive.text());
    } catch (const InputError& e) {
      RC_ASSERT(std::string(e.what()).find("never comes") != std::string::npos);
      return;
    }
    RC_ASSERT(Cron::parse(cron->text()) == *cron);
    Instant t = after;
    for (int i = 0; i < 30; ++i) {
      const Instant until = t + days(4);
      const auto expected = naive.next(t, zone, until);
      const Instant found = cron->next(t, zone);
      RC_LOG() << naive.text() << " after " << format_short(t) << ": " << format_short(found) << ", expected "
               << (expected ? format_short(*expected) : "later") << "\n";
      RC_ASSERT((expected ? found == *expected : found > until));
      t = found;
    }
  });
}
