#pragma once
#include <functional>
#include <unordered_map>
#include <vector>

#include "model/aggregate.hpp"
#include "model/span_columns.hpp"
#include "store/keys.hpp"
#include "store/store.hpp"

namespace tidemark {

/// A bucket made again from raw spans.
struct RebuiltBucket {
  std::uint64_t spans = 0;
  std::uint64_t first_block = 0;    ///< That brought the first of them.
  std::vector<State> states;        ///< One per slot of the rollup.
  std::vector<State> first_states;  ///< Of the first span alone.
};
using RebuiltBuckets = std::unordered_map<BucketKey, RebuiltBucket, BucketKeyHash>;

/// Builds buckets of one rollup from the log's blocks, span by span: the slow and plain way.
class Rebuild {
 public:
  Rebuild(const Store& store, int rollup);
  /// Adds the spans of one block, which count for the buckets of `epoch`, to those buckets that are wanted.
  void add(const Commit& commit, std::uint64_t sequence, std::uint32_t epoch,
           const std::function<bool(const BucketKey&)>& wanted, RebuiltBuckets& buckets) const;

 private:
  const Store& store_;
  int rollup_;
  const RollupDef& def_;
  std::size_t position_;  ///< Of the rollup among those of its source.
  std::vector<int> slots_;
};

}  // namespace tidemark
