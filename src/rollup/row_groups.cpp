#include "rollup/row_groups.hpp"

#include <algorithm>
#include <bit>

namespace tidemark {
namespace {

using Columns = std::span<const std::vector<std::int64_t>* const>;

std::uint64_t hash_of(Columns columns, std::size_t row) {
  std::uint64_t h = 0;
  for (const auto* column : columns) {
    h = (h ^ static_cast<std::uint64_t>((*column)[row])) * 0x9e3779b97f4a7c15u;
    h ^= h >> 32;
  }
  return h;
}

bool alike(Columns columns, std::size_t a, std::size_t b) {
  return std::all_of(columns.begin(), columns.end(), [&](const auto* column) { return (*column)[a] == (*column)[b]; });
}

}  // namespace

std::vector<std::uint32_t> first_rows_alike(Columns columns, std::size_t rows) {
  std::vector<std::uint32_t> first(rows);
  const std::size_t mask = std::bit_ceil(rows * 2 + 1) - 1;
  std::vector<std::uint32_t> places(mask + 1);  // a first row plus one; 0 is free
  for (std::size_t row = 0; row < rows; ++row) {
    std::size_t at = hash_of(columns, row) & mask;
    while (places[at] != 0 && !alike(columns, places[at] - 1, row)) at = (at + 1) & mask;
    if (places[at] == 0) places[at] = static_cast<std::uint32_t>(row + 1);
    first[row] = places[at] - 1;
  }
  return first;
}

}  // namespace tidemark
