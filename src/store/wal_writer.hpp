#pragma once
#include <atomic>
#include <cstdint>
#include <string_view>

namespace tidemark::wal {

/// Writes one log into a file from its beginning, over what an earlier log left there: a disk makes blocks durable that
/// the file has already in about half the time that it takes to let the file grow (docs/performance.md).
/// Errors: calls give 0, or the errno of what failed; the log then ends where the last call that did not fail left it.
/// Threads: sync() any, at any time; the others one at a time.
class WalWriter {
 public:
  /// Takes over the descriptor. `log` is the number in the file's name, which no other log in this file has had.
  WalWriter(int file, std::uint64_t log) : file_(file), log_(log) {}
  ~WalWriter();
  WalWriter(const WalWriter&) = delete;
  WalWriter& operator=(const WalWriter&) = delete;

  [[nodiscard]] int append(std::string_view data);
  /// On the disk when it returns: everything that was appended before it was called.
  [[nodiscard]] int sync();
  /// Says in the file what is on the disk, if there is room, so that damage to all of that can be told from a torn end.
  /// `cut`: what lies behind the log's end goes.
  [[nodiscard]] int close(bool cut);
  /// Asks the filesystem for room that is not in the file's size yet; it is given back by close(). Only a hint.
  void allocate(std::uint64_t offset, std::uint64_t bytes);

  std::uint64_t bytes() const { return bytes_; }  ///< What was appended.

 private:
  int write_frame(std::string_view payload);

  // Atomic although calls come one at a time: who orders them may be a library that a sanitizer does not see into.
  std::atomic<int> file_;
  const std::uint64_t log_;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> end_{0};      ///< Of the last frame, in the file.
  std::atomic<std::uint64_t> durable_{0};  ///< So far it is on the disk.
};

}  // namespace tidemark::wal
