#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "model/bytes.hpp"

/// Many unsigned integers in as few bits each as their neighbours need; docs/format.md, "Primitives", `packed`. Reads
/// and writes about a value a nanosecond, whatever their widths.
namespace tidemark {

inline constexpr std::size_t kPackedGroup = 16;

namespace packed {

inline std::size_t bytes_of(std::size_t values, unsigned width) { return (values * width + 7) / 8; }

/// Behind a group's bytes there must be room to read or write this much.
inline constexpr std::size_t kSlack = 16;

inline std::uint64_t read(const char* bytes, std::size_t bit, unsigned width) {
  unsigned __int128 word;
  std::memcpy(&word, bytes + bit / 8, sizeof word);
  return static_cast<std::uint64_t>(word >> (bit % 8)) & (~std::uint64_t{0} >> (64 - width));
}

/// The bits from `bit` on must be zero so far.
inline void write(char* bytes, std::size_t bit, std::uint64_t value) {
  unsigned __int128 word;
  std::memcpy(&word, bytes + bit / 8, sizeof word);
  word |= static_cast<unsigned __int128>(value) << (bit % 8);
  std::memcpy(bytes + bit / 8, &word, sizeof word);
}

}  // namespace packed

/// Appends get(0) … get(n - 1), which are asked for in order, once each.
template <typename Get>
void put_packed(std::string& out, std::size_t n, const Get& get) {
  std::array<std::uint64_t, kPackedGroup> group;
  for (std::size_t first = 0; first < n; first += kPackedGroup) {
    const std::size_t size = std::min(kPackedGroup, n - first);
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < size; ++i) all |= group[i] = get(first + i);
    const auto width = static_cast<unsigned>(std::bit_width(all));
    std::array<char, kPackedGroup * 8 + packed::kSlack> bytes{};
    for (std::size_t i = 0; i < size; ++i) packed::write(bytes.data(), i * width, group[i]);
    put_u8(out, static_cast<std::uint8_t>(width));
    out.append(bytes.data(), packed::bytes_of(size, width));
  }
}

/// Calls take(i, value) for each of `n` integers that put_packed wrote. StoreError when they are cut short or damaged.
template <typename Take>
void take_packed(ByteReader& in, std::size_t n, const Take& take) {
  for (std::size_t first = 0; first < n; first += kPackedGroup) {
    const std::size_t size = std::min(kPackedGroup, n - first);
    const unsigned width = in.u8();
    if (width > 64) throw StoreError("stored numbers have a damaged width");
    const std::string_view bytes = in.bytes(packed::bytes_of(size, width));
    if (width == 0) {
      for (std::size_t i = 0; i < size; ++i) take(first + i, std::uint64_t{0});
      continue;
    }
    const char* from = bytes.data();
    std::array<char, kPackedGroup * 8 + packed::kSlack> copy;
    if (in.left() < packed::kSlack) {  // near the record's end
      std::memcpy(copy.data(), bytes.data(), bytes.size());
      from = copy.data();
    }
    for (std::size_t i = 0; i < size; ++i) take(first + i, packed::read(from, i * width, width));
  }
}

}  // namespace tidemark
