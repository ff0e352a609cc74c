#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark::wal {

/// Reads one log from its file, also while another process writes it.
/// A log ends where its last whole frame does. What a crash has torn off was never on the disk as a whole; whether a
/// frame that is not whole was, is what the frames behind it say.
/// Errors: StoreError when bytes that were on the disk are damaged (the last frame of a log that was not closed has none
/// behind it that would say so), when they cannot be read, and when the file has become a later log's meanwhile.
/// Threads: one at a time.
class WalReader {
 public:
  /// Takes over the descriptor. `log` is the number in the file's name, `name` what to call the file in errors.
  WalReader(int file, std::uint64_t log, std::string name);
  ~WalReader();
  WalReader(const WalReader&) = delete;
  WalReader& operator=(const WalReader&) = delete;

  /// The next piece, of any size but none, or nothing at the end. Valid until the next call.
  std::optional<std::string_view> next();

  /// Whether the file holds frames, or nothing yet, rather than a log as RocksDB itself writes it. Damage to its beginning
  /// does not make it one: frames of this log behind it say otherwise.
  bool is_framed();

 private:
  bool read_frame();
  bool is_reused();
  template <typename Take>
  void each_header_from(std::uint64_t begin, const Take& take);
  std::uint64_t durable_behind();
  std::size_t read_at(std::uint64_t offset, std::size_t bytes);

  int file_;
  std::uint64_t log_;
  std::string name_;
  std::uint64_t at_ = 0;
  std::string bytes_;  ///< Of the last read_at().
};

}  // namespace tidemark::wal
