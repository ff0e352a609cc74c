#include "rollup/recompute.hpp"

#include <numeric>

namespace tidemark {

std::vector<int> Recompute::all_rollups(const Store& store) {
  std::vector<int> rollups(store.schema().rollups.size());
  std::iota(rollups.begin(), rollups.end(), 0);
  return rollups;
}

std::uint64_t Recompute::position() const { return meta::load_position(store_.kv(), meta::Reader::recompute); }

std::uint64_t Recompute::begin() {
  // The checkpoint puts the seeds of all blocks up to here into the store, where the pass looks for them.
  return limit_ = writer_.checkpoint();
}

std::uint64_t Recompute::compute_chunk(std::uint64_t from, KvBatch& batch, Raised& raised, RecomputeReport& report) {
  const SpanChunk chunk = read_spans(store_, plan_, from, limit_, options_.chunk_spans, options_.threads);
  // No block is dropped before it has been computed, so all of them must be there.
  if (chunk.sequences.size() != chunk.end - chunk.begin)
    throw StoreError("the log lacks a block between " + std::to_string(chunk.begin) + " and " +
                     std::to_string(chunk.end) + "; the store is damaged, restore a backup");
  compute_rollups(store_, rollups_, plan_, chunk, latest_.before(from), options_.threads, batch, raised);
  meta::put_position(batch, meta::Reader::recompute, chunk.end);
  report.spans += chunk.spans;
  return chunk.end;
}

bool Recompute::step(RecomputeReport& report) {
  const std::uint64_t from = position();
  if (from >= limit_) return false;
  KvBatch batch;
  Raised raised;
  const std::uint64_t end = compute_chunk(from, batch, raised, report);
  {
    const auto marks = sinks_.lock();
    for (std::uint16_t sink = 0; sink < sinks_.size(); ++sink)
      for (const auto& [bucket, counter] : raised)
        batch.put(Family::pending, encode(PendingKey{sink, bucket, counter}), {});
    store_.kv().commit(batch, KvStore::Durability::later);
  }
  latest_.before(end);  // while its blocks are there: once they are computed, retention may drop them
  report.buckets += raised.size();
  ++report.chunks;
  return end < limit_;
}

RecomputeReport Recompute::run_once(const Progress& progress) {
  RecomputeReport report;
  const std::uint64_t first = position();
  const std::uint64_t limit = begin();
  bool more = true;
  while (more) {
    more = step(report);
    if (progress && limit > first) progress("recompute", position() - first, limit - first);
  }
  return report;
}

}  // namespace tidemark
