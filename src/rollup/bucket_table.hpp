#pragma once
#include <cstdint>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "model/span_columns.hpp"
#include "store/bucket_scan.hpp"
#include "store/store.hpp"

namespace tidemark {

/// The writer's rows in memory: those changed since the last checkpoint, and some that may change soon.
/// A row that is not here is in the store as the last checkpoint left it.
/// Threads: fold, write and confirm one at a time (the writer's commit lock); snapshot_with beside them.
class BucketTable : public ChangedRows {
 public:
  explicit BucketTable(const Store& store) : store_(store) {}

  /// Counts the commit's spans, as block `sequence`: bumps update_counter, seeds new buckets, folds inline aggregates.
  void fold(const Commit& commit, std::uint64_t sequence);
  /// The same for one rollup only, whose rows did not count these spans yet.
  void fold_rollup(const Commit& commit, const SpanColumns& columns, int rollup,
                   const std::vector<std::uint64_t>& dimensions, std::uint64_t sequence);

  std::size_t changed() const { return changed_; }

  /// Adds the changed rows to `batch`, and marks those as pending for sinks 0 to `sinks` - 1 whose computed_counter the
  /// writer raises: seeded ones, and all of a rollup without slots of the recompute pass.
  void write(KvBatch& batch, std::size_t sinks) const;
  /// What was written is committed.
  void confirm();

  SnapshotPtr snapshot_with(std::uint16_t rollup, std::map<BucketKey, std::string>& rows) const override;

  /// Drops unchanged rows of a rollup that start before `before`, because retention deletes them in the store.
  void forget_before(std::uint16_t rollup, Instant before);

 private:
  struct Row {
    WriterRow row;
    bool changed = false;
  };
  Row& load(const BucketKey& key, const RowCodec& codec);

  const Store& store_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<BucketKey, Row, BucketKeyHash> rows_;
  std::size_t changed_ = 0;
};

}  // namespace tidemark
