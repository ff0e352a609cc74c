#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/bucket.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Puts the two writers' records of one bucket together. A bucket without a computed record is as its first span left
/// it: computed_counter 1, percentiles of that one value.
/// Keeps the parsed dimensions of what it saw, so that neighbours are cheap. One thread at a time.
class BucketAssembly {
 public:
  /// `now` decides what is finished.
  BucketAssembly(const Store& store, int rollup, Instant now, SnapshotPtr at);

  /// `computed` is empty when there is no such record.
  Bucket assemble(const BucketKey& key, std::string_view writer_row, const std::optional<std::string_view>& computed);

  /// The values behind a dimensions' id.
  const std::vector<DimensionValue>& dimensions(DimensionsId id);

 private:
  struct Dimensions {
    std::vector<DimensionValue> values;
    Digest digest;
  };
  const Dimensions& look_up(DimensionsId id);
  bool hour_is_over(const BucketKey& key) const;

  const Store& store_;
  const RowCodec& codec_;
  const RollupDef& def_;
  const Catalog::Rollup& catalog_;
  Instant now_;
  Micros lateness_;
  SnapshotPtr at_;
  DimensionsId last_id_ = 0;
  Dimensions last_;
};

/// Reads values of ascending keys: steps to neighbours, seeks over gaps.
class ForwardReader {
 public:
  explicit ForwardReader(std::unique_ptr<KvCursor> cursor) : cursor_(std::move(cursor)) {}
  /// The value of `key`, until the next call. Keys must ascend from call to call.
  std::optional<std::string_view> get(std::string_view key);

 private:
  std::unique_ptr<KvCursor> cursor_;
  bool started_ = false;
};

}  // namespace tidemark
