#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tidemark::http {

/// Some threads and a bounded queue of jobs, which are begun in the order in which they come. A job goes to the thread
/// that had one last: its memory is warm, and where few are needed the others never touch any. Threads: any.
class WorkerPool {
 public:
  /// A job must not throw.
  using Job = std::function<void()>;

  WorkerPool(std::size_t threads, std::size_t queue);
  /// As stop().
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False when the queue is full or the pool has stopped; the job is then not run.
  bool submit(Job job);

  /// Takes no more jobs, forgets those that were not begun, and waits for those that were.
  void stop();

  std::size_t waiting() const;

 private:
  /// A thread that waits for a job.
  struct Sleeper {
    std::condition_variable changed;
    bool called = false;
  };

  void work();
  void sleep(std::unique_lock<std::mutex>& lock);

  const std::size_t queue_limit_;
  mutable std::mutex mutex_;
  std::deque<Job> queue_;
  std::vector<Sleeper*> sleepers_;  ///< Who was not called yet; the last one fell asleep last.
  std::size_t idle_;                ///< Threads without a job: those that wait, were called, or only just start.
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tidemark::http
