#pragma once
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace tidemark {

/// Bounds the bytes of documents that are taken in at the same time: what does not fit waits, in the order of coming.
/// One document alone is always admitted, whatever its size.
/// Threads: any. The intake must outlive its tickets.
class Intake {
 public:
  explicit Intake(std::uint64_t limit_bytes) : limit_(limit_bytes) {}

  /// A document that is being taken in; it makes room when it is destroyed.
  class Ticket {
   public:
    ~Ticket() { intake_.leave(bytes_); }
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

   private:
    friend class Intake;
    Ticket(Intake& intake, std::uint64_t bytes) : intake_(intake), bytes_(bytes) {}
    Intake& intake_;
    std::uint64_t bytes_;
  };

  /// Waits until there is room.
  [[nodiscard]] Ticket enter(std::uint64_t bytes);

  std::uint64_t waiting() const;

 private:
  void leave(std::uint64_t bytes);

  const std::uint64_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t open_bytes_ = 0;
  std::uint64_t next_number_ = 0;  ///< Of those who come.
  std::uint64_t next_turn_ = 0;    ///< Whose number may enter.
};

}  // namespace tidemark
