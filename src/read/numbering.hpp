#pragma once
#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "model/bucket.hpp"

namespace tidemark {

/// Numbers windows in order of their first appearance, from 0.
class WindowNumbers {
 public:
  std::uint32_t of(Instant window);
  Instant at(std::uint32_t number) const { return windows_[number]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(windows_.size()); }
  /// By number: how many windows are earlier.
  std::vector<std::uint32_t> ranks() const;

 private:
  std::vector<Instant> windows_;
  std::unordered_map<std::int64_t, std::uint32_t> numbers_;
  std::uint32_t last_ = 0;
};

/// Numbers the distinct values of some dimensions in order of their first appearance, from 0.
class DimensionNumbers {
 public:
  /// `by`: which dimensions, in which order.
  explicit DimensionNumbers(std::vector<int> by) : by_(std::move(by)) {}

  std::uint32_t of(const Bucket& bucket);
  const std::vector<DimensionValue>& at(std::uint32_t number) const { return *values_[number]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(values_.size()); }
  /// By number: how many come before it by bytes.
  std::vector<std::uint32_t> ranks() const;

 private:
  std::vector<int> by_;
  std::map<std::vector<DimensionValue>, std::uint32_t> numbers_;
  std::vector<const std::vector<DimensionValue>*> values_;  // the map's keys
  std::unordered_map<std::uint64_t, std::uint32_t> by_id_;
  std::uint64_t last_id_ = 0;
  std::uint32_t last_ = 0;
};

/// The places 0 to n - 1 ordered by `major[place]`, then `minor[place]`; both are below their sizes.
std::vector<std::uint32_t> order_by(const std::vector<std::uint32_t>& major, std::uint32_t major_size,
                                    const std::vector<std::uint32_t>& minor, std::uint32_t minor_size);

}  // namespace tidemark
