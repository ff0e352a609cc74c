#pragma once
#include <functional>
#include <string>
#include <vector>

#include "model/bucket_source.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Bucket keys of one rollup: [first, end).
struct BucketRange {
  BucketKey first;
  BucketKey end;
  /// Whether all dimensions in it have the first one in common.
  bool has_one_lead() const { return first.epoch == end.epoch && first.dimensions >> 32 == (end.dimensions - 1) >> 32; }
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

/// The store as a source of buckets. Reads only what may be wanted: with all dimensions given that bucket's hours, with
/// the first one given its neighbourhood, and of those only the wanted dimensions and hours.
/// Threads: any; holds no lock while it scans.
class StoreBuckets : public BucketSource {
 public:
  /// Without `changed` it sees the store as of the last checkpoint.
  StoreBuckets(const Store& store, const ChangedRows* changed, Instant now)
      : store_(store), changed_(changed), now_(now) {}

  void scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) override;
  bool gives_each_once() const override { return store_.epoch() == 1; }

 private:
  const Store& store_;
  const ChangedRows* changed_;
  Instant now_;
};

}  // namespace tidemark
