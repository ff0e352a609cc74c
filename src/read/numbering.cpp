#include "read/numbering.hpp"

#include <algorithm>
#include <numeric>

namespace tidemark {
namespace {

/// Orders `places` by their keys and keeps the order of equal ones, by counting.
std::vector<std::uint32_t> stable_order(const std::vector<std::uint32_t>& places,
                                        const std::vector<std::uint32_t>& keys, std::uint32_t size) {
  std::vector<std::uint32_t> next(size + 1);
  for (const std::uint32_t key : keys) ++next[key + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  std::vector<std::uint32_t> ordered(places.size());
  for (const std::uint32_t place : places) ordered[next[keys[place]]++] = place;
  return ordered;
}

}  // namespace

std::uint32_t WindowNumbers::of(Instant window) {
  // Buckets of the same dimensions come by their start, so the number after the last one mostly fits.
  for (const std::uint32_t guess : {last_, last_ + 1})
    if (guess < size() && windows_[guess] == window) return last_ = guess;
  const auto [at, is_new] = numbers_.try_emplace(window.us, size());
  if (is_new) windows_.push_back(window);
  return last_ = at->second;
}

std::vector<std::uint32_t> WindowNumbers::ranks() const {
  std::vector<std::uint32_t> order(size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return windows_[a] < windows_[b]; });
  std::vector<std::uint32_t> ranks(size());
  for (std::uint32_t i = 0; i < order.size(); ++i) ranks[order[i]] = i;
  return ranks;
}

std::uint32_t DimensionNumbers::of(const Bucket& bucket) {
  const std::uint64_t id = bucket.dimensions_id;
  if (id != 0) {
    if (id == last_id_) return last_;
    if (const auto known = by_id_.find(id); known != by_id_.end()) {
      last_id_ = id;
      return last_ = known->second;
    }
  }
  std::vector<DimensionValue> values;
  values.reserve(by_.size());
  for (const int dimension : by_) values.push_back(bucket.dimensions[static_cast<std::size_t>(dimension)]);
  const auto [at, is_new] = numbers_.try_emplace(std::move(values), size());
  if (is_new) values_.push_back(&at->first);
  if (id != 0) {
    by_id_.emplace(id, at->second);
    last_id_ = id;
    last_ = at->second;
  }
  return at->second;
}

std::vector<std::uint32_t> DimensionNumbers::ranks() const {
  std::vector<std::uint32_t> ranks(size());
  std::uint32_t rank = 0;
  for (const auto& [values, number] : numbers_) ranks[number] = rank++;
  return ranks;
}

std::vector<std::uint32_t> order_by(const std::vector<std::uint32_t>& major, std::uint32_t major_size,
                                    const std::vector<std::uint32_t>& minor, std::uint32_t minor_size) {
  std::vector<std::uint32_t> places(major.size());
  std::iota(places.begin(), places.end(), 0u);
  return stable_order(stable_order(places, minor, minor_size), major, major_size);
}

}  // namespace tidemark
