#include "http/worker_pool.hpp"

namespace tidemark::http {

WorkerPool::WorkerPool(std::size_t threads, std::size_t queue) : queue_limit_(queue), idle_(threads) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::submit(Job job) {
  const std::lock_guard lock(mutex_);
  // What idle threads will take at once does not wait.
  if (stopped_ || queue_.size() >= queue_limit_ + idle_) return false;
  queue_.push_back(std::move(job));
  if (!sleepers_.empty()) {
    sleepers_.back()->called = true;
    sleepers_.back()->changed.notify_one();
    sleepers_.pop_back();
  }
  return true;
}

void WorkerPool::stop() {
  std::deque<Job> forgotten;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    forgotten.swap(queue_);
    for (Sleeper* sleeper : sleepers_) sleeper->changed.notify_one();
    sleepers_.clear();
  }
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

std::size_t WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size() > idle_ ? queue_.size() - idle_ : 0;
}

void WorkerPool::sleep(std::unique_lock<std::mutex>& lock) {
  Sleeper self;
  sleepers_.push_back(&self);
  self.changed.wait(lock, [&] { return stopped_ || self.called; });
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    // One that has just ended its job may have taken what a sleeper was called for.
    while (!stopped_ && queue_.empty()) sleep(lock);
    if (stopped_) return;
    {
      const Job job = std::move(queue_.front());
      queue_.pop_front();
      --idle_;
      lock.unlock();
      job();
    }  // What the job holds goes before the lock comes back.
    lock.lock();
    ++idle_;
  }
}

}  // namespace tidemark::http
