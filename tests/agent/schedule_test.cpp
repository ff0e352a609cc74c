#include "agent/schedule.hpp"

#include <catch2/catch.hpp>

#include "support/property.hpp"

using namespace tidemark;
using namespace tidemark::agent;

namespace {

constexpr Instant kStart{1'000'000'000'000};  // 1970-01-12T13:46:40Z
double middle() { return 0.5; }

Timing cron(const char* text, const TimeZone& zone = utc()) {
  return {Cron::parse(text), {std::shared_ptr<void>(), &zone}, "UTC"};
}
Instant at(const char* text) { return parse_rfc3339(text).value(); }

}  // namespace

TEST_CASE("a job is due one interval after it was added, then every interval") {
  Schedule schedule(middle);
  const std::size_t job = schedule.add("recompute", seconds(60), kStart);
  CHECK(schedule.step(kStart).start.empty());
  CHECK(schedule.step(kStart).wake == kStart + seconds(60));
  CHECK(schedule.step(kStart + seconds(60)).start == std::vector{job});
  schedule.finish(job, kStart + seconds(62), {false, "computed 3 buckets", false});
  const JobState& state = schedule.jobs()[job];
  CHECK(state.last_duration == seconds(2));
  CHECK(state.last_result == "computed 3 buckets");
  CHECK(state.last_success == kStart + seconds(62));
  CHECK(state.next == kStart + seconds(120));
}

TEST_CASE("jobs that are found due together start in the order in which they were due") {
  Schedule schedule(middle);
  for (const int interval : {30, 20, 10, 20}) schedule.add(std::to_string(interval), seconds(interval), kStart);
  CHECK(schedule.step(kStart + seconds(45)).start == std::vector<std::size_t>{2, 1, 3, 0});
}

TEST_CASE("a tick that finds its job running is skipped and counted") {
  Schedule schedule(middle);
  const std::size_t job = schedule.add("sync", seconds(10), kStart);
  REQUIRE(schedule.step(kStart + seconds(10)).start.size() == 1);
  CHECK(schedule.step(kStart + seconds(20)).start.empty());
  CHECK(schedule.step(kStart + seconds(25)).start.empty());
  CHECK(schedule.jobs()[job].skipped == 1);
  CHECK_FALSE(schedule.start(job, kStart + seconds(26)));
  schedule.finish(job, kStart + seconds(27), {});
  CHECK(schedule.step(kStart + seconds(30)).start.size() == 1);
}

TEST_CASE("after failures a job comes back later and later, and at its interval again after a success") {
  Schedule schedule(middle);
  const std::size_t job = schedule.add("sync", minutes(1), kStart);
  Instant now = kStart;
  for (const int expected : {1, 2, 4, 8, 10, 10}) {
    schedule.start(job, now);
    schedule.finish(job, now, {true, "connection refused", false});
    CHECK(schedule.jobs()[job].next == now + minutes(expected));
    now = schedule.jobs()[job].next;
  }
  CHECK(schedule.jobs()[job].last_error == "connection refused");
  CHECK(schedule.jobs()[job].failures == 6);
  REQUIRE(schedule.step(now).start.size() == 1);
  schedule.finish(job, now, {false, "sent", false});
  CHECK(schedule.jobs()[job].last_error.empty());
  CHECK(schedule.jobs()[job].next == now + minutes(1));
}

TEST_CASE("a failure that needs somebody is not tried again for as long as any") {
  Schedule schedule(middle);
  const std::size_t job = schedule.add("sync", minutes(1), kStart);
  schedule.start(job, kStart);
  schedule.finish(job, kStart, {true, "wrong password", true});
  CHECK(schedule.jobs()[job].next == kStart + minutes(10));
}

TEST_CASE("a job of a long interval is not tried again sooner than that") {
  Schedule schedule([] { return 0.0; });
  const std::size_t job = schedule.add("retain", hours(1), kStart);
  schedule.start(job, kStart);
  schedule.finish(job, kStart, {true, "no", false});
  CHECK(schedule.jobs()[job].next == kStart + minutes(45));
}

TEST_CASE("a clock that was set back delays nothing by more than an interval") {
  Schedule schedule(middle);
  const std::size_t job = schedule.add("recompute", seconds(60), kStart);
  const Instant earlier = kStart - days(3);
  CHECK(schedule.step(earlier).start.empty());
  CHECK(schedule.step(earlier + seconds(60)).start == std::vector{job});
}

TEST_CASE("a shorter interval counts from now, a longer one from the next tick") {
  Schedule schedule(middle);
  const std::size_t job = schedule.add("sync", hours(1), kStart);
  schedule.set_timing(job, seconds(5), kStart + minutes(1));
  CHECK(schedule.jobs()[job].next == kStart + minutes(1) + seconds(5));
  schedule.set_timing(job, hours(2), kStart + minutes(1));
  CHECK(schedule.jobs()[job].next == kStart + minutes(1) + seconds(5));
}

TEST_CASE("a job with a cron expression is due at its times") {
  Schedule schedule(middle);
  const std::size_t job = schedule.add("view:landing", cron("*/5 * * * *"), kStart);
  CHECK(schedule.jobs()[job].next == at("1970-01-12T13:50:00Z"));
  CHECK(schedule.step(at("1970-01-12T13:49:59Z")).start.empty());
  CHECK(schedule.step(at("1970-01-12T13:50:02Z")).start == std::vector{job});
  CHECK(schedule.jobs()[job].next == at("1970-01-12T13:55:00Z"));
  CHECK(schedule.step(at("1970-01-12T13:55:00Z")).start.empty());
  CHECK(schedule.jobs()[job].skipped == 1);
  schedule.finish(job, at("1970-01-12T13:56:00Z"), {});
  // Ticks that nobody saw are one.
  CHECK(schedule.step(at("1970-01-12T17:01:00Z")).start == std::vector{job});
  CHECK(schedule.jobs()[job].next == at("1970-01-12T17:05:00Z"));
}

TEST_CASE("a job may be due at the start") {
  Schedule schedule(middle);
  const std::size_t job = schedule.add("view:landing", cron("@daily"), kStart, {}, true);
  CHECK(schedule.step(kStart).start == std::vector{job});
  CHECK(schedule.jobs()[job].next == at("1970-01-13T00:00:00Z"));
}

TEST_CASE("after failures a job with a cron expression leaves out some of its times, up to ten minutes of them") {
  Schedule schedule(middle);
  const std::size_t job = schedule.add("view:landing", cron("* * * * *"), at("1970-01-12T00:00:00Z"));
  Instant now = at("1970-01-12T00:01:00Z");
  for (const int expected : {1, 2, 4, 8, 10, 10}) {
    schedule.start(job, now);
    schedule.finish(job, now, {true, "no such table", false});
    CHECK(schedule.jobs()[job].next == now + minutes(expected));
    now = schedule.jobs()[job].next;
  }
  schedule.start(job, now);
  schedule.finish(job, now, {});
  REQUIRE(schedule.step(now).start.size() == 1);
  CHECK(schedule.jobs()[job].next == now + minutes(1));
}

TEST_CASE("a daily job that fails comes again the next day, at its time") {
  Schedule schedule([] { return 0.99; });
  const std::size_t job = schedule.add("view:landing", cron("0 4 * * *"), kStart);
  schedule.start(job, at("1970-01-13T04:00:00Z"));
  schedule.finish(job, at("1970-01-13T04:00:30Z"), {true, "no", true});
  CHECK(schedule.jobs()[job].next == at("1970-01-14T04:00:00Z"));
}

TEST_CASE("a clock that was set back gives a cron expression its earlier times again") {
  Schedule schedule(middle);
  const std::size_t job = schedule.add("view:landing", cron("@daily"), kStart);
  REQUIRE(schedule.step(at("1970-01-13T00:00:00Z")).start.size() == 1);
  schedule.finish(job, at("1970-01-13T00:00:01Z"), {});
  schedule.step(at("1970-01-10T12:00:00Z"));
  CHECK(schedule.jobs()[job].next == at("1970-01-11T00:00:00Z"));
}

TEST_CASE("another expression holds from now on") {
  Schedule schedule(middle);
  const std::size_t job = schedule.add("retain", minutes(5), kStart);
  schedule.set_timing(job, cron("@daily"), kStart);
  CHECK(schedule.jobs()[job].next == at("1970-01-13T00:00:00Z"));
  CHECK(schedule.jobs()[job].timing.text() == "@daily");
}

TEST_CASE("what waits for its thread counts as running, and its time from when it has one") {
  Schedule schedule(middle);
  const std::size_t job = schedule.add("view:landing", minutes(1), kStart);
  schedule.start(job, kStart);
  CHECK(schedule.jobs()[job].waiting);
  schedule.begin(job, kStart + seconds(20));
  CHECK_FALSE(schedule.jobs()[job].waiting);
  CHECK(schedule.jobs()[job].running);
  schedule.finish(job, kStart + seconds(25), {});
  CHECK(schedule.jobs()[job].last_duration == seconds(5));
}

TEST_CASE("whatever happens, no job runs twice at a time, none is forgotten, and every tick is a run or skipped") {
  test::check_property([](const std::vector<std::uint8_t>& moves) {
    Schedule schedule([] { return 0.9; });
    const std::vector<Timing> intervals = {seconds(1), seconds(7), cron("* * * * *"), cron("*/3 * * * *")};
    for (const Timing& timing : intervals) schedule.add(timing.text(), timing, kStart);
    std::vector<bool> running(intervals.size());
    Instant now = kStart;
    for (const std::uint8_t move : moves) {
      const std::size_t job = move % intervals.size();
      if (move < 128) {
        now = now + Micros{static_cast<std::int64_t>(move) * 100'000};
        for (const std::size_t started : schedule.step(now).start) {
          RC_ASSERT(!running[started]);
          running[started] = true;
        }
      } else if (running[job]) {
        schedule.finish(job, now, {move % 5 == 0, ""});
        running[job] = false;
      }
      const auto step = schedule.step(now);
      for (const std::size_t started : step.start) running[started] = true;
      RC_ASSERT(step.wake > now);
      for (std::size_t i = 0; i < intervals.size(); ++i) {
        const JobState& state = schedule.jobs()[i];
        RC_ASSERT(state.running == running[i]);
        RC_ASSERT(state.next > now);
        RC_ASSERT(state.next <= now + Micros{minutes(10).count / 4 * 5});
        RC_ASSERT(step.wake <= state.next);
        RC_ASSERT(state.failures <= state.runs);
      }
    }
  });
}
