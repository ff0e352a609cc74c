#include "rollup/bucket_table.hpp"

#include <algorithm>
#include <mutex>
#include <numeric>

#include "rollup/fold.hpp"

namespace tidemark {
namespace {

/// Unchanged rows are kept up to this many.
constexpr std::size_t kKeptRows = 50'000;
constexpr std::size_t kNoRow = static_cast<std::size_t>(-1);
/// How many spans ahead a row's states are asked from memory.
constexpr std::size_t kAhead = 8;

}  // namespace

void BucketTable::fold(const Commit& commit, std::uint64_t sequence) {
  for (const SpanColumns& columns : commit.sources) {
    const auto& rollups = store_.map().rollups_of(columns.source);
    for (std::size_t r = 0; r < rollups.size(); ++r)
      fold_rollup(commit, columns, rollups[r], columns.dimensions[r], sequence);
  }
}

void BucketTable::fold_rollup(const Commit& commit, const SpanColumns& columns, int rollup,
                              const std::vector<std::uint64_t>& dimensions, std::uint64_t sequence) {
  // A rollup declared after this block was written has no dimensions in it.
  if (dimensions.empty()) return;
  const RowCodec& codec = store_.codec(rollup);
  const SlotFolder writer(store_.schema(), codec.rollup(), codec.writer_slots(), commit, columns);
  const SlotFolder computed(store_.schema(), codec.rollup(), codec.computed_slots(), commit, columns);
  const std::unique_lock lock(mutex_);
  const std::uint32_t epoch = store_.epoch_of(sequence);
  rows_of_spans_.assign(columns.size(), kNoRow);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (dimensions[i] == kNotInRollup) continue;
    const Instant start = codec.rollup().bucket_start(writer.time(i));
    rows_of_spans_[i] = load(store_.bucket_key(rollup, dimensions[i], start, epoch), codec);
  }
  auto& entries = changed_.entries();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i + kAhead < columns.size() && rows_of_spans_[i + kAhead] != kNoRow)
      __builtin_prefetch(entries[rows_of_spans_[i + kAhead]].row.states.data(), 1);
    if (rows_of_spans_[i] == kNoRow) continue;
    WriterRow& row = entries[rows_of_spans_[i]].row;
    if (sequence < row.through) continue;
    if (row.update_counter == 0) {
      row.seed_sequence = sequence;
      row.seed_layout = codec.layout();
      std::vector<State> seed(codec.computed_slots().size());
      computed.add(i, seed);
      row.seed = codec.encode_seed(seed);
    }
    ++row.update_counter;
    writer.add(i, row.states);
  }
}

/// The row's position in `changed_`, where it is from now on.
std::size_t BucketTable::load(const BucketKey& key, const RowCodec& codec) {
  if (const RowMap::Entry* entry = changed_.find(key))
    return static_cast<std::size_t>(entry - changed_.entries().data());
  WriterRow row;
  if (RowMap::Entry* entry = frozen_.find(key); entry != nullptr && entry->row.update_counter > 0) {
    if (writing_)
      row = entry->row;
    else
      row = std::exchange(entry->row, WriterRow());
  } else if (const auto stored = store_.kv().get(Family::buckets, encode(key))) {
    row = codec.decode_writer(*stored);
  } else {
    row.states.resize(codec.writer_slots().size());
  }
  changed_.insert(key, std::move(row));
  return changed_.size() - 1;
}

void BucketTable::freeze() {
  const std::unique_lock lock(mutex_);
  frozen_ = std::exchange(changed_, RowMap());
  writing_ = true;
}

void BucketTable::write(KvBatch& batch, std::uint64_t through, std::size_t sinks, std::size_t bulk_entries) {
  // Nobody changes the frozen rows before confirm(), so they are read without the lock.
  std::vector<const RowMap::Entry*> sorted;
  sorted.reserve(frozen_.size());
  for (const RowMap::Entry& entry : frozen_.entries()) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->key < b->key; });
  for (const RowMap::Entry* entry : sorted) {
    const std::uint64_t counter = entry->row.update_counter;
    if (counter != 1 && !codec_of(entry->key).computed_slots().empty()) continue;
    for (std::size_t sink = 0; sink < sinks; ++sink)
      batch.put(Family::pending, encode(PendingKey{static_cast<std::uint16_t>(sink), entry->key, counter}), {});
  }
  const auto each_row = [&](const KvStore::Put& put) {
    std::string row;
    for (const RowMap::Entry* entry : sorted) {
      row.clear();
      put_bucket_key(row, entry->key);
      codec_of(entry->key).encode(entry->row, through, row);
      put(std::string_view(row).substr(0, kBucketKeyBytes), std::string_view(row).substr(kBucketKeyBytes));
    }
  };
  if (sorted.size() >= bulk_entries) return store_.kv().bulk_load(Family::buckets, each_row);
  each_row([&](std::string_view key, std::string_view value) { batch.put(Family::buckets, key, value); });
}

void BucketTable::confirm() {
  const std::unique_lock lock(mutex_);
  writing_ = false;
  if (frozen_.size() > kKeptRows) frozen_.clear();
}

SnapshotPtr BucketTable::snapshot_with(const BucketRange& range, std::vector<ChangedRow>& rows) const {
  const auto copy = [&](const RowMap::Entry& entry) {
    if (!range.holds(entry.key)) return;
    codec_of(entry.key).encode(entry.row, 0, rows.emplace_back(ChangedRow{entry.key, {}}).row);
  };
  const auto copy_older = [&](const RowMap::Entry& entry) {
    if (changed_.find(entry.key) == nullptr) copy(entry);
  };
  const auto for_each = [&](const RowMap& from, const auto& take) {
    if (range.has_one_lead()) return from.for_each_neighbour(range.rollup, range.first, take);
    for (const RowMap::Entry& entry : from.entries()) take(entry);
  };
  SnapshotPtr at;
  {
    // Under the lock, so that no row leaves memory after the snapshot and before it is copied.
    const std::shared_lock lock(mutex_);
    at = store_.kv().snapshot();
    for_each(changed_, copy);
    if (writing_) for_each(frozen_, copy_older);
  }
  std::sort(rows.begin(), rows.end(), [](const ChangedRow& a, const ChangedRow& b) { return a.key < b.key; });
  return at;
}

void BucketTable::forget_before(std::uint16_t rollup, Instant before) {
  const std::unique_lock lock(mutex_);
  // A row without spans is none: load() asks the store then.
  for (RowMap::Entry& entry : frozen_.entries())
    if (!writing_ && entry.key.rollup == rollup && entry.key.start() < before) entry.row = WriterRow();
}

}  // namespace tidemark
