#include "agent/scheduler.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <mutex>

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

TEST_CASE("a job runs when its time has come") {
  HandClock clock;
  std::promise<Instant> ran;
  Scheduler scheduler({{"once", seconds(60), [&](Instant now) { return ran.set_value(now), std::string("done"); }}},
                      clock.reader(), middle);
  clock.us += seconds(60).count;
  scheduler.look();
  CHECK(ran.get_future().get() == Instant{clock.us});
  scheduler.stop();
  CHECK(scheduler.jobs()[0].runs == 1);
  CHECK(scheduler.jobs()[0].last_result == "done");
}

TEST_CASE("a job that is asked for runs after the run that is going on, never beside it") {
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
  CHECK(scheduler.jobs()[0].runs == static_cast<std::uint64_t>(runs));
}

TEST_CASE("a failure of a job is kept, told, and stops nothing") {
  HandClock clock;
  std::atomic<int> told{0};
  Scheduler scheduler({{"bad", hours(1), [](Instant) -> std::string { throw StoreError("the disk is gone"); }},
                       {"good", hours(1), [](Instant) { return std::string("fine"); }}},
                      clock.reader(), middle,
                      [&](const JobState& state) { told += state.last_error.empty() ? 1 : 100; });
  CHECK(scheduler.run("bad").last_error == "the disk is gone");
  CHECK(scheduler.run("good").last_result == "fine");
  scheduler.stop();
  CHECK(told == 101);
}

TEST_CASE("jobs of one lane run one after the other, in the order in which they were due, and hold up no others") {
  HandClock clock;
  std::promise<void> leave;
  std::shared_future<void> may_leave = leave.get_future().share();
  std::promise<void> all_ran;
  std::mutex mutex;
  std::vector<std::string> order;
  const auto job = [&](const std::string& name, Micros every, bool waits) {
    return Job{name,
               every,
               [&, name, waits](Instant) {
                 if (waits) may_leave.get();
                 const std::lock_guard lock(mutex);
                 order.push_back(name);
                 if (order.size() == 3) all_ran.set_value();
                 return std::string();
               },
               {},
               "views"};
  };
  std::vector<Job> jobs = {job("c", seconds(30), false), job("b", seconds(20), false), job("a", seconds(10), true)};
  jobs.push_back({"other", hours(1), [](Instant) { return std::string("not held up"); }});
  Scheduler scheduler(std::move(jobs), clock.reader(), middle);
  clock.us += seconds(10).count;
  scheduler.look();
  CHECK(scheduler.run("other").last_result == "not held up");
  clock.us += seconds(10).count;
  scheduler.look();
  CHECK(scheduler.run("other").last_result == "not held up");
  clock.us += seconds(5).count;  // "c" is not due, but asked for.
  leave.set_value();
  scheduler.run("c");
  all_ran.get_future().get();
  const std::lock_guard lock(mutex);
  CHECK(order == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("stopping leaves out what waits, and tells who asked for it") {
  HandClock clock;
  std::promise<void> entered, leave;
  std::atomic<int> second{0};
  Scheduler scheduler({{"first",
                        hours(1),
                        [&](Instant) {
                          entered.set_value();
                          leave.get_future().get();
                          return std::string();
                        },
                        {},
                        "views"},
                       {"second", hours(1), [&](Instant) { return ++second, std::string(); }, {}, "views"}},
                      clock.reader(), middle);
  auto first = std::async(std::launch::async, [&] { scheduler.run("first"); });
  entered.get_future().get();
  auto asked = std::async(std::launch::async, [&] { scheduler.run("second"); });
  auto stopped = std::async(std::launch::async, [&] { scheduler.stop(); });
  CHECK_THROWS_AS(asked.get(), Error);
  leave.set_value();
  stopped.get();
  first.get();
  CHECK(second == 0);
}

TEST_CASE("an unknown job is refused with those that there are") {
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
