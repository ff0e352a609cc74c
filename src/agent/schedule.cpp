#include "agent/schedule.hpp"

#include <algorithm>

namespace tidemark::agent {
namespace {

constexpr Micros kLongestDelay = minutes(10);
/// When nothing is due for long, it is looked at all the same: the clock may have been set.
constexpr Micros kLongestSleep = minutes(1);
constexpr std::uint64_t kMostDoublings = 20;

Micros most_delay(Micros every) { return std::max(every, kLongestDelay); }

}  // namespace

std::size_t Schedule::add(std::string name, Micros every, Instant now, std::string last_result) {
  LoopState loop;
  loop.name = std::move(name);
  loop.every = every;
  loop.next = now + every;
  loop.last_result = std::move(last_result);
  loops_.push_back(std::move(loop));
  return loops_.size() - 1;
}

void Schedule::set_every(std::size_t index, Micros every, Instant now) {
  LoopState& loop = loops_[index];
  loop.every = every;
  loop.next = std::min(loop.next, now + every);
}

Schedule::Step Schedule::step(Instant now) {
  Step step{{}, now + kLongestSleep};
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    LoopState& loop = loops_[i];
    const Micros most{most_delay(loop.every).count / 4 * 5};
    if (loop.next > now + most) loop.next = now + loop.every;
    if (loop.next <= now) {
      if (start(i, now))
        step.start.push_back(i);
      else
        ++loop.skipped;
      // Ticks that nobody was there to see are not made up for.
      const std::int64_t behind = (now - loop.next).count / loop.every.count;
      loop.next = loop.next + Micros{(behind + 1) * loop.every.count};
    }
    step.wake = std::min(step.wake, loop.next);
  }
  return step;
}

bool Schedule::start(std::size_t index, Instant now) {
  LoopState& loop = loops_[index];
  if (loop.running) return false;
  loop.running = true;
  loop.last_start = now;
  return true;
}

void Schedule::finish(std::size_t index, Instant now, RunOutcome outcome) {
  LoopState& loop = loops_[index];
  loop.running = false;
  ++loop.runs;
  loop.last_duration = std::max(Micros{0}, now - loop.last_start.value_or(now));
  if (!outcome.failed) {
    loop.failures_in_a_row = 0;
    loop.last_success = now;
    loop.last_error.clear();
    loop.last_result = std::move(outcome.text);
    return;
  }
  ++loop.failures;
  ++loop.failures_in_a_row;
  loop.last_error = std::move(outcome.text);
  if (outcome.needs_somebody) loop.failures_in_a_row = std::max(loop.failures_in_a_row, kMostDoublings + 1);
  loop.next = now + delay_after(loop);
}

Micros Schedule::delay_after(const LoopState& loop) {
  Micros delay = loop.every;
  const std::uint64_t doublings = std::min(loop.failures_in_a_row - 1, kMostDoublings);
  for (std::uint64_t i = 0; i < doublings && delay < most_delay(loop.every); ++i) delay.count *= 2;
  delay = std::min(delay, most_delay(loop.every));
  const double factor = 0.75 + 0.5 * random_();
  return {static_cast<std::int64_t>(static_cast<double>(delay.count) * factor)};
}

std::optional<std::size_t> Schedule::find(std::string_view name) const {
  for (std::size_t i = 0; i < loops_.size(); ++i)
    if (loops_[i].name == name) return i;
  return std::nullopt;
}

}  // namespace tidemark::agent
