#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "model/bucket_source.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Buckets of one rollup and epoch: dimensions in [first, end) that start in [from_minutes, to_minutes).
struct BucketRange {
  std::uint16_t rollup = 0;
  std::uint32_t epoch = 0;
  DimensionsId first = 0;
  DimensionsId end = std::numeric_limits<DimensionsId>::max();
  std::int64_t from_minutes = 0;
  std::int64_t to_minutes = std::numeric_limits<std::int64_t>::max();

  bool holds(const BucketKey& key) const {
    return key.rollup == rollup && key.epoch == epoch && key.dimensions >= first && key.dimensions < end &&
           key.start_minutes >= from_minutes && key.start_minutes < to_minutes;
  }
  /// Whether all dimensions in it have the first one in common.
  bool has_one_lead() const { return first >> 32 == (end - 1) >> 32; }
};

/// A writer's row that the store does not have yet.
struct ChangedRow {
  BucketKey key;
  std::string row;
};

/// What a running writer holds in memory and has not written to the store yet.
class ChangedRows {
 public:
  virtual ~ChangedRows() = default;
  /// Takes a snapshot of the store and appends, of the same moment, the changed rows of a range, ascending by key.
  /// The cost is that of the rows in the range's leads.
  virtual SnapshotPtr snapshot_with(const BucketRange& range, std::vector<ChangedRow>& rows) const = 0;
};

/// The store as a source of buckets. Reads only what may be wanted, day by day: with all dimensions given that bucket's
/// hours, with the first one given its neighbourhood, and of those only the wanted dimensions and hours.
/// Threads: any; holds no lock while it scans.
class StoreBuckets : public BucketSource {
 public:
  /// Without `changed` it sees the store as of the last checkpoint.
  StoreBuckets(const Store& store, const ChangedRows* changed, Instant now)
      : store_(store), changed_(changed), now_(now) {}

  void scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) override;
  bool gives_each_once() const override { return store_.epochs().size() == 1; }

 private:
  const Store& store_;
  const ChangedRows* changed_;
  Instant now_;
};

}  // namespace tidemark
