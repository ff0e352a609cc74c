#include "engine/status.hpp"

#include "model/bucket.hpp"

namespace tidemark {
namespace {

std::uint64_t count_prefix(const KvStore& kv, Family family, std::uint16_t prefix, const SnapshotPtr& at = {}) {
  std::string bytes;
  put_big_endian(bytes, prefix);
  std::uint64_t n = 0;
  const auto cursor = kv.cursor(family, at);
  for (cursor->seek(bytes); cursor->valid() && cursor->key().starts_with(bytes); cursor->next()) ++n;
  return n;
}

Status::SinkState sink_status(const KvStore& kv, std::uint16_t id, const meta::Sink& record) {
  constexpr std::size_t kExamples = 10;
  Status::SinkState state;
  state.name = record.name;
  state.last_sync = record.last_sync;
  std::string prefix;
  put_big_endian(prefix, id);
  const auto cursor = kv.cursor(Family::pending);
  for (cursor->seek(prefix); cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
    ++state.waiting;
    if (cursor->value().empty()) continue;
    ++state.quarantined;
    if (state.quarantine_examples.size() < kExamples) state.quarantine_examples.emplace_back(cursor->value());
  }
  return state;
}

Status::Rollup rollup_status(const Store& store, const Writer& writer, int rollup) {
  const Catalog::Rollup& catalog = store.catalog_rollup(rollup);
  const std::uint16_t id = store.map().rollup_id(rollup);
  Status::Rollup result;
  result.name = catalog.name;
  std::vector<ChangedRow> changed;
  const SnapshotPtr at = writer.table().snapshot_with(BucketRange{id, store.epoch()}, changed);
  result.buckets = count_prefix(store.kv(), Family::buckets, id, at);
  for (const auto& [key, row] : changed) result.buckets += !store.kv().get(Family::buckets, encode(key), at);
  result.complete_from = catalog.complete_from;
  for (const Catalog::LateSlot& late : catalog.late_slots)
    for (const ColumnDef& column : store.codec(rollup).rollup().columns)
      if (late.complete_from > Instant{0} &&
          store.codec(rollup).rollup().slots[static_cast<std::size_t>(column.slot)].text == late.text)
        result.columns_complete_from.emplace_back(column.name, late.complete_from);
  const Instant sealed = store.sealed_before(rollup);
  if (sealed > Instant{0}) result.sealed_before = sealed;
  return result;
}

}  // namespace

Status status_of(const Store& store, const Writer& writer, SinkRegistry& sinks) {
  Status status;
  status.agent = to_text(store.agent());
  status.epoch = store.epoch();
  status.epoch_began = meta::name_of(store.epochs().back().began);
  status.sealed = store.is_sealed();
  status.unproven_spans = store.unproven_spans();
  status.schema_version = store.catalog().schema_version;
  status.log_first = store.first_sequence();
  status.log_next = writer.next_sequence();
  status.checkpoint_position = meta::load_position(store.kv(), meta::Reader::checkpoint);
  status.recompute_position = meta::load_position(store.kv(), meta::Reader::recompute);
  store.scan_log_index(0, status.log_next, [&](std::uint64_t sequence, const BlockSummary& summary) {
    status.raw_spans += summary.spans();
    status.raw_bytes += summary.bytes;
    if (sequence >= status.recompute_position) status.dirty_spans += summary.spans();
    return true;
  });
  status.totals = writer.totals();
  for (std::size_t r = 0; r < store.schema().rollups.size(); ++r)
    status.rollups.push_back(rollup_status(store, writer, static_cast<int>(r)));
  const auto all = sinks.all();
  for (std::size_t s = 0; s < all.size(); ++s)
    status.sinks.push_back(sink_status(store.kv(), static_cast<std::uint16_t>(s), all[s]));
  return status;
}

}  // namespace tidemark
