#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tidemark::http {

/// Some threads and a bounded queue of jobs, which are begun in the order in which they come. Threads: any.
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
  void work();

  const std::size_t queue_limit_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;
  std::size_t idle_ = 0;  ///< Threads that wait for a job.
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tidemark::http
