#pragma once
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace tidemark {

/// Lets any number through, or holds all off while one changes what they use.
/// Threads: any; whoever is inside must not enter again, nor close it.
class Gate {
 public:
  class Inside {
   public:
    explicit Inside(Gate& gate) : gate_(gate) {}
    ~Inside() { gate_.leave(); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    Gate& gate_;
  };
  class Closed {
   public:
    explicit Closed(Gate& gate) : gate_(gate) {}
    ~Closed() { gate_.open(); }
    Closed(const Closed&) = delete;
    Closed& operator=(const Closed&) = delete;

   private:
    Gate& gate_;
  };

  /// Waits while it is closed.
  [[nodiscard]] Inside enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !closed_; });
    ++inside_;
    return Inside(*this);
  }
  /// Whether somebody waits for all to leave, or has what they use for itself: who is inside for long should leave soon.
  bool is_closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }
  /// Lets nobody in any more, and waits until all have left.
  [[nodiscard]] Closed close() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !closed_; });
    closed_ = true;
    changed_.wait(lock, [&] { return inside_ == 0; });
    return Closed(*this);
  }

 private:
  void leave() {
    const std::lock_guard lock(mutex_);
    if (--inside_ == 0 && closed_) changed_.notify_all();
  }
  void open() {
    const std::lock_guard lock(mutex_);
    closed_ = false;
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t inside_ = 0;
  bool closed_ = false;
};

}  // namespace tidemark
