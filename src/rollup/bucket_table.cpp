#include "rollup/bucket_table.hpp"

#include <mutex>

#include "rollup/fold.hpp"

namespace tidemark {
namespace {

/// Unchanged rows are kept up to this many, so that a running hour's buckets need not be read again.
constexpr std::size_t kKeptRows = 50'000;

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
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (dimensions[i] == kNotInRollup) continue;
    const Instant start = codec.rollup().bucket_start(writer.time(i));
    Row& entry = load(store_.bucket_key(rollup, dimensions[i], start), codec);
    WriterRow& row = entry.row;
    if (row.update_counter == 0) {
      row.seed_sequence = sequence;
      row.seed_layout = codec.layout();
      std::vector<State> seed(codec.computed_slots().size());
      computed.add(i, seed);
      row.seed = codec.encode_seed(seed);
    }
    ++row.update_counter;
    writer.add(i, row.states);
    changed_ += !entry.changed;
    entry.changed = true;
  }
}

BucketTable::Row& BucketTable::load(const BucketKey& key, const RowCodec& codec) {
  const auto [at, is_new] = rows_.try_emplace(key);
  if (!is_new) return at->second;
  WriterRow& row = at->second.row;
  try {
    if (const auto stored = store_.kv().get(Family::buckets, encode(key)))
      row = codec.decode_writer(*stored);
    else
      row.states.resize(codec.writer_slots().size());
  } catch (...) {
    rows_.erase(at);
    throw;
  }
  return at->second;
}

void BucketTable::write(KvBatch& batch, std::size_t sinks) const {
  for (const auto& [key, entry] : rows_) {
    if (!entry.changed) continue;
    const RowCodec& codec = store_.codec(store_.map().rollup_of(key.rollup));
    batch.put(Family::buckets, encode(key), codec.encode(entry.row));
    const std::uint64_t counter = entry.row.update_counter;
    if (counter != 1 && !codec.computed_slots().empty()) continue;
    for (std::size_t sink = 0; sink < sinks; ++sink)
      batch.put(Family::pending, encode(PendingKey{static_cast<std::uint16_t>(sink), key, counter}), {});
  }
}

void BucketTable::confirm() {
  const std::unique_lock lock(mutex_);
  if (rows_.size() > kKeptRows) {
    rows_.clear();
  } else {
    for (auto& [key, entry] : rows_) entry.changed = false;
  }
  changed_ = 0;
}

SnapshotPtr BucketTable::snapshot_with(std::uint16_t rollup, std::map<BucketKey, std::string>& rows) const {
  // Under the lock, so that a checkpoint cannot take a row out of here after the snapshot and before it is copied.
  const std::shared_lock lock(mutex_);
  SnapshotPtr at = store_.kv().snapshot();
  for (const auto& [key, entry] : rows_)
    if (entry.changed && key.rollup == rollup)
      rows.emplace(key, store_.codec(store_.map().rollup_of(rollup)).encode(entry.row));
  return at;
}

void BucketTable::forget_before(std::uint16_t rollup, Instant before) {
  const std::unique_lock lock(mutex_);
  std::erase_if(rows_, [&](const auto& item) {
    return item.first.rollup == rollup && item.first.start() < before && !item.second.changed;
  });
}

}  // namespace tidemark
