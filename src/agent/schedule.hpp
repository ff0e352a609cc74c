#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <tidemark/time.hpp>

#include "agent/timing.hpp"

namespace tidemark::agent {

/// What is known of one job.
struct JobState {
  std::string name;
  Timing timing = Micros{};
  bool running = false;  ///< Or waiting for its thread.
  bool waiting = false;
  std::uint64_t runs = 0;  ///< Ended ones, failures included.
  std::uint64_t failures = 0;
  std::uint64_t skipped = 0;  ///< Ticks that found the run before them still going.
  std::uint64_t failures_in_a_row = 0;
  std::optional<Instant> last_start, last_success;
  Micros last_duration{};
  std::string last_error;   ///< Empty after a success.
  std::string last_result;  ///< Of the last success, in words.
  Instant next;             ///< When it is due.
};

/// How a run ended.
struct RunOutcome {
  bool failed = false;
  std::string text;             ///< What was done, or what went wrong.
  bool needs_somebody = false;  ///< Trying again soon does not help.
};

/// Which jobs are due, and when to look again. Never lets a job be run twice at a time. After a failure a job comes
/// again after its interval, then twice that and so on, up to ten minutes or its interval if that is longer, each time a
/// quarter more or less by chance; at once at that limit when the failure needs somebody to change something. One with a
/// cron expression comes at the first of its times that is not sooner than that; after the first failure at the next.
/// Pure: the time and the random numbers are passed in. One thread at a time.
class Schedule {
 public:
  /// `random` gives numbers in [0, 1).
  explicit Schedule(std::function<double()> random) : random_(std::move(random)) {}

  /// The first run is due when `timing` says so after `now`, or `at_once`; `last_result` is shown until then. Returns its
  /// index; indices count up from 0.
  std::size_t add(std::string name, Timing timing, Instant now, std::string last_result = {}, bool at_once = false);
  /// From now on; the next run is due when it says so after `now`, or before if it was and `timing` is an interval.
  void set_timing(std::size_t job, Timing timing, Instant now);

  struct Step {
    std::vector<std::size_t>
        start;     ///< To be run, as they were due; they count as running from here on, and wait for begin().
    Instant wake;  ///< When to call again, if nothing happens before.
  };
  /// A clock that was set back does not make anything wait longer than it would have from `now` on.
  Step step(Instant now);

  /// Out of turn. False when it is running.
  bool start(std::size_t job, Instant now);
  /// What was started waits no longer.
  void begin(std::size_t job, Instant now);
  void finish(std::size_t job, Instant now, RunOutcome outcome);

  const std::vector<JobState>& jobs() const { return jobs_; }
  std::optional<std::size_t> find(std::string_view name) const;

 private:
  Instant after_failure(const JobState& job, Instant now);
  void pull_back(Instant now);

  std::function<double()> random_;
  std::vector<JobState> jobs_;
  Instant seen_;  // the latest step
};

}  // namespace tidemark::agent
