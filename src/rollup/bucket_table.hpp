#pragma once
#include <cstdint>
#include <shared_mutex>
#include <vector>

#include "model/span_columns.hpp"
#include "rollup/row_map.hpp"
#include "store/bucket_scan.hpp"
#include "store/store.hpp"

namespace tidemark {

/// The writer's rows in memory: those changed since the last checkpoint, those that a checkpoint is writing, and, once
/// it has, the same ones for a while, because a running hour's buckets change again. A row that is not here is in the
/// store as it was written last.
/// A checkpoint is three steps: freeze() sets the changed rows apart; write() writes them, while fold() goes on with
/// copies of them; confirm() ends it.
/// Threads: fold, freeze and confirm one at a time (whoever commits, or stops those who do); write beside fold;
/// forget_before and snapshot_with beside all.
class BucketTable : public ChangedRows {
 public:
  explicit BucketTable(const Store& store) : store_(store) {}

  /// Counts the commit's spans, as block `sequence`: bumps update_counter, seeds new buckets, folds inline aggregates.
  /// Rows that hold the block already, because a checkpoint was cut off after it wrote them, are left as they are.
  void fold(const Commit& commit, std::uint64_t sequence);
  /// The same for one rollup only, whose rows did not count these spans yet.
  void fold_rollup(const Commit& commit, const SpanColumns& columns, int rollup,
                   const std::vector<std::uint64_t>& dimensions, std::uint64_t sequence);

  void freeze();
  /// Writes the frozen rows, which hold all blocks before `through`: few by way of `batch`, `bulk_entries` and more as
  /// a file of their own, which may be in the store before the batch is. Marks in `batch` those as pending for sinks 0
  /// to `sinks` - 1 whose computed_counter the writer raises: seeded ones, and all of a rollup without slots of the
  /// recompute pass.
  void write(KvBatch& batch, std::uint64_t through, std::size_t sinks, std::size_t bulk_entries);
  /// What was written is committed.
  void confirm();

  SnapshotPtr snapshot_with(const BucketRange& range, std::vector<ChangedRow>& rows) const override;

  /// Drops unchanged rows of a rollup that start before `before`, because retention deletes them in the store.
  void forget_before(std::uint16_t rollup, Instant before);

 private:
  std::size_t load(const BucketKey& key, const RowCodec& codec);
  const RowCodec& codec_of(const BucketKey& key) const { return store_.codec(store_.map().rollup_of(key.rollup)); }

  const Store& store_;
  mutable std::shared_mutex mutex_;
  RowMap changed_;        ///< Since the last freeze().
  RowMap frozen_;         ///< As of the last freeze(); a row that is in `changed_`, too, counts there.
  bool writing_ = false;  ///< Between freeze() and confirm(): frozen rows are not in the store yet.
  std::vector<std::size_t> rows_of_spans_;  ///< Reused.
};

}  // namespace tidemark
