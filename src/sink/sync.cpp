#include "sink/sync.hpp"

#include <algorithm>

#include "store/forward_reader.hpp"

namespace tidemark {
namespace {

/// Buckets looked up together, in key order.
constexpr std::size_t kPage = 2000;
constexpr std::size_t kMarksPerBatch = 20'000;

std::string sink_prefix(std::uint16_t id) {
  std::string prefix;
  put_big_endian(prefix, id);
  return prefix;
}

}  // namespace

SyncReport SyncPass::run_once(Instant now, const Progress& progress) {
  SyncReport report;
  report.sink = sink_.name();
  const bool needs_every_row = sink_.prepare();
  const std::uint16_t id = registry_.find_or_add(report.sink);
  meta::Sink record = registry_.all()[id];
  if (needs_every_row && record.marked) {
    record.marked = false;
    registry_.update(id, record);
  }
  if (!record.marked) {
    mark_everything(id, store_.kv().snapshot());
    record.marked = true;
    registry_.update(id, record);
  }
  const SnapshotPtr at = store_.kv().snapshot();
  const std::uint64_t total = progress ? count_marks(id, at) : 0;
  std::uint64_t seen = 0;
  const std::string prefix = sink_prefix(id);
  std::vector<Waiting> page;
  const auto cursor = store_.kv().cursor(Family::pending, at);
  for (cursor->seek(prefix); cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
    const PendingKey mark = parse_pending_key(cursor->key());
    if (page.empty() || page.back().bucket != mark.bucket) {
      if (page.size() == kPage) {
        load(page, id, now, at, report);
        if (progress) progress("sync", seen, total);
      }
      page.push_back({mark.bucket, {}});
    }
    page.back().marks.push_back(mark.computed_counter);
    ++seen;
  }
  load(page, id, now, at, report);
  for (auto& [rollup, outgoing] : outgoing_)
    if (!outgoing.rows.empty()) send(rollup, id, now, report);
  record.last_sync = now;
  registry_.update(id, record);
  return report;
}

/// A sink that is new, or whose rows all have to go again: one mark for every bucket there is.
void SyncPass::mark_everything(std::uint16_t id, const SnapshotPtr& at) {
  KvBatch batch;
  ForwardReader computed(store_.kv().cursor(Family::computed, at));
  const auto rows = store_.kv().cursor(Family::buckets, at);
  for (rows->seek({}); rows->valid(); rows->next()) {
    const BucketKey key = parse_bucket_key(rows->key());
    const int rollup = store_.map().rollup_of(key.rollup);
    if (rollup < 0) continue;
    std::uint64_t counter = 1;
    if (store_.codec(rollup).computed_slots().empty())
      counter = RowCodec::update_counter(rows->value());
    else if (const auto row = computed.get(rows->key()))
      counter = RowCodec::computed_counter(*row);
    batch.put(Family::pending, encode(PendingKey{id, key, counter}), {});
    if (batch.changes().size() < kMarksPerBatch) continue;
    store_.kv().commit(batch, KvStore::Durability::later);
    batch.clear();
  }
  store_.kv().commit(batch, KvStore::Durability::later);
}

std::uint64_t SyncPass::count_marks(std::uint16_t id, const SnapshotPtr& at) const {
  std::uint64_t n = 0;
  const std::string prefix = sink_prefix(id);
  const auto cursor = store_.kv().cursor(Family::pending, at);
  for (cursor->seek(prefix); cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) ++n;
  return n;
}

/// Reads the page's buckets and queues those that go; sends what makes a full transaction.
void SyncPass::load(std::vector<Waiting>& page, std::uint16_t id, Instant now, const SnapshotPtr& at,
                    SyncReport& report) {
  std::sort(page.begin(), page.end(), [](const Waiting& a, const Waiting& b) { return a.bucket < b.bucket; });
  std::vector<std::string> keys;
  keys.reserve(page.size());
  for (const Waiting& waiting : page) keys.push_back(encode(waiting.bucket));
  const std::vector<std::string_view> views(keys.begin(), keys.end());
  const auto rows = store_.kv().get_many(Family::buckets, views, at);
  const auto computed = store_.kv().get_many(Family::computed, views, at);
  std::unordered_map<int, BucketAssembly> assemblies;
  for (std::size_t i = 0; i < page.size(); ++i) {
    const int rollup = store_.map().rollup_of(page[i].bucket.rollup);
    if (rollup < 0) continue;
    if (!rows[i]) {
      drop_marks(id, page[i]);  // retention dropped the bucket
      continue;
    }
    BucketAssembly& assembly = assemblies.try_emplace(rollup, store_, rollup, now, at).first->second;
    Bucket bucket = assembly.assemble(page[i].bucket, *rows[i],
                                      computed[i] ? std::optional<std::string_view>(*computed[i]) : std::nullopt);
    if (!bucket.finished && !options_.unfinished) {
      ++report.waiting;
      continue;
    }
    Outgoing& outgoing = outgoing_[rollup];
    outgoing.rows.push_back(std::move(bucket));
    outgoing.sources.push_back(std::move(page[i]));
    if (outgoing.rows.size() >= options_.rows_per_transaction) send(rollup, id, now, report);
  }
  page.clear();
}

void SyncPass::drop_marks(std::uint16_t id, const Waiting& waiting) {
  KvBatch batch;
  for (const std::uint64_t counter : waiting.marks)
    batch.erase(Family::pending, encode(PendingKey{id, waiting.bucket, counter}));
  store_.kv().commit(batch, KvStore::Durability::later);
}

void SyncPass::send(int rollup, std::uint16_t id, Instant now, SyncReport& report) {
  Outgoing outgoing = std::move(outgoing_[rollup]);
  outgoing_[rollup] = {};
  sink_.upsert(rollup, outgoing.rows, now);
  ++report.transactions;
  report.rows += outgoing.rows.size();
  KvBatch batch;
  for (std::size_t i = 0; i < outgoing.rows.size(); ++i) {
    const Bucket& row = outgoing.rows[i];
    if (!row.finished) {
      ++report.waiting;
      continue;
    }
    const BucketKey& key = outgoing.sources[i].bucket;
    // Marks above what was sent belong to a newer state of the bucket, which goes next time.
    for (const std::uint64_t counter : outgoing.sources[i].marks)
      if (counter <= row.computed_counter) batch.erase(Family::pending, encode(PendingKey{id, key, counter}));
    std::string counter;
    put_varint(counter, row.computed_counter);
    batch.put(Family::synced, synced_key(id, key), counter);
  }
  if (!batch.empty()) store_.kv().commit(batch, KvStore::Durability::later);
}

}  // namespace tidemark
