#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "agent/schedule.hpp"

namespace tidemark::agent {

/// Something that is done again and again. Returns what it did, in words; a failure is an exception, whose text is kept.
struct Job {
  std::string name;
  Timing timing;
  std::function<std::string(Instant now)> run_once;
  std::string last_result = {};  ///< What it is said to have done before its first run.
  /// Jobs of the same lane share a thread: they run one after the other, in the order in which they were due. Empty: it has
  /// a thread of its own.
  std::string lane = {};
  bool at_once = false;  ///< Its first run is due at the start.
};

/// Runs jobs when they are due.
/// Threads: every call from any thread, but for stop(), which is to be called once, and not by a job.
class Scheduler {
 public:
  using Clock = std::function<Instant()>;
  /// Told of every run that ends, in the job's thread, before run() returns.
  using Observer = std::function<void(const JobState&)>;

  Scheduler(std::vector<Job> jobs, Clock clock, std::function<double()> random, Observer observer = {});
  /// As stop().
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  std::vector<JobState> jobs() const;
  /// Runs it once more, after the run that is going on, if there is one; returns when that has ended.
  /// Errors: InputError for a name that no job has; tidemark::Error when the scheduler was stopped meanwhile.
  JobState run(std::string_view name);
  void set_timing(std::string_view name, Timing timing);
  /// Looks at the clock and starts what is due; it does so by itself when a job is due.
  void look();
  /// Starts nothing more, also of what waits, and waits for what runs.
  void stop();

 private:
  struct Lane {
    std::string name;
    std::deque<std::size_t> queue;  ///< Jobs that were started, and wait.
  };

  void time_loop();
  /// Puts what is due into its lanes, and says for how long nothing else is. With mutex_ held.
  Micros start_due();
  void work(Lane& lane);
  std::size_t index_of(std::string_view name) const;
  void enqueue(std::size_t job);

  Clock clock_;
  Observer observer_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Schedule schedule_;
  std::vector<Job> jobs_;
  std::vector<std::uint64_t> told_;  // of each job the runs that the observer knows of
  std::deque<Lane> lanes_;
  std::vector<Lane*> lane_of_;  // of each job
  bool stopping_ = false;
  bool look_ = false;
  std::deque<std::thread> threads_;
};

}  // namespace tidemark::agent
