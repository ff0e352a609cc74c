#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>
#include <vector>

#include "model/bucket_source.hpp"
#include "model/distribution.hpp"

namespace tidemark {

/// Sets of digests, united when all are there: the cost is that of sorting, not of adding each to an ever larger one.
class DistinctMerger {
 public:
  void add(const std::vector<Digest>& digests);
  /// All of them, ascending, each once; the merger is empty again.
  std::vector<Digest> finish();

 private:
  void unite();
  std::vector<Digest> digests_;
  std::size_t limit_ = 1024;  ///< At which size repeats are dropped, so that memory follows what is distinct.
};

/// Buckets of the same window and dimensions, merged.
struct MergedGroup {
  std::uint32_t window = 0;
  std::uint32_t dimensions = 0;
  std::uint64_t update_counter = 0, computed_counter = 0;
  std::vector<State> states;
  std::vector<bool> incomplete;  ///< By slot; empty: none. Declared after these buckets' spans began to be dropped.
  // Of several buckets, by slot:
  std::vector<bool> unmergeable;                  ///< Its distribution is gone in one of them.
  std::vector<DistributionMerger> distributions;  ///< Until all are there.
  std::vector<DistinctMerger> sets;
};

/// Merges buckets into groups, those of the same window and dimensions.
class Merging {
 public:
  /// `uses`: which slots are wanted.
  Merging(const RollupDef& rollup, const SlotUses& uses) : rollup_(rollup), uses_(uses) {}

  void add(std::uint32_t window, std::uint32_t dimensions, Bucket&& bucket);
  /// Calls `take` for each group; the groups are used up.
  void finish(const std::function<void(MergedGroup&& group)>& take);

 private:
  MergedGroup& group_of(std::uint32_t window, std::uint32_t dimensions);
  void merge(MergedGroup& group, Bucket& bucket) const;
  void merge_distribution(MergedGroup& group, std::size_t slot, State& other) const;
  void finish_states(MergedGroup& group) const;

  const RollupDef& rollup_;
  const SlotUses& uses_;
  std::deque<MergedGroup> groups_;
  std::unordered_map<std::uint64_t, MergedGroup*> by_numbers_;
  std::uint64_t last_numbers_ = 0;
  MergedGroup* last_ = nullptr;
};

}  // namespace tidemark
