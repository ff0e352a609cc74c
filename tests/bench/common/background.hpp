#pragma once
#include <chrono>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace tidemark::bench {

/// How long each of the other threads rests between two calls: a thousand times as often as the agent does it, and yet not
/// one thread each that does nothing but spin.
inline constexpr std::chrono::milliseconds kPause{50};

/// Work that goes on, each in a thread of its own and one call after the other, as long as this lives.
class Background {
 public:
  void add(std::function<void()> work) {
    threads_.emplace_back([this, work = std::move(work)](const std::stop_token& stop) {
      try {
        for (; !stop.stop_requested(); std::this_thread::sleep_for(kPause)) work();
      } catch (...) {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
      }
    });
  }
  /// Ends all of it, and throws what it threw.
  void stop() {
    threads_.clear();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::vector<std::jthread> threads_;  // last: they end before the rest does
};

}  // namespace tidemark::bench
