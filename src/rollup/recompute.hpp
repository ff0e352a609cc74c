#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <tidemark/engine.hpp>

#include "rollup/writer.hpp"
#include "store/sink_registry.hpp"
#include "store/store.hpp"

namespace tidemark {

/// A piece of the log in memory, and what is needed to find its spans again.
struct LogChunk {
  std::uint64_t begin = 0;  ///< Sequences [begin, end).
  std::uint64_t end = 0;
  std::vector<std::unique_ptr<std::string>> blocks;  ///< What the commits' texts point into.
  std::vector<Commit> commits;
  std::vector<std::uint64_t> sequences;  ///< Of the commits.
  std::size_t spans = 0;
};

/// Reads blocks from `begin` up to, but without, `limit`, until there are `max_spans` spans or more.
LogChunk read_chunk(const Store& store, std::uint64_t begin, std::uint64_t limit, std::size_t max_spans);

struct RecomputeOptions {
  /// Spans held in memory at a time. Larger: fewer rewrites of hot buckets' rows; about 150 bytes each.
  std::uint64_t chunk_spans = 400'000;
};

/// The background pass: computes what is expensive for every bucket that the log past its position touches, and sets
/// computed_counter to what it read. Owns the family computed and its position.
/// A bucket whose only span is its seed is left alone: its writer's row is complete.
/// Threads: one at a time; writers go on meanwhile, and what they add is past the snapshot.
/// Errors: StoreError; the position then stands where the last committed chunk left it.
class Recompute {
 public:
  Recompute(Store& store, Writer& writer, SinkRegistry& sinks, RecomputeOptions options)
      : store_(store), writer_(writer), sinks_(sinks), options_(options) {}

  /// One pass over everything that was in the log when it began.
  RecomputeReport run_once(const Progress& progress = {});

  /// The same in steps: begin() takes the snapshot and says up to which sequence; step() does one chunk and says
  /// whether there is more.
  std::uint64_t begin();
  bool step(RecomputeReport& report);

  std::uint64_t position() const;

 private:
  Store& store_;
  Writer& writer_;
  SinkRegistry& sinks_;
  RecomputeOptions options_;
  std::uint64_t limit_ = 0;
};

/// Buckets whose computed_counter was raised, and to what.
using Raised = std::vector<std::pair<BucketKey, std::uint64_t>>;

/// Computes one rollup's buckets over a chunk, on top of what is stored, into `batch`. The store must hold the writer's
/// rows of all blocks of the chunk.
void compute_rollup(const Store& store, int rollup, const LogChunk& chunk, KvBatch& batch, Raised& raised);

}  // namespace tidemark
