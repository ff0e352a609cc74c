#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <tidemark/errors.hpp>

/// The few encodings that all stored formats are made of; docs/format.md, "Primitives".
namespace tidemark {

using Int128 = __int128;

inline void put_u8(std::string& out, std::uint8_t v) { out.push_back(static_cast<char>(v)); }

/// Big-endian, so that keys sort as their numbers do.
template <typename Unsigned>
void put_big_endian(std::string& out, Unsigned v) {
  for (int shift = static_cast<int>(sizeof(Unsigned) * 8) - 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(v >> shift)));
}

/// Little-endian, for values.
template <typename Unsigned>
void put_little_endian(std::string& out, Unsigned v) {
  static_assert(std::endian::native == std::endian::little);
  out.append(reinterpret_cast<const char*>(&v), sizeof v);
}

inline void put_varint(std::string& out, std::uint64_t v) {
  while (v >= 0x80) {
    out.push_back(static_cast<char>(v | 0x80));
    v >>= 7;
  }
  out.push_back(static_cast<char>(v));
}

inline std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
inline std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}
inline void put_signed(std::string& out, std::int64_t v) { put_varint(out, zigzag(v)); }

/// A zigzag varint of up to 19 bytes.
inline void put_int128(std::string& out, Int128 v) {
  auto u = (static_cast<unsigned __int128>(v) << 1) ^ static_cast<unsigned __int128>(v >> 127);
  while (u >= 0x80) {
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(u) | 0x80));
    u >>= 7;
  }
  out.push_back(static_cast<char>(u));
}

/// A varint length and the bytes.
inline void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out.append(text);
}

/// Reads what the functions above wrote. Never reads past the end: StoreError when the record is cut short.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool at_end() const { return at_ == end_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  const char* position() const { return at_; }

  std::uint8_t u8() { return static_cast<std::uint8_t>(*take(1)); }

  template <typename Unsigned>
  Unsigned big_endian() {
    const char* p = take(sizeof(Unsigned));
    Unsigned v = 0;
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i)
      v = static_cast<Unsigned>((v << 8) | static_cast<std::uint8_t>(p[i]));
    return v;
  }

  template <typename Unsigned>
  Unsigned little_endian() {
    Unsigned v;
    std::memcpy(&v, take(sizeof v), sizeof v);
    return v;
  }

  std::uint64_t varint() {
    if (at_ != end_ && static_cast<std::uint8_t>(*at_) < 0x80) return static_cast<std::uint8_t>(*at_++);
    return long_varint();
  }
  std::int64_t signed_varint() { return unzigzag(varint()); }
  Int128 int128();

  std::string_view text() { return bytes(varint()); }
  std::string_view bytes(std::uint64_t n) {
    if (n > left()) fail();
    return {take(static_cast<std::size_t>(n)), static_cast<std::size_t>(n)};
  }

  /// A count of things that take at least one byte each, so that a damaged count cannot ask for more memory than the
  /// record has bytes.
  std::size_t count() {
    const std::uint64_t n = varint();
    if (n > left()) fail();
    return static_cast<std::size_t>(n);
  }

 private:
  [[noreturn]] static void fail();
  const char* take(std::size_t n) {
    if (n > left()) fail();
    const char* p = at_;
    at_ += n;
    return p;
  }
  std::uint64_t long_varint();
  /// Of eight bytes at most, read without looking for the record's end at each; `v` must be 0. False: longer, or too near
  /// the end, and nothing was taken.
  bool short_varint(std::uint64_t& v);

  const char* at_;
  const char* end_;
};

}  // namespace tidemark
