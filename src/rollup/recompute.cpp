#include "rollup/recompute.hpp"

namespace tidemark {

LogChunk read_chunk(const Store& store, std::uint64_t begin, std::uint64_t limit, std::size_t max_spans) {
  LogChunk chunk;
  chunk.begin = begin;
  chunk.end = limit;
  store.scan_log(begin, limit, [&](std::uint64_t sequence, std::string_view block) {
    if (chunk.spans >= max_spans) {
      chunk.end = sequence;
      return false;
    }
    chunk.blocks.push_back(std::make_unique<std::string>(block));
    chunk.commits.push_back(decode_block(*chunk.blocks.back(), store.map()));
    chunk.sequences.push_back(sequence);
    chunk.spans += chunk.commits.back().spans();
    return true;
  });
  return chunk;
}

std::uint64_t Recompute::position() const { return meta::load_position(store_.kv(), meta::Reader::recompute); }

std::uint64_t Recompute::begin() {
  // The checkpoint puts the seeds of all blocks up to here into the store, where the pass looks for them.
  return limit_ = writer_.checkpoint();
}

bool Recompute::step(RecomputeReport& report) {
  const std::uint64_t from = position();
  if (from >= limit_) return false;
  const LogChunk chunk = read_chunk(store_, from, limit_, options_.chunk_spans);
  // No block is dropped before it has been computed, so all of them must be there.
  if (chunk.sequences.size() != chunk.end - chunk.begin)
    throw StoreError("the log lacks a block between " + std::to_string(chunk.begin) + " and " + std::to_string(chunk.end) +
                     "; the store is damaged, restore a backup");
  KvBatch batch;
  Raised raised;
  for (std::size_t r = 0; r < store_.schema().rollups.size(); ++r)
    compute_rollup(store_, static_cast<int>(r), chunk, batch, raised);
  meta::put_position(batch, meta::Reader::recompute, chunk.end);
  {
    const auto marks = sinks_.lock();
    for (std::uint16_t sink = 0; sink < sinks_.size(); ++sink)
      for (const auto& [bucket, counter] : raised) batch.put(Family::pending, encode(PendingKey{sink, bucket, counter}), {});
    store_.kv().commit(batch, KvStore::Durability::later);
  }
  report.buckets += raised.size();
  report.spans += chunk.spans;
  ++report.chunks;
  return chunk.end < limit_;
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
