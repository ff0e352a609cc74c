#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include <tidemark/engine.hpp>

#include "rollup/compute_rollup.hpp"
#include "rollup/latest_times.hpp"
#include "rollup/span_chunk.hpp"
#include "rollup/writer.hpp"
#include "store/sink_registry.hpp"
#include "store/store.hpp"

namespace tidemark {

struct RecomputeOptions {
  /// Spans held in memory at a time. Larger: fewer rewrites of hot buckets' rows. With the batch that they become about
  /// 50 bytes each for a rollup with ten spans a bucket, 150 with a second one that has few.
  std::uint64_t chunk_spans = 200'000;
  /// How many threads a pass may use, that of its caller included. Those that it starts end before it returns. With more
  /// than one, the next chunk is read while one is being committed: 60 bytes more a span of a rollup.
  std::size_t threads = 1;
};

/// The background pass: computes what is expensive for every bucket that the log past its position touches, and sets
/// computed_counter to what it read. Owns the family computed and its position.
/// A bucket whose only span is its seed is left alone: its writer's row is complete.
/// Threads: one at a time; writers go on meanwhile, and what they add is past the snapshot.
/// Errors: StoreError; the position then stands where the last committed chunk left it.
class Recompute {
 public:
  Recompute(Store& store, Writer& writer, SinkRegistry& sinks, RecomputeOptions options)
      : store_(store),
        writer_(writer),
        sinks_(sinks),
        options_(options),
        rollups_(all_rollups(store)),
        plan_(store, rollups_),
        latest_(store) {}

  /// One pass over everything that was in the log when it began.
  RecomputeReport run_once(const Progress& progress = {});

  /// The same in steps: begin() takes the snapshot and says up to which sequence; step() does one chunk and says
  /// whether there is more.
  std::uint64_t begin();
  bool step(RecomputeReport& report);

  std::uint64_t position() const;

 private:
  static std::vector<int> all_rollups(const Store& store);
  /// What can be had of a chunk before the one in front of it is in the store.
  struct Chunk {
    SpanChunk spans;
    SortedSpans sorted;
  };

  Chunk read(std::uint64_t from, std::size_t threads) const;
  /// Has the chunk ready that begins there, unless it cannot be read.
  void read_ahead(std::uint64_t from);
  /// Puts what a chunk changes into `batch`, the new position included, which is returned. The chunk itself is gone from
  /// memory then.
  std::uint64_t compute_chunk(std::uint64_t from, KvBatch& batch, Raised& raised, RecomputeReport& report);
  void commit(KvBatch& batch, const Raised& raised);

  Store& store_;
  Writer& writer_;
  SinkRegistry& sinks_;
  RecomputeOptions options_;
  std::vector<int> rollups_;
  ChunkPlan plan_;
  LatestTimes latest_;
  std::uint64_t limit_ = 0;
  std::optional<Chunk> ahead_;  ///< Only within a pass.
};

}  // namespace tidemark
