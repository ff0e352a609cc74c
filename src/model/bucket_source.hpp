#pragma once
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/bucket.hpp"

namespace tidemark {

/// Which buckets of one rollup are wanted.
struct BucketFilter {
  int rollup = -1;
  std::optional<Instant> from;  ///< Buckets that start at or after it.
  std::optional<Instant> to;    ///< Buckets that start before it.
  /// Dimensions (indices into RollupDef::by) that must have this value; a set must be equal.
  std::vector<std::pair<int, DimensionValue>> equals;
};

/// Anything that has buckets: a store, or a sink. Queries are written once against it.
class BucketSource {
 public:
  virtual ~BucketSource() = default;
  /// Calls `take` for every bucket that matches, in no particular order, from one consistent state. Rows of several
  /// agents and epochs come one by one; merging is the caller's.
  virtual void scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) = 0;
};

}  // namespace tidemark
