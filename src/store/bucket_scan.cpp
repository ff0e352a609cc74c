#include "store/bucket_scan.hpp"

#include <algorithm>
#include <limits>

namespace tidemark {
namespace {

/// One epoch's range of one rollup's keys.
class EpochScan {
 public:
  EpochScan(const Store& store, const BucketFilter& filter, const std::map<BucketKey, std::string>& changed,
            BucketAssembly& assembly, const SnapshotPtr& at)
      : filter_(filter),
        changed_(changed),
        assembly_(assembly),
        rows_(store.kv().cursor(Family::buckets, at)),
        computed_(store.kv().cursor(Family::computed, at)),
        from_(filter.from ? std::max<std::int64_t>(0, (filter.from->us + 59'999'999) / 60'000'000) : 0),
        to_(filter.to ? std::max<std::int64_t>(0, (filter.to->us + 59'999'999) / 60'000'000)
                      : std::numeric_limits<std::int64_t>::max()) {}

  void run(const BucketKey& first, const BucketKey& end, const std::function<void(Bucket&&)>& take) {
    BucketKey at = first;
    while (true) {
      const auto found = next_at(at);
      if (!found || *found >= end) return;
      if (const auto skip = skip_to(*found)) {
        at = *skip;
        continue;
      }
      take(assembly_.assemble(*found, row_of(*found), computed_.get(encode(*found))));
      at = *found;
      // The next key: starts are the last part, so the next start of the same dimensions.
      ++at.start_minutes;
    }
  }

 private:
  /// The first key that is not below `key`, in the store or in memory.
  std::optional<BucketKey> next_at(const BucketKey& key) {
    const std::string bytes = encode(key);
    if (!positioned_ || !rows_->valid() || rows_->key() < bytes) {
      // One step is enough for neighbours.
      if (positioned_ && rows_->valid()) rows_->next();
      if (!positioned_ || (rows_->valid() && rows_->key() < bytes)) rows_->seek(bytes);
      positioned_ = true;
    }
    std::optional<BucketKey> stored;
    if (rows_->valid()) stored = parse_bucket_key(rows_->key());
    const auto in_memory = changed_.lower_bound(key);
    if (in_memory == changed_.end()) return stored;
    return stored ? std::min(*stored, in_memory->first) : in_memory->first;
  }

  std::string_view row_of(const BucketKey& key) const {
    const auto in_memory = changed_.find(key);
    return in_memory != changed_.end() ? std::string_view(in_memory->second) : rows_->value();
  }

  /// Where to go on when the bucket is not wanted.
  std::optional<BucketKey> skip_to(const BucketKey& key) {
    BucketKey next = key;
    if (!wanted(key.dimensions) || key.start_minutes >= to_) {
      ++next.dimensions;
      next.start_minutes = 0;
      return next;
    }
    if (key.start_minutes >= from_) return std::nullopt;
    next.start_minutes = static_cast<std::uint32_t>(from_);
    return next;
  }

  bool wanted(DimensionsId id) {
    if (filter_.equals.empty()) return true;
    if (id == last_asked_) return last_answer_;
    const auto& values = assembly_.dimensions(id);
    last_asked_ = id;
    return last_answer_ = std::all_of(filter_.equals.begin(), filter_.equals.end(), [&](const auto& wanted) {
             return values[static_cast<std::size_t>(wanted.first)] == wanted.second;
           });
  }

  const BucketFilter& filter_;
  const std::map<BucketKey, std::string>& changed_;
  BucketAssembly& assembly_;
  std::unique_ptr<KvCursor> rows_;
  ForwardReader computed_;
  std::int64_t from_;
  std::int64_t to_;
  bool positioned_ = false;
  DimensionsId last_asked_ = 0;
  bool last_answer_ = false;
};

/// The lead of the first dimension's wanted value; nothing when no such value was ever seen; 0 when any is wanted.
std::optional<std::uint32_t> wanted_lead(const Store& store, const BucketFilter& filter, const SnapshotPtr& at) {
  const auto first = std::find_if(filter.equals.begin(), filter.equals.end(), [](const auto& e) { return e.first == 0; });
  if (first == filter.equals.end()) return 0;
  const auto bytes =
      store.kv().get(Family::dimensions, lead_by_digest(key_digest(canonical_key({first->second}))), at);
  if (!bytes) return std::nullopt;
  return ByteReader(*bytes).big_endian<std::uint32_t>();
}

}  // namespace

void StoreBuckets::scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) {
  const std::uint16_t rollup = store_.map().rollup_id(filter.rollup);
  std::map<BucketKey, std::string> changed;
  const SnapshotPtr at = changed_ != nullptr ? changed_->snapshot_with(rollup, changed) : store_.kv().snapshot();
  const auto lead = wanted_lead(store_, filter, at);
  if (!lead) return;
  for (std::uint32_t epoch = 1; epoch <= store_.epoch(); ++epoch) {
    BucketAssembly assembly(store_, filter.rollup, now_, at);
    EpochScan scan(store_, filter, changed, assembly, at);
    BucketKey first{rollup, epoch, static_cast<DimensionsId>(*lead) << 32, 0};
    BucketKey end{rollup, epoch, static_cast<DimensionsId>(*lead + 1) << 32, 0};
    if (*lead == 0) {
      end = {rollup, epoch + 1, 0, 0};
    }
    scan.run(first, end, take);
  }
}

}  // namespace tidemark
