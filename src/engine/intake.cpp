#include "engine/intake.hpp"

namespace tidemark {

Intake::Ticket Intake::enter(std::uint64_t bytes) {
  std::unique_lock lock(mutex_);
  const std::uint64_t number = next_number_++;
  changed_.wait(lock, [&] { return number == next_turn_ && (open_bytes_ == 0 || open_bytes_ + bytes <= limit_); });
  ++next_turn_;
  open_bytes_ += bytes;
  changed_.notify_all();
  return Ticket(*this, bytes);
}

void Intake::leave(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  open_bytes_ -= bytes;
  changed_.notify_all();
}

std::uint64_t Intake::waiting() const {
  const std::lock_guard lock(mutex_);
  return next_number_ - next_turn_;
}

}  // namespace tidemark
