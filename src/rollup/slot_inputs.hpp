#pragma once
#include <span>
#include <vector>

#include "model/aggregate.hpp"
#include "rollup/bucket_spans.hpp"
#include "rollup/span_chunk.hpp"

namespace tidemark {

/// Folds spans of a chunk into the states of the recompute pass's slots of one rollup, a bucket at a time. Slots that
/// aggregate the same field under the same filter share its values, which are gathered and sorted once.
/// The chunk must outlive it. One thread at a time.
/// Memory: 8 bytes a span of those last loaded, for each field and filter that slots share.
class SlotInputs {
 public:
  SlotInputs(const Store& store, int rollup, const ChunkPlan& plan, const SpanChunk& chunk);

  /// Makes the states of a bucket without spans; keeps their memory.
  void clear(std::vector<State>& states) const;
  /// Takes the values of some buckets' spans out of the chunk, for fold to go through. Spans sorted by bucket lie all over
  /// it, so that most reads wait for memory: many at once wait together.
  void load(std::span<const BucketSpan> spans);
  /// Adds the spans of one bucket: `count` of those loaded, from `first` on. Once for each span loaded. StoreError when
  /// one brings a value to a distribution that was dropped.
  void fold(std::size_t first, std::size_t count, std::vector<State>& states);

 private:
  /// What slots have in common; their state's position and aggregate.
  struct Shared {
    const std::vector<std::int64_t>* values = nullptr;   ///< Null for count(), which is of ones.
    const std::vector<std::uint8_t>* matches = nullptr;  ///< Null: every span.
    std::vector<std::pair<std::size_t, const ValueAggregate*>> slots;
    std::vector<std::int64_t> loaded;  ///< By span: its value, kNull where it does not match.
  };
  /// A slot that needs more of a span than one value.
  struct Single {
    std::size_t state = 0;
    const Aggregate* aggregate = nullptr;
    const std::vector<std::int64_t>* values = nullptr;
    const std::vector<std::int64_t>* second = nullptr;
    const std::vector<std::uint8_t>* matches = nullptr;
    bool is_text = false;
  };

  void add_slot(const SourceDef& def, const ChunkPlan& plan, const SlotDef& slot, std::size_t state);
  /// The values of one bucket, in order, until the next call; those are loaded no longer.
  ValueRun take(Shared& shared, std::size_t first, std::size_t count);
  void fold_single(const Single& slot, std::span<const BucketSpan> spans, State& state) const;

  const RowCodec& codec_;
  const SpanChunk& chunk_;
  const SpanChunk::Source& source_;
  std::vector<Shared> shared_;
  std::vector<Single> singles_;
  std::span<const BucketSpan> loaded_;
  std::vector<std::int64_t> scratch_;
};

}  // namespace tidemark
