#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

/// How a write-ahead log lies in its file: docs/format.md, "The write-ahead log". Pure; any thread.
namespace tidemark::wal {

inline constexpr std::size_t kHeaderBytes = 40;
/// Frames begin at multiples of it.
inline constexpr std::size_t kAlignment = 8;
inline constexpr std::size_t kMaxPayloadBytes = 1u << 20;

/// What stands before each piece of a log.
struct FrameHeader {
  std::uint64_t log = 0;  ///< The number in the file's name. What else the file holds is of an earlier log.
  /// So many of the file's first bytes were on the disk before this frame was written.
  std::uint64_t durable = 0;
  std::uint64_t payload_hash = 0;
  std::uint32_t payload_bytes = 0;  ///< 0 when the log was closed.
};

using HeaderBytes = std::array<char, kHeaderBytes>;
HeaderBytes encode(const FrameHeader& header);
/// Nothing when the bytes, kHeaderBytes of them, are no header that was written as a whole.
std::optional<FrameHeader> parse_header(const char* bytes);

std::uint64_t hash_of(std::string_view payload);

/// The first bytes of each header. No log of RocksDB's own begins with them, and RocksDB refuses them as damage.
std::string_view magic();

constexpr std::uint64_t frame_bytes(std::uint64_t payload_bytes) {
  return kHeaderBytes + (payload_bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace tidemark::wal
