#pragma once
#include <atomic>
#include <cstddef>
#include <utility>

namespace tidemark::http {

/// Bytes that all open bodies may take together. Whoever gets none is refused and lets go of what it has, so nobody
/// waits for another. Threads: any.
class ByteBudget {
 public:
  explicit ByteBudget(std::size_t limit) : limit_(limit) {}
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  std::size_t taken() const { return taken_.load(std::memory_order_relaxed); }

  /// A part of the budget, given back when it is destroyed. One thread at a time.
  class Share {
   public:
    explicit Share(ByteBudget& budget) : budget_(&budget) {}
    ~Share() { release(); }
    Share(Share&& other) noexcept : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
    Share& operator=(Share&& other) noexcept {
      release();
      budget_ = other.budget_;
      bytes_ = std::exchange(other.bytes_, 0);
      return *this;
    }

    /// Makes it at least so large. False: there is no room, and it stays as it is.
    bool grow_to(std::size_t bytes) {
      if (bytes <= bytes_) return true;
      if (!budget_->take(bytes - bytes_)) return false;
      bytes_ = bytes;
      return true;
    }
    void release() { budget_->taken_.fetch_sub(std::exchange(bytes_, 0), std::memory_order_relaxed); }

   private:
    ByteBudget* budget_;
    std::size_t bytes_ = 0;
  };

 private:
  bool take(std::size_t bytes) {
    std::size_t taken = taken_.load(std::memory_order_relaxed);
    do {
      if (bytes > limit_ || taken > limit_ - bytes) return false;
    } while (!taken_.compare_exchange_weak(taken, taken + bytes, std::memory_order_relaxed));
    return true;
  }

  const std::size_t limit_;
  std::atomic<std::size_t> taken_{0};
};

}  // namespace tidemark::http
