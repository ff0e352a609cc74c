#pragma once
#include <functional>
#include <map>
#include <string>

#include "model/bucket_source.hpp"
#include "store/bucket_assembly.hpp"

namespace tidemark {

/// What a running writer holds in memory and has not written to the store yet.
class ChangedRows {
 public:
  virtual ~ChangedRows() = default;
  /// Takes a snapshot of the store and, of the same moment, the changed rows of one rollup (the catalog's id).
  virtual SnapshotPtr snapshot_with(std::uint16_t rollup, std::map<BucketKey, std::string>& rows) const = 0;
};

/// The store as a source of buckets. Skips over dimensions and hours that are not wanted instead of reading them; with
/// the first dimension given, it reads only that one's neighbourhood.
/// Threads: any; holds no lock while it scans.
class StoreBuckets : public BucketSource {
 public:
  /// Without `changed` it sees the store as of the last checkpoint.
  StoreBuckets(const Store& store, const ChangedRows* changed, Instant now)
      : store_(store), changed_(changed), now_(now) {}

  void scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) override;

 private:
  const Store& store_;
  const ChangedRows* changed_;
  Instant now_;
};

}  // namespace tidemark
