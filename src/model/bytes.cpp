#include "model/bytes.hpp"

namespace tidemark {

void ByteReader::fail() { throw StoreError("a stored record is cut short or damaged"); }

bool ByteReader::short_varint(std::uint64_t& v) {
  if (left() < 8) return false;
  for (int i = 0; i < 8; ++i) {
    const std::uint64_t byte = static_cast<std::uint8_t>(at_[i]);
    v |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      at_ += i + 1;
      return true;
    }
  }
  return false;
}

std::uint64_t ByteReader::long_varint() {
  std::uint64_t v = 0;
  if (short_varint(v)) return v;
  v = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const std::uint64_t byte = u8();
    if (shift == 63 && byte > 1) fail();
    v |= (byte & 0x7f) << shift;
    if (byte < 0x80) return v;
  }
  fail();
}

Int128 ByteReader::int128() {
  // Most sums are short; 64-bit arithmetic will do for them.
  if (std::uint64_t v = 0; short_varint(v)) return unzigzag(v);
  unsigned __int128 u = 0;
  for (int shift = 0; shift < 128; shift += 7) {
    const unsigned __int128 byte = u8();
    if (shift == 126 && byte > 3) fail();
    u |= (byte & 0x7f) << shift;
    if (byte < 0x80) return static_cast<Int128>(u >> 1) ^ -static_cast<Int128>(u & 1);
  }
  fail();
}

}  // namespace tidemark
