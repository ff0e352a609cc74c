#include "rollup/recompute.hpp"

#include <numeric>

#include "rollup/fork_join.hpp"

namespace tidemark {

std::vector<int> Recompute::all_rollups(const Store& store) {
  std::vector<int> rollups(store.schema().rollups.size());
  std::iota(rollups.begin(), rollups.end(), 0);
  return rollups;
}

std::uint64_t Recompute::position() const { return meta::load_position(store_.kv(), meta::Reader::recompute); }

std::uint64_t Recompute::begin() {
  ahead_.reset();  // of a pass that failed
  // The checkpoint puts the seeds of all blocks up to here into the store, where the pass looks for them.
  return limit_ = writer_.checkpoint();
}

Recompute::Chunk Recompute::read(std::uint64_t from, std::size_t threads) const {
  Chunk chunk;
  chunk.spans = read_spans(store_, plan_, from, limit_, options_.chunk_spans, threads);
  // No block is dropped before it has been computed, so all of them must be there.
  if (chunk.spans.sequences.size() != chunk.spans.end - chunk.spans.begin)
    throw StoreError("the log lacks a block between " + std::to_string(chunk.spans.begin) + " and " +
                     std::to_string(chunk.spans.end) + "; the store is damaged, restore a backup");
  chunk.sorted = sort_spans(store_, rollups_, chunk.spans, threads);
  return chunk;
}

void Recompute::read_ahead(std::uint64_t from) {
  try {
    ahead_ = read(from, options_.threads - 1);
  } catch (...) {
    // It is read again when its turn comes, and fails then: the chunk before it has nothing to do with it.
  }
}

std::uint64_t Recompute::compute_chunk(std::uint64_t from, KvBatch& batch, Raised& raised, RecomputeReport& report) {
  const bool is_ahead = ahead_ && ahead_->spans.begin == from;
  const Chunk chunk = is_ahead ? std::move(*ahead_) : read(from, options_.threads);
  ahead_.reset();
  compute_rollups(store_, rollups_, plan_, chunk.spans, chunk.sorted, latest_.before(from), options_.threads, batch,
                  raised);
  meta::put_position(batch, meta::Reader::recompute, chunk.spans.end);
  report.spans += chunk.spans.spans;
  return chunk.spans.end;
}

void Recompute::commit(KvBatch& batch, const Raised& raised) {
  const auto marks = sinks_.lock();
  for (std::uint16_t sink = 0; sink < sinks_.size(); ++sink)
    for (const auto& [bucket, counter] : raised)
      batch.put(Family::pending, encode(PendingKey{sink, bucket, counter}), {});
  store_.kv().commit(batch, KvStore::Durability::later);
}

bool Recompute::step(RecomputeReport& report) {
  const std::uint64_t from = position();
  if (from >= limit_) return false;
  KvBatch batch;
  Raised raised;
  const std::uint64_t end = compute_chunk(from, batch, raised, report);
  const bool more = end < limit_;
  // A commit does not divide, but it leaves the other threads the next chunk.
  fork_join(2, more && options_.threads > 1 ? 2 : 1,
            [&](std::size_t task) { task == 0 ? commit(batch, raised) : read_ahead(end); });
  latest_.before(end);  // while its blocks are there: once they are computed, retention may drop them
  report.buckets += raised.size();
  ++report.chunks;
  return more;
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
