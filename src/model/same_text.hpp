#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tidemark {

/// Zero where the `Word` at this place is the same in both.
template <typename Word>
Word difference(std::string_view a, std::string_view b, std::size_t at) {
  Word x;
  Word y;
  std::memcpy(&x, a.data() + at, sizeof x);
  std::memcpy(&y, b.data() + at, sizeof y);
  return x ^ y;
}

/// a == b without a call, for texts that are expected to be equal and short: up to sixteen bytes without a loop, since
/// how often it runs is what a processor guesses wrong; longer ones eight bytes a step, the last eight over what came
/// before.
inline bool same_text(std::string_view a, std::string_view b) {
  using Eight = std::uint64_t;
  using Four = std::uint32_t;
  if (a.size() != b.size()) return false;
  const std::size_t size = a.size();
  if (size > 16) {
    for (std::size_t i = 0; i + 8 < size; i += 8)
      if (difference<Eight>(a, b, i) != 0) return false;
    return difference<Eight>(a, b, size - 8) == 0;
  }
  if (size >= 8) return (difference<Eight>(a, b, 0) | difference<Eight>(a, b, size - 8)) == 0;
  if (size >= 4) return (difference<Four>(a, b, 0) | difference<Four>(a, b, size - 4)) == 0;
  return size == 0 || ((a[0] ^ b[0]) | (a[size / 2] ^ b[size / 2]) | (a[size - 1] ^ b[size - 1])) == 0;
}

}  // namespace tidemark
