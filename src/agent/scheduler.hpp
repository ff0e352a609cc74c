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

/// One pass of a loop. Returns what it did, in words; a failure is an exception, whose text is kept.
struct Loop {
  std::string name;
  Micros every{};
  std::function<std::string(Instant now)> run_once;
  std::string last_result = {};  ///< What it is said to have done before its first run.
};

/// Runs loops when they are due, each in a thread of its own.
/// Threads: every call from any thread, but for stop(), which is to be called once, and not by a loop.
class Scheduler {
 public:
  using Clock = std::function<Instant()>;
  /// Told of every run that ends, in the loop's thread.
  using Observer = std::function<void(const LoopState&)>;

  Scheduler(std::vector<Loop> loops, Clock clock, std::function<double()> random, Observer observer = {});
  /// As stop().
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  std::vector<LoopState> loops() const;
  /// Runs it once more, after the run that is going on, if there is one; returns when that has ended.
  /// Errors: InputError for a name that no loop has; tidemark::Error when the scheduler was stopped meanwhile.
  LoopState run(std::string_view name);
  void set_every(std::string_view name, Micros every);
  /// Looks at the clock again; it does so by itself when a loop is due.
  void look();
  /// Starts nothing more, and waits for what runs.
  void stop();

 private:
  void time_loop();
  void work(std::size_t loop);
  std::size_t index_of(std::string_view name) const;

  Clock clock_;
  Observer observer_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Schedule schedule_;
  std::vector<Loop> loops_;
  bool stopping_ = false;
  bool look_ = false;
  std::deque<std::thread> threads_;
};

}  // namespace tidemark::agent
