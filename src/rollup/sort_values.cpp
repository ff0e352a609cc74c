#include "rollup/sort_values.hpp"

#include <algorithm>
#include <array>

namespace tidemark {
namespace {

/// Up to so many values, comparing each with each is cheapest.
constexpr std::size_t kFew = 16;
/// From so many on they are sorted in place.
constexpr std::size_t kMany = 1u << 16;

/// Puts each value at the place that the number of smaller ones says; equal ones stay in their order.
void sort_few(std::span<std::int64_t> values) {
  std::array<std::int64_t, kFew> copy;
  std::array<std::uint32_t, kFew> place;
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    const std::int64_t value = copy[i] = values[i];
    std::uint32_t larger = 0;
    for (std::uint32_t j = 0; j < i; ++j) {
      const std::uint32_t is_larger = copy[j] > value;
      place[j] += is_larger;
      larger += is_larger;
    }
    place[i] = i - larger;
  }
  for (std::size_t i = 0; i < values.size(); ++i) values[place[i]] = copy[i];
}

void merge(std::span<const std::int64_t> a, std::span<const std::int64_t> b, std::int64_t* to) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    const std::int64_t ours = a[i];
    const std::int64_t theirs = b[j];
    const bool is_theirs = theirs < ours;
    *to++ = is_theirs ? theirs : ours;
    i += !is_theirs;
    j += is_theirs;
  }
  to = std::copy(a.begin() + static_cast<std::ptrdiff_t>(i), a.end(), to);
  std::copy(b.begin() + static_cast<std::ptrdiff_t>(j), b.end(), to);
}

}  // namespace

std::span<const std::int64_t> sort_values(std::span<std::int64_t> values, std::vector<std::int64_t>& scratch) {
  const std::size_t n = values.size();
  if (n > kMany) {
    std::sort(values.begin(), values.end());
    return values;
  }
  for (std::size_t at = 0; at < n; at += kFew) sort_few(values.subspan(at, std::min(kFew, n - at)));
  if (n <= kFew) return values;
  if (scratch.size() < n) scratch.resize(n);
  std::span<std::int64_t> from = values;
  std::span<std::int64_t> to = std::span(scratch).first(n);
  for (std::size_t run = kFew; run < n; run *= 2) {
    for (std::size_t at = 0; at < n; at += 2 * run) {
      const std::size_t middle = std::min(at + run, n);
      const std::size_t end = std::min(at + 2 * run, n);
      merge(from.subspan(at, middle - at), from.subspan(middle, end - middle), to.data() + at);
    }
    std::swap(from, to);
  }
  return from;
}

}  // namespace tidemark
