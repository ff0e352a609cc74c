#pragma once
#include <compare>
#include <cstdint>
#include <tuple>
#include <vector>

#include "store/keys.hpp"

namespace tidemark {

/// One span of a rollup in a chunk: the bucket it falls into, and its row. Sorted as bucket keys are, then by row.
struct BucketSpan {
  DimensionsId dimensions = 0;
  std::uint32_t start_minutes = 0;
  std::uint32_t row = 0;

  std::uint32_t day() const { return start_minutes / kMinutesOfDay; }
  friend bool operator==(const BucketSpan&, const BucketSpan&) = default;
  friend auto operator<=>(const BucketSpan& a, const BucketSpan& b) {
    const auto tie = [](const BucketSpan& s) { return std::tuple(s.day(), s.dimensions, s.start_minutes, s.row); };
    return tie(a) <=> tie(b);
  }

  bool same_bucket(const BucketSpan& other) const {
    return dimensions == other.dimensions && start_minutes == other.start_minutes;
  }
};

/// Sorts spans that come in the order of their rows: by the digits in which they differ, which takes a few passes over
/// them whatever there are of buckets. `scratch` is grown to their number.
void sort_by_bucket(std::vector<BucketSpan>& spans, std::vector<BucketSpan>& scratch);

}  // namespace tidemark
