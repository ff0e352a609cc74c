#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "model/bucket_source.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Puts the two writers' records of one bucket together. A bucket without a computed record is as its first span left
/// it: computed_counter 1, percentiles of that one value.
/// One thread at a time.
class BucketAssembly {
 public:
  /// `now` decides what is finished; `uses` is what is needed of the states.
  BucketAssembly(const Store& store, int rollup, Instant now, SnapshotPtr at, SlotUses uses = {});

  /// The whole bucket, with its dimensions as the store has them. `computed` is empty when there is no such record.
  /// Keeps the dimensions that it saw last, so that neighbours are cheap.
  Bucket assemble(const BucketKey& key, std::string_view writer_row, const std::optional<std::string_view>& computed);

  /// All but `dimensions` and `key`, into a bucket that may have been used before for the same rollup.
  void assemble_into(const BucketKey& key, std::string_view writer_row, const std::optional<std::string_view>& computed,
                     Bucket& bucket) const;

  /// The values behind a dimensions' id.
  const std::vector<DimensionValue>& dimensions(DimensionsId id);

 private:
  struct Dimensions {
    std::vector<DimensionValue> values;
    Digest digest;
  };
  /// A slot that is not complete for buckets that start before `from`.
  struct LateSlot {
    std::size_t slot;
    Instant from;
  };
  const Dimensions& look_up(DimensionsId id);
  bool takes_no_more(const BucketKey& key) const;

  const Store& store_;
  const RowCodec& codec_;
  const RollupDef& def_;
  Instant now_;
  Micros lateness_;
  SnapshotPtr at_;
  SlotUses uses_;
  std::vector<std::size_t> distribution_slots_;
  std::vector<LateSlot> late_slots_;
  DimensionsId last_id_ = 0;
  Dimensions last_;
};

}  // namespace tidemark
