#include "store/bucket_scan.hpp"

#include <algorithm>
#include <limits>

#include "store/bucket_assembly.hpp"
#include "store/dimensions_reader.hpp"
#include "store/forward_reader.hpp"

namespace tidemark {
namespace {

/// The first minute that is not before `t`; starts are whole minutes.
std::int64_t first_minute(Instant t) {
  constexpr std::int64_t kMinute = 60'000'000;
  return std::max<std::int64_t>(0, t.us / kMinute + (t.us % kMinute > 0 ? 1 : 0));
}

/// The stored and the changed rows of one range, by ascending keys; a changed row stands for the stored one.
class MergedRows {
 public:
  MergedRows(std::unique_ptr<KvCursor> stored, const std::vector<ChangedRow>& changed)
      : stored_(std::move(stored)), changed_(changed) {}

  /// To the first row at or after `key`. Keys must ascend from call to call.
  bool move_to(const BucketKey& key) {
    target_.clear();
    put_bucket_key(target_, key);
    stored_.move_to(target_);
    while (next_changed_ < changed_.size() && changed_[next_changed_].key < key) ++next_changed_;
    return settle();
  }
  /// The next key is far from here: no use in stepping there.
  void leap() { stored_.restart(); }
  bool next() {
    if (from_store_) stored_.next();
    if (from_memory_) ++next_changed_;
    return settle();
  }

  const BucketKey& key() const { return key_; }
  std::string_view row() const { return from_memory_ ? changed_[next_changed_].row : stored_.value(); }

 private:
  bool settle() {
    from_store_ = stored_.valid();
    from_memory_ = next_changed_ < changed_.size();
    if (from_store_) key_ = parse_bucket_key(stored_.key());
    if (!from_memory_) return from_store_;
    const BucketKey& changed = changed_[next_changed_].key;
    if (from_store_ && key_ < changed) {
      from_memory_ = false;
    } else {
      from_store_ = from_store_ && key_ == changed;
      key_ = changed;
    }
    return true;
  }

  ForwardReader stored_;
  const std::vector<ChangedRow>& changed_;
  std::size_t next_changed_ = 0;
  bool from_store_ = false;
  bool from_memory_ = false;
  BucketKey key_;
  std::string target_;
};

/// One epoch's part of a scan.
class EpochScan {
 public:
  EpochScan(const Store& store, const BucketFilter& filter, const BucketRange& range,
            const std::vector<DimensionsId>* wanted, const std::vector<ChangedRow>& changed, Instant now,
            const SnapshotPtr& at)
      : keys_(filter.keys),
        range_(range),
        wanted_(wanted),
        assembly_(store, filter.rollup, now, at, filter.uses),
        dimensions_(store, at),
        rows_(store.kv().cursor(Family::buckets, at), changed),
        computed_(store.kv().cursor(Family::computed, at)) {}

  void run(const std::function<void(Bucket&&)>& take) {
    bool more = move_to(day_of(range_.from_minutes), range_.first);
    while (more && rows_.key().rollup == range_.rollup && rows_.key().epoch == range_.epoch) {
      const BucketKey key = rows_.key();
      if (first_minute_of(key.day()) >= range_.to_minutes) return;
      const DimensionsId wanted = next_wanted(key.dimensions);
      if (wanted >= range_.end) {
        rows_.leap();
        computed_.restart();
        more = move_to(key.day() + 1, range_.first);
      } else if (wanted != key.dimensions || key.start_minutes < range_.from_minutes) {
        more = move_to(key.day(), wanted);
      } else if (key.start_minutes >= range_.to_minutes) {
        more = move_to(key.day(), key.dimensions + 1);
      } else {
        give(key, take);
        more = rows_.next();
      }
    }
  }

 private:
  static constexpr std::int64_t kMinutesEnd = std::numeric_limits<std::uint32_t>::max();

  static std::int64_t first_minute_of(std::uint32_t day) { return static_cast<std::int64_t>(day) * kMinutesOfDay; }

  static std::uint32_t day_of(std::int64_t minutes) {
    return static_cast<std::uint32_t>(std::min(minutes, kMinutesEnd) / kMinutesOfDay);
  }

  /// To the first row of these dimensions, or others behind them, that day. False: none, or not before the range's end.
  bool move_to(std::uint32_t day, DimensionsId dimensions) {
    const std::int64_t start = std::max(first_minute_of(day), range_.from_minutes);
    if (start >= std::min(range_.to_minutes, kMinutesEnd)) return false;
    return rows_.move_to({range_.rollup, range_.epoch, dimensions, static_cast<std::uint32_t>(start)});
  }

  DimensionsId next_wanted(DimensionsId from) const {
    from = std::max(from, range_.first);
    if (wanted_ == nullptr || from == bucket_.dimensions_id) return from;
    const auto at = std::lower_bound(wanted_->begin(), wanted_->end(), from);
    return at == wanted_->end() ? range_.end : *at;
  }

  void give(const BucketKey& key, const std::function<void(Bucket&&)>& take) {
    // What was moved away has to be made again.
    if (key.dimensions != bucket_.dimensions_id || bucket_.dimensions.empty()) {
      const std::string_view canonical = dimensions_.get(key.dimensions);
      bucket_.dimensions = parse_key(canonical);
      if (keys_) bucket_.key = key_digest(canonical);
    }
    key_.clear();
    put_bucket_key(key_, key);
    assembly_.assemble_into(key, rows_.row(), computed_.get(key_), bucket_);
    take(std::move(bucket_));
  }

  bool keys_;
  const BucketRange range_;
  const std::vector<DimensionsId>* wanted_;
  BucketAssembly assembly_;
  DimensionsReader dimensions_;
  MergedRows rows_;
  ForwardReader computed_;
  Bucket bucket_;
  std::string key_;
};

/// Which dimensions' ids a filter leaves: [first, end), and what is asked of those in it beyond that.
struct WantedIds {
  DimensionsId first = 0;
  DimensionsId end = std::numeric_limits<DimensionsId>::max();
  DimensionsReader::Wanted values;
};

/// Nothing when no such dimensions were ever seen.
std::optional<WantedIds> wanted_ids(const Store& store, const BucketFilter& filter) {
  WantedIds ids;
  for (const auto& [dimension, value] : filter.equals) ids.values.emplace_back(dimension, canonical_key({value}));
  std::sort(ids.values.begin(), ids.values.end());
  ids.values.erase(std::unique(ids.values.begin(), ids.values.end()), ids.values.end());
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (std::adjacent_find(ids.values.begin(), ids.values.end(), same) != ids.values.end()) return std::nullopt;

  const std::size_t all = store.schema().rollups[static_cast<std::size_t>(filter.rollup)].by.size();
  if (ids.values.size() == all && all > 0) {
    std::string key;
    for (const auto& [dimension, value] : ids.values) key += value;
    const auto bytes = store.kv().get(Family::dimensions, dimensions_by_digest(key_digest(key)));
    if (!bytes) return std::nullopt;
    ids.first = ByteReader(*bytes).big_endian<DimensionsId>();
    ids.end = ids.first + 1;
    ids.values.clear();
  } else if (!ids.values.empty() && ids.values.front().first == 0) {
    const auto bytes = store.kv().get(Family::dimensions, lead_by_digest(key_digest(ids.values.front().second)));
    if (!bytes) return std::nullopt;
    ids.first = static_cast<DimensionsId>(ByteReader(*bytes).big_endian<std::uint32_t>()) << 32;
    ids.end = ids.first + (DimensionsId{1} << 32);
    ids.values.erase(ids.values.begin());
  }
  return ids;
}

}  // namespace

void StoreBuckets::scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) {
  // Before the snapshot: an id that is known now is in it, too.
  const auto ids = wanted_ids(store_, filter);
  if (!ids) return;
  BucketRange range{store_.map().rollup_id(filter.rollup), store_.epoch(), ids->first, ids->end};
  if (filter.from) range.from_minutes = first_minute(*filter.from);
  if (filter.to) range.to_minutes = first_minute(*filter.to);
  std::vector<ChangedRow> changed;
  const std::vector<ChangedRow> none;
  const SnapshotPtr at = changed_ != nullptr ? changed_->snapshot_with(range, changed) : store_.kv().snapshot();
  // Once, for all days.
  std::optional<std::vector<DimensionsId>> wanted;
  if (!ids->values.empty()) wanted = DimensionsReader(store_, at).with_values(ids->first, ids->end, ids->values);
  for (const meta::Epoch& epoch : store_.epochs()) {
    range.epoch = epoch.number;
    // A writer changes rows of its own epoch only.
    EpochScan scan(store_, filter, range, wanted ? &*wanted : nullptr, range.epoch == store_.epoch() ? changed : none,
                   now_, at);
    scan.run(take);
  }
}

}  // namespace tidemark
