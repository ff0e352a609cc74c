#pragma once
#include <map>
#include <string>
#include <vector>

#include <tidemark/engine.hpp>

#include "model/bucket_source.hpp"

namespace tidemark {

/// Answers a query over any source of buckets: exact aggregates over any window that is a multiple of the rollup's
/// width, and over any subset of its dimensions. Rows of several agents and epochs merge like any others.
/// Rows come ordered by window, then dimensions by bytes.
/// Errors: InputError for what the rollup does not have, with what it has.
class QueryPlan {
 public:
  QueryPlan(const Schema& schema, const Query& query);

  Table run(BucketSource& source) const;

 private:
  struct GroupKey {
    Instant window;
    std::vector<DimensionValue> dimensions;
    friend auto operator<=>(const GroupKey&, const GroupKey&) = default;
  };
  struct Group {
    Bucket merged;
    /// By slot: the distributions of a group of several buckets, until all are there.
    std::vector<DistributionMerger> distributions;
    std::vector<bool> unmergeable;  ///< Slots whose distribution is gone in one of several rows.
    bool any = false;
  };

  GroupKey key_of(const Bucket& bucket) const;
  void merge(Group& group, Bucket&& bucket) const;
  void merge_slot(Group& group, std::size_t slot, Bucket& bucket) const;
  void finish(Group& group) const;
  Table render(const std::map<GroupKey, Group>& groups) const;
  void add_notes(const std::map<GroupKey, Group>& groups, Table& table) const;

  const RollupDef& rollup_;
  const SourceDef& source_;
  BucketFilter filter_;
  Query::Windows windows_;
  Micros width_;
  std::vector<int> by_;                ///< Indices into RollupDef::by.
  std::vector<std::size_t> columns_;   ///< Indices into RollupDef::columns.
};

/// A result value as the library's face shows it.
Value to_value(const Cell& cell);

}  // namespace tidemark
