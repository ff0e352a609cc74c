#include "rollup/retention.hpp"

#include <algorithm>
#include <map>

#include "store/bucket_assembly.hpp"

namespace tidemark {
namespace {

/// Rows are rewritten and deleted in batches of about this many.
constexpr std::size_t kBatchRows = 10'000;
/// Rewriting the identities costs as much as they are large, so it is done when this share of a day has passed.
constexpr std::uint32_t kMinutesBetweenCompactions = 24 * 60;

}  // namespace

Retention::Retention(Store& store, Writer& writer, Recompute& recompute, SinkRegistry& sinks)
    : store_(store),
      writer_(writer),
      recompute_(recompute),
      sinks_(sinks),
      now_minutes_(std::make_shared<std::atomic<std::uint32_t>>(0)) {
  store.kv().set_expiry(Family::identities, [now = now_minutes_](std::string_view, std::string_view value) {
    return IdentityIndex::keep_until_minutes(value) < *now;
  });
}

RetainReport Retention::run_once(Instant now) {
  RetainReport report;
  drop_blocks(now, report);
  seal_and_compute(now);
  for (std::size_t r = 0; r < store_.schema().rollups.size(); ++r) {
    const RollupDef& rollup = store_.schema().rollups[r];
    if (!rollup.every) continue;
    if (rollup.bucket_retention) drop_buckets(static_cast<int>(r), now - *rollup.bucket_retention, report);
    if (rollup.distribution_retention)
      drop_distributions(static_cast<int>(r), now - *rollup.distribution_retention, report);
  }
  writer_.forget_recents(now);
  drop_identities(now, report);
  return report;
}

bool Retention::expired(const BlockSummary& summary, Instant now) const {
  return std::all_of(summary.sources.begin(), summary.sources.end(), [&](const BlockSummary::Source& s) {
    const int source = store_.map().source_of(s.id);
    return source >= 0 && s.last + store_.schema().sources[static_cast<std::size_t>(source)].retention < now;
  });
}

void Retention::drop_blocks(Instant now, RetainReport& report) {
  const std::uint64_t checkpoint = meta::load_position(store_.kv(), meta::Reader::checkpoint);
  const std::uint64_t passed = std::min(checkpoint, recompute_.position());
  std::map<std::uint16_t, Instant> through;
  KvBatch batch;
  std::string first_dropped, last_dropped;
  store_.scan_log_index(0, writer_.next_sequence(), [&](std::uint64_t sequence, const BlockSummary& summary) {
    if (!expired(summary, now)) return true;
    if (sequence >= passed) {
      ++report.blocks_kept_for_compute;
      return true;
    }
    last_dropped = sequence_key(sequence);
    if (first_dropped.empty()) first_dropped = last_dropped;
    batch.erase(Family::log, last_dropped);
    batch.erase(Family::log_index, last_dropped);
    ++report.blocks_dropped;
    report.spans_dropped += summary.spans();
    for (const auto& s : summary.sources) through[s.id] = std::max(through[s.id], s.last);
    return true;
  });
  if (batch.empty()) return;
  for (const auto& [source, last] : through) {
    const auto before = meta::load_dropped_through(store_.kv(), source);
    meta::put_dropped_through(batch, source, before ? std::max(*before, last) : last);
  }
  store_.kv().commit(batch, KvStore::Durability::synced);
  // By itself the space would come back with new spans, and a full disk lets none come.
  store_.kv().reclaim(Family::log, first_dropped, last_dropped);
}

/// Rollups that drop anything stop taking spans for those hours first, and count what came before; so what is dropped
/// is final. The pass runs whether this call sealed or an earlier one that was stopped before its pass.
void Retention::seal_and_compute(Instant now) {
  bool drops = false;
  for (std::size_t r = 0; r < store_.schema().rollups.size(); ++r) {
    const RollupDef& rollup = store_.schema().rollups[r];
    if (!rollup.every) continue;
    auto keep = rollup.distribution_retention;
    if (rollup.bucket_retention && (!keep || *rollup.bucket_retention < *keep)) keep = rollup.bucket_retention;
    if (!keep) continue;
    writer_.seal(static_cast<int>(r), window_start(now - *keep, *rollup.every));
    drops = true;
  }
  if (drops) recompute_.run_once();
}

/// Calls `take(key, cursor)` for a rollup's rows that start before `before`: rows are sorted by day, so the days after
/// that are not read.
template <typename Take>
void Retention::for_each_before(Family family, int rollup, Instant before, const Take& take) const {
  const std::uint16_t id = store_.map().rollup_id(rollup);
  const auto cursor = store_.kv().cursor(family);
  for (const meta::Epoch& epoch : store_.epochs())
    for (cursor->seek(encode(BucketKey{id, epoch.number, 0, 0})); cursor->valid(); cursor->next()) {
      const BucketKey key = parse_bucket_key(cursor->key());
      if (key.rollup != id || key.epoch != epoch.number || key.day_start() >= before) break;
      if (key.start() < before) take(key, *cursor);
    }
}

void Retention::drop_distributions(int rollup, Instant before, RetainReport& report) {
  const RowCodec& codec = store_.codec(rollup);
  KvBatch batch;
  std::size_t rows = 0;
  for_each_before(Family::computed, rollup, std::min(before, store_.sealed_before(rollup)),
                  [&](const BucketKey&, const KvCursor& cursor) {
                    ComputedRow row = codec.decode_computed(cursor.value());
                    bool dropped = false;
                    for (std::size_t i = 0; i < row.states.size(); ++i) {
                      const SlotDef& slot = codec.rollup().slots[static_cast<std::size_t>(codec.computed_slots()[i])];
                      if (slot.kind != AggregateKind::percentile_cont) continue;
                      auto& held = row.states[i].get_or_make<DistributionState>();
                      if (held.dropped || held.distribution.empty()) continue;
                      held.results.clear();
                      for (const double p : slot.percentiles)
                        held.results.emplace_back(p, held.distribution.percentile(p));
                      held.distribution = {};
                      held.dropped = dropped = true;
                    }
                    if (!dropped) return;
                    batch.put(Family::computed, cursor.key(), codec.encode(row));
                    ++report.distributions_dropped;
                    if (++rows % kBatchRows == 0) {
                      store_.kv().commit(batch, KvStore::Durability::later);
                      batch.clear();
                    }
                  });
  if (!batch.empty()) store_.kv().commit(batch, KvStore::Durability::later);
}

bool Retention::waits_for_a_sink(const BucketKey& key, std::size_t sinks) const {
  const auto cursor = store_.kv().cursor(Family::pending);
  for (std::uint16_t sink = 0; sink < sinks; ++sink) {
    const std::string first = encode(PendingKey{sink, key, 0});
    const std::string_view prefix = std::string_view(first).substr(0, first.size() - sizeof(std::uint64_t));
    cursor->seek(prefix);
    if (cursor->valid() && cursor->key().starts_with(prefix)) return true;
  }
  return false;
}

void Retention::drop_buckets(int rollup, Instant before, RetainReport& report) {
  const auto sinks = sinks_.all();
  // Without a sink that has them, these rows are the only copy.
  if (sinks.empty() || !std::all_of(sinks.begin(), sinks.end(), [](const meta::Sink& s) { return s.marked; })) return;
  const Instant end = std::min(before, store_.sealed_before(rollup));
  KvBatch batch;
  std::size_t rows = 0;
  for_each_before(Family::buckets, rollup, end, [&](const BucketKey& key, const KvCursor& cursor) {
    if (waits_for_a_sink(key, sinks.size())) return;
    batch.erase(Family::buckets, cursor.key());
    batch.erase(Family::computed, cursor.key());
    ++report.buckets_dropped;
    if (++rows % kBatchRows == 0) {
      store_.kv().commit(batch, KvStore::Durability::later);
      batch.clear();
    }
  });
  if (!batch.empty()) store_.kv().commit(batch, KvStore::Durability::later);
  writer_.table().forget_before(store_.map().rollup_id(rollup), end);
}

void Retention::drop_identities(Instant now, RetainReport& report) {
  const auto now_minutes = static_cast<std::uint32_t>(std::max<std::int64_t>(0, now.us / 60'000'000));
  if (now_minutes < *now_minutes_ + kMinutesBetweenCompactions) return;
  writer_.forget_identities(now);
  writer_.forget_run_claims(now);
  *now_minutes_ = now_minutes;
  const std::uint64_t before = store_.kv().approximate_count(Family::identities);
  store_.kv().compact(Family::identities);
  const std::uint64_t after = store_.kv().approximate_count(Family::identities);
  report.identities_dropped = before > after ? before - after : 0;

  // Admissions of hours for which every span would be too old.
  Micros longest{0};
  for (const SourceDef& source : store_.schema().sources) longest = std::max(longest, source.identity_retention);
  KvBatch batch;
  const auto cursor = store_.kv().cursor(Family::guards);
  for (cursor->seek({}); cursor->valid(); cursor->next()) {
    const std::uint32_t hour_minutes = ByteReader(cursor->key()).big_endian<std::uint32_t>();
    if (Instant{static_cast<std::int64_t>(hour_minutes) * 60'000'000} + longest + days(1) >= now) break;
    batch.erase(Family::guards, cursor->key());
    ++report.label_sets_dropped;
  }
  meta::expire_receipts(store_.kv(), batch, now);
  if (!batch.empty()) store_.kv().commit(batch, KvStore::Durability::later);
}

}  // namespace tidemark
