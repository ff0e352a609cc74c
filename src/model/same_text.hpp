#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tidemark {

/// a == b without a call, for texts that are expected to be equal and short: eight bytes a step, the last eight over what
/// came before.
inline bool same_text(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const auto differ = [&](std::size_t at) {
    std::uint64_t x;
    std::uint64_t y;
    std::memcpy(&x, a.data() + at, sizeof x);
    std::memcpy(&y, b.data() + at, sizeof y);
    return x != y;
  };
  const std::size_t size = a.size();
  if (size < 8) {
    for (std::size_t i = 0; i < size; ++i)
      if (a[i] != b[i]) return false;
    return true;
  }
  for (std::size_t i = 0; i + 8 < size; i += 8)
    if (differ(i)) return false;
  return !differ(size - 8);
}

}  // namespace tidemark
