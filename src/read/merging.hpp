#pragma once
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "model/bucket_source.hpp"
#include "read/answer.hpp"

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

/// Buckets merged into an answer's rows: those of the same window and dimensions.
class Merging {
 public:
  /// `uses`: which slots are wanted.
  Merging(const RollupDef& rollup, const SlotUses& uses) : rollup_(rollup), uses_(uses) {}

  void add(std::uint32_t window, std::uint32_t dimensions, Bucket&& bucket);
  /// Adds a row for each group; the groups are used up.
  void finish(Answer& answer);

 private:
  struct Group {
    std::uint32_t window = 0;
    std::uint32_t dimensions = 0;
    Answer::Counters counters;
    std::vector<State> states;
    std::vector<bool> incomplete;
    // Of several buckets, by slot:
    std::vector<bool> unmergeable;                  ///< Its distribution is gone in one of them.
    std::vector<DistributionMerger> distributions;  ///< Until all are there.
    std::vector<DistinctMerger> sets;
  };
  Group& group_of(std::uint32_t window, std::uint32_t dimensions);
  void merge(Group& group, Bucket& bucket) const;
  void merge_distribution(Group& group, std::size_t slot, State& other) const;
  void finish_states(Group& group) const;

  const RollupDef& rollup_;
  const SlotUses& uses_;
  std::deque<Group> groups_;
  std::unordered_map<std::uint64_t, Group*> by_numbers_;
  std::uint64_t last_numbers_ = 0;
  Group* last_ = nullptr;
};

}  // namespace tidemark
