#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "rollup/bucket_spans.hpp"
#include "rollup/span_chunk.hpp"

namespace tidemark {

/// Buckets whose computed_counter was raised, and to what.
using Raised = std::vector<std::pair<BucketKey, std::uint64_t>>;

/// Spans of a chunk by the buckets of some rollups: for each rollup those that it has, sorted. 16 bytes for each.
using SortedSpans = std::vector<std::vector<BucketSpan>>;

/// Rollups are shared among up to `threads` threads.
SortedSpans sort_spans(const Store& store, const std::vector<int>& rollups, const SpanChunk& chunk,
                       std::size_t threads);

/// Computes some rollups' buckets over a chunk that was read and sorted for them, on top of what is stored, into `batch`. The store
/// must hold the writer's rows of all blocks of the chunk, which are of one epoch. `latest`: by source, the latest time of
/// the epoch's spans before the chunk (rollup/latest_times.hpp); nothing is looked for of buckets that start later. Works
/// on up to `threads` threads, which share the buckets; what comes out does not depend on their number.
void compute_rollups(const Store& store, const std::vector<int>& rollups, const ChunkPlan& plan, const SpanChunk& chunk,
                     const SortedSpans& spans, const std::vector<Instant>& latest, std::size_t threads, KvBatch& batch,
                     Raised& raised);

}  // namespace tidemark
