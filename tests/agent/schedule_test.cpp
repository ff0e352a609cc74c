#include "agent/schedule.hpp"

#include <catch2/catch.hpp>

#include "support/property.hpp"

using namespace tidemark;
using namespace tidemark::agent;

namespace {

constexpr Instant kStart{1'000'000'000'000};
double middle() { return 0.5; }

}  // namespace

TEST_CASE("a loop is due one interval after it was added, then every interval") {
  Schedule schedule(middle);
  const std::size_t loop = schedule.add("recompute", seconds(60), kStart);
  CHECK(schedule.step(kStart).start.empty());
  CHECK(schedule.step(kStart).wake == kStart + seconds(60));
  CHECK(schedule.step(kStart + seconds(60)).start == std::vector{loop});
  schedule.finish(loop, kStart + seconds(62), {false, "computed 3 buckets", false});
  const LoopState& state = schedule.loops()[loop];
  CHECK(state.last_duration == seconds(2));
  CHECK(state.last_result == "computed 3 buckets");
  CHECK(state.last_success == kStart + seconds(62));
  CHECK(state.next == kStart + seconds(120));
}

TEST_CASE("a tick that finds its loop running is skipped and counted") {
  Schedule schedule(middle);
  const std::size_t loop = schedule.add("sync", seconds(10), kStart);
  REQUIRE(schedule.step(kStart + seconds(10)).start.size() == 1);
  CHECK(schedule.step(kStart + seconds(20)).start.empty());
  CHECK(schedule.step(kStart + seconds(25)).start.empty());
  CHECK(schedule.loops()[loop].skipped == 1);
  CHECK_FALSE(schedule.start(loop, kStart + seconds(26)));
  schedule.finish(loop, kStart + seconds(27), {});
  CHECK(schedule.step(kStart + seconds(30)).start.size() == 1);
}

TEST_CASE("after failures a loop comes back later and later, and at its interval again after a success") {
  Schedule schedule(middle);
  const std::size_t loop = schedule.add("sync", minutes(1), kStart);
  Instant now = kStart;
  for (const int expected : {1, 2, 4, 8, 10, 10}) {
    schedule.start(loop, now);
    schedule.finish(loop, now, {true, "connection refused", false});
    CHECK(schedule.loops()[loop].next == now + minutes(expected));
    now = schedule.loops()[loop].next;
  }
  CHECK(schedule.loops()[loop].last_error == "connection refused");
  CHECK(schedule.loops()[loop].failures == 6);
  REQUIRE(schedule.step(now).start.size() == 1);
  schedule.finish(loop, now, {false, "sent", false});
  CHECK(schedule.loops()[loop].last_error.empty());
  CHECK(schedule.loops()[loop].next == now + minutes(1));
}

TEST_CASE("a failure that needs somebody is not tried again for as long as any") {
  Schedule schedule(middle);
  const std::size_t loop = schedule.add("sync", minutes(1), kStart);
  schedule.start(loop, kStart);
  schedule.finish(loop, kStart, {true, "wrong password", true});
  CHECK(schedule.loops()[loop].next == kStart + minutes(10));
}

TEST_CASE("a loop of a long interval is not tried again sooner than that") {
  Schedule schedule([] { return 0.0; });
  const std::size_t loop = schedule.add("retain", hours(1), kStart);
  schedule.start(loop, kStart);
  schedule.finish(loop, kStart, {true, "no", false});
  CHECK(schedule.loops()[loop].next == kStart + minutes(45));
}

TEST_CASE("a clock that was set back delays nothing by more than an interval") {
  Schedule schedule(middle);
  const std::size_t loop = schedule.add("recompute", seconds(60), kStart);
  const Instant earlier = kStart - days(3);
  CHECK(schedule.step(earlier).start.empty());
  CHECK(schedule.step(earlier + seconds(60)).start == std::vector{loop});
}

TEST_CASE("a shorter interval counts from now, a longer one from the next tick") {
  Schedule schedule(middle);
  const std::size_t loop = schedule.add("sync", hours(1), kStart);
  schedule.set_every(loop, seconds(5), kStart + minutes(1));
  CHECK(schedule.loops()[loop].next == kStart + minutes(1) + seconds(5));
  schedule.set_every(loop, hours(2), kStart + minutes(1));
  CHECK(schedule.loops()[loop].next == kStart + minutes(1) + seconds(5));
}

TEST_CASE("whatever happens, no loop runs twice at a time, none is forgotten, and every tick is a run or skipped") {
  test::check_property([](const std::vector<std::uint8_t>& moves) {
    Schedule schedule([] { return 0.9; });
    const std::vector<Micros> intervals = {seconds(1), seconds(7), seconds(60)};
    for (const Micros every : intervals) schedule.add(format_duration(every), every, kStart);
    std::vector<bool> running(intervals.size());
    Instant now = kStart;
    for (const std::uint8_t move : moves) {
      const std::size_t loop = move % intervals.size();
      if (move < 128) {
        now = now + Micros{static_cast<std::int64_t>(move) * 100'000};
        for (const std::size_t started : schedule.step(now).start) {
          RC_ASSERT(!running[started]);
          running[started] = true;
        }
      } else if (running[loop]) {
        schedule.finish(loop, now, {move % 5 == 0, ""});
        running[loop] = false;
      }
      const auto step = schedule.step(now);
      for (const std::size_t started : step.start) running[started] = true;
      RC_ASSERT(step.wake > now);
      for (std::size_t i = 0; i < intervals.size(); ++i) {
        const LoopState& state = schedule.loops()[i];
        RC_ASSERT(state.running == running[i]);
        RC_ASSERT(state.next > now);
        RC_ASSERT(state.next <= now + Micros{minutes(10).count / 4 * 5});
        RC_ASSERT(step.wake <= state.next);
        RC_ASSERT(state.failures <= state.runs);
      }
    }
  });
}
