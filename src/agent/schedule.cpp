#include "agent/schedule.hpp"

#include <algorithm>

namespace tidemark::agent {
namespace {

constexpr Micros kLongestDelay = minutes(10);
/// When nothing is due for long, it is looked at all the same: the clock may have been set.
constexpr Micros kLongestSleep = minutes(1);
constexpr std::uint64_t kMostDoublings = 20;

Micros most_delay(Micros gap) { return std::max(gap, kLongestDelay); }

}  // namespace

std::size_t Schedule::add(std::string name, Timing timing, Instant now, std::string last_result, bool at_once) {
  const Instant next = at_once ? now : timing.next(now);
  JobState job;
  job.name = std::move(name);
  job.timing = std::move(timing);
  job.next = next;
  job.last_result = std::move(last_result);
  jobs_.push_back(std::move(job));
  seen_ = std::max(seen_, now);
  return jobs_.size() - 1;
}

void Schedule::set_timing(std::size_t index, Timing timing, Instant now) {
  JobState& job = jobs_[index];
  const Instant next = timing.next(now);
  job.next = timing.is_interval() ? std::min(job.next, next) : next;
  job.timing = std::move(timing);
}

Schedule::Step Schedule::step(Instant now) {
  if (now < seen_) pull_back(now);
  seen_ = now;
  std::vector<std::size_t> due;
  for (std::size_t i = 0; i < jobs_.size(); ++i)
    if (jobs_[i].next <= now) due.push_back(i);
  std::stable_sort(due.begin(), due.end(),
                   [&](std::size_t a, std::size_t b) { return jobs_[a].next < jobs_[b].next; });
  Step step{{}, now + kLongestSleep};
  for (const std::size_t i : due) {
    JobState& job = jobs_[i];
    if (start(i, now))
      step.start.push_back(i);
    else
      ++job.skipped;
    // Ticks that nobody was there to see are not made up for.
    job.next = job.timing.following(job.next, now);
  }
  for (const JobState& job : jobs_) step.wake = std::min(step.wake, job.next);
  return step;
}

/// The clock was set back.
void Schedule::pull_back(Instant now) {
  for (JobState& job : jobs_) {
    const Micros most{job.failures_in_a_row == 0 ? 0 : most_delay(job.timing.gap(now)).count / 4 * 5};
    const Instant next = job.timing.next(now);
    if (job.next > std::max(next, now + most)) job.next = next;
  }
}

bool Schedule::start(std::size_t index, Instant now) {
  JobState& job = jobs_[index];
  if (job.running) return false;
  job.running = true;
  job.waiting = true;
  job.last_start = now;
  return true;
}

void Schedule::begin(std::size_t index, Instant now) {
  jobs_[index].waiting = false;
  jobs_[index].last_start = now;
}

void Schedule::finish(std::size_t index, Instant now, RunOutcome outcome) {
  JobState& job = jobs_[index];
  job.running = false;
  job.waiting = false;
  ++job.runs;
  job.last_duration = std::max(Micros{0}, now - job.last_start.value_or(now));
  if (!outcome.failed) {
    job.failures_in_a_row = 0;
    job.last_success = now;
    job.last_error.clear();
    job.last_result = std::move(outcome.text);
    return;
  }
  ++job.failures;
  ++job.failures_in_a_row;
  job.last_error = std::move(outcome.text);
  if (outcome.needs_somebody) job.failures_in_a_row = std::max(job.failures_in_a_row, kMostDoublings + 1);
  job.next = after_failure(job, now);
}

Instant Schedule::after_failure(const JobState& job, Instant now) {
  const Micros gap = job.timing.gap(now);
  Micros delay = gap;
  const std::uint64_t doublings = std::min(job.failures_in_a_row - 1, kMostDoublings);
  for (std::uint64_t i = 0; i < doublings && delay < most_delay(gap); ++i) delay.count *= 2;
  delay = std::min(delay, most_delay(gap));
  const double factor = 0.75 + 0.5 * random_();
  if (job.timing.is_interval())
    return now + Micros{static_cast<std::int64_t>(static_cast<double>(delay.count) * factor)};
  // Its times are where they are; so what is waited for beyond the next of them varies.
  return job.timing.next(now + Micros{static_cast<std::int64_t>(static_cast<double>((delay - gap).count) * factor)});
}

std::optional<std::size_t> Schedule::find(std::string_view name) const {
  for (std::size_t i = 0; i < jobs_.size(); ++i)
    if (jobs_[i].name == name) return i;
  return std::nullopt;
}

}  // namespace tidemark::agent
