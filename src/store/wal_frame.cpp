#include "store/wal_frame.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <bit>
#include <cstring>

namespace tidemark::wal {
namespace {

// As a record of RocksDB's it would be one of length 0, of a type that does not exist, with a wrong checksum.
constexpr char kMagic[] = {'T', 'M', 'W', 'L', 0, 0, '\xff', 1};
constexpr std::size_t kLog = 8, kDurable = 16, kHash = 24, kBytes = 32, kCheck = 36;

template <typename Unsigned>
void put(HeaderBytes& out, std::size_t at, Unsigned v) {
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(out.data() + at, &v, sizeof v);
}

template <typename Unsigned>
Unsigned take(const char* bytes, std::size_t at) {
  Unsigned v;
  std::memcpy(&v, bytes + at, sizeof v);
  return v;
}

std::uint32_t check_of(const char* header) { return static_cast<std::uint32_t>(XXH3_64bits(header, kCheck)); }

}  // namespace

HeaderBytes encode(const FrameHeader& header) {
  HeaderBytes out;
  std::memcpy(out.data(), kMagic, sizeof kMagic);
  put(out, kLog, header.log);
  put(out, kDurable, header.durable);
  put(out, kHash, header.payload_hash);
  put(out, kBytes, header.payload_bytes);
  put(out, kCheck, check_of(out.data()));
  return out;
}

std::optional<FrameHeader> parse_header(const char* bytes) {
  if (std::memcmp(bytes, kMagic, sizeof kMagic) != 0 || take<std::uint32_t>(bytes, kCheck) != check_of(bytes))
    return std::nullopt;
  FrameHeader header;
  header.log = take<std::uint64_t>(bytes, kLog);
  header.durable = take<std::uint64_t>(bytes, kDurable);
  header.payload_hash = take<std::uint64_t>(bytes, kHash);
  header.payload_bytes = take<std::uint32_t>(bytes, kBytes);
  if (header.payload_bytes > kMaxPayloadBytes) return std::nullopt;
  return header;
}

std::uint64_t hash_of(std::string_view payload) { return XXH3_64bits(payload.data(), payload.size()); }

std::string_view magic() { return {kMagic, sizeof kMagic}; }

}  // namespace tidemark::wal
