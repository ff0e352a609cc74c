#include "agent/scheduler.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>

#include <tidemark/errors.hpp>

using namespace tidemark;
using namespace tidemark::agent;
using Catch::Contains;

namespace {

/// A clock that the test moves.
struct HandClock {
  std::atomic<std::int64_t> us{1'000'000'000'000};
  Scheduler::Clock reader() {
    return [this] { return Instant{us}; };
  }
};
double middle() { return 0.5; }

}  // namespace

TEST_CASE("a loop runs when its time has come") {
  HandClock clock;
  std::promise<Instant> ran;
  Scheduler scheduler({{"once", seconds(60), [&](Instant now) { return ran.set_value(now), std::string("done"); }}},
                      clock.reader(), middle);
  clock.us += seconds(60).count;
  scheduler.look();
  CHECK(ran.get_future().get() == Instant{clock.us});
  scheduler.stop();
  CHECK(scheduler.loops()[0].runs == 1);
  CHECK(scheduler.loops()[0].last_result == "done");
}

TEST_CASE("a loop that is asked for runs after the run that is going on, never beside it") {
  HandClock clock;
  std::atomic<int> inside{0}, most{0}, runs{0};
  const auto run_once = [&](Instant) {
    most = std::max<int>(most, ++inside);
    ++runs;
    --inside;
    return std::string();
  };
  Scheduler scheduler({{"work", hours(1), run_once}}, clock.reader(), middle);
  std::vector<std::future<void>> callers;
  for (int i = 0; i < 8; ++i)
    callers.push_back(std::async(std::launch::async, [&] {
      for (int n = 0; n < 20; ++n) scheduler.run("work");
    }));
  for (auto& caller : callers) caller.get();
  CHECK(most == 1);
  CHECK(runs >= 20);
  CHECK(scheduler.loops()[0].runs == static_cast<std::uint64_t>(runs));
}

TEST_CASE("a failure of a loop is kept, told, and stops nothing") {
  HandClock clock;
  std::atomic<int> told{0};
  Scheduler scheduler({{"bad", hours(1), [](Instant) -> std::string { throw StoreError("the disk is gone"); }},
                       {"good", hours(1), [](Instant) { return std::string("fine"); }}},
                      clock.reader(), middle,
                      [&](const LoopState& state) { told += state.last_error.empty() ? 1 : 100; });
  CHECK(scheduler.run("bad").last_error == "the disk is gone");
  CHECK(scheduler.run("good").last_result == "fine");
  scheduler.stop();
  CHECK(told == 101);
}

TEST_CASE("an unknown loop is refused with those that there are") {
  HandClock clock;
  Scheduler scheduler({{"recompute", hours(1), [](Instant) { return std::string(); }}}, clock.reader(), middle);
  CHECK_THROWS_WITH(scheduler.run("recomptue"),
                    Contains("expected 'recompute'") && Contains("did you mean 'recompute'"));
}

TEST_CASE("stopping waits for the run that goes on and starts no other") {
  HandClock clock;
  std::promise<void> entered, leave;
  std::atomic<bool> left{false};
  const auto run_once = [&](Instant) {
    entered.set_value();
    leave.get_future().get();
    left = true;
    return std::string();
  };
  Scheduler scheduler({{"slow", hours(1), run_once}}, clock.reader(), middle);
  auto asked = std::async(std::launch::async, [&] { scheduler.run("slow"); });
  entered.get_future().get();
  auto stopped = std::async(std::launch::async, [&] { scheduler.stop(); });
  leave.set_value();
  stopped.get();
  CHECK(left);
  asked.get();
  CHECK_THROWS_AS(scheduler.run("slow"), Error);
}
