#include "store/store.hpp"

#include <algorithm>
#include <limits>

namespace tidemark {

Store::Store(std::shared_ptr<KvStore> kv, SchemaPtr schema, Catalog catalog)
    : kv_(std::move(kv)), catalog_(std::move(catalog)), map_(std::move(schema), catalog_) {
  for (std::size_t r = 0; r < map_.schema().rollups.size(); ++r)
    codecs_.emplace_back(map_, static_cast<int>(r), catalog_);
  agent_ = meta::load_agent(*kv_);
  epochs_ = meta::load_epochs(*kv_);
  unproven_spans_ = epochs_.back().unproven_spans;
  sealed_ = meta::load_sealed_epoch(*kv_) == epoch();
}

void Store::initialize(KvStore& kv, const Catalog& catalog, const AgentId& agent) {
  KvBatch batch;
  meta::put_catalog(batch, catalog);
  meta::put_identity(batch, agent, 1);
  kv.commit(batch, KvStore::Durability::synced);
}

namespace {

/// The first epoch that begins after the block.
auto epoch_after(const std::vector<meta::Epoch>& epochs, std::uint64_t sequence) {
  return std::upper_bound(epochs.begin(), epochs.end(), sequence,
                          [](std::uint64_t at, const meta::Epoch& epoch) { return at < epoch.start; });
}

}  // namespace

std::uint32_t Store::epoch_of(std::uint64_t sequence) const {
  return std::prev(epoch_after(epochs_, sequence))->number;
}

std::uint64_t Store::end_of_epoch_of(std::uint64_t sequence) const {
  const auto after = epoch_after(epochs_, sequence);
  return after == epochs_.end() ? std::numeric_limits<std::uint64_t>::max() : after->start;
}

void Store::set_sealed() {
  KvBatch batch;
  meta::put_sealed_epoch(batch, epoch());
  kv_->commit(batch, KvStore::Durability::synced);
  sealed_ = true;
}

void Store::set_unproven_spans(std::uint64_t spans) {
  meta::Epoch epoch = epochs_.back();
  epoch.unproven_spans = spans;
  KvBatch batch;
  meta::put_epoch(batch, epoch);
  kv_->commit(batch, KvStore::Durability::synced);
  unproven_spans_ = spans;
}

std::uint64_t Store::next_sequence() const {
  std::uint64_t next = meta::load_position(*kv_, meta::Reader::checkpoint);
  const auto cursor = kv_->cursor(Family::log_index);
  for (cursor->seek(sequence_key(next)); cursor->valid(); cursor->next()) next = parse_sequence_key(cursor->key()) + 1;
  return next;
}

std::uint64_t Store::first_sequence() const {
  const auto cursor = kv_->cursor(Family::log_index);
  cursor->seek({});
  return cursor->valid() ? parse_sequence_key(cursor->key()) : next_sequence();
}

void Store::scan_log(std::uint64_t from, std::uint64_t to, const TakeBlock& take, const SnapshotPtr& at) const {
  const auto cursor = kv_->cursor(Family::log, at);
  for (cursor->seek(sequence_key(from)); cursor->valid(); cursor->next()) {
    const std::uint64_t sequence = parse_sequence_key(cursor->key());
    if (sequence >= to || !take(sequence, cursor->value())) return;
  }
}

void Store::scan_log_index(std::uint64_t from, std::uint64_t to, const TakeSummary& take, const SnapshotPtr& at) const {
  const auto cursor = kv_->cursor(Family::log_index, at);
  for (cursor->seek(sequence_key(from)); cursor->valid(); cursor->next()) {
    const std::uint64_t sequence = parse_sequence_key(cursor->key());
    if (sequence >= to || !take(sequence, parse_block_summary(cursor->value()))) return;
  }
}

StoreError unknown_dimensions(DimensionsId id) {
  return StoreError("the store lacks the dimensions with id " + std::to_string(id) + "; it is damaged");
}

std::string Store::dimensions_of(DimensionsId id, const SnapshotPtr& at) const {
  auto bytes = kv_->get(Family::dimensions, dimensions_by_id(id), at);
  if (!bytes) throw unknown_dimensions(id);
  return std::move(*bytes);
}

Instant Store::sealed_before(int rollup) const {
  const std::lock_guard lock(catalog_mutex_);
  return catalog_.rollups[map_.rollup_id(rollup)].sealed_before;
}

void Store::set_sealed_before(int rollup, Instant before) {
  const std::lock_guard lock(catalog_mutex_);
  Catalog::Rollup& entry = catalog_.rollups[map_.rollup_id(rollup)];
  if (before <= entry.sealed_before) return;
  entry.sealed_before = before;
  KvBatch batch;
  meta::put_catalog(batch, catalog_);
  kv_->commit(batch, KvStore::Durability::synced);
}

}  // namespace tidemark
