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
class SlotInputs {
 public:
  SlotInputs(const Store& store, int rollup, const ChunkPlan& plan, const SpanChunk& chunk);

  /// Makes the states of a bucket without spans; keeps their memory.
  void clear(std::vector<State>& states) const;
  /// Adds the spans of one bucket. StoreError when one brings a value to a distribution that was dropped.
  void fold(std::span<const BucketSpan> spans, std::vector<State>& states);

 private:
  /// What slots have in common; their state's position and aggregate.
  struct Shared {
    const std::vector<std::int64_t>* values = nullptr;   ///< Null for count().
    const std::vector<std::uint8_t>* matches = nullptr;  ///< Null: every span.
    std::vector<std::pair<std::size_t, const ValueAggregate*>> slots;
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
  ValueRun gather(const Shared& shared, std::span<const BucketSpan> spans);
  void fold_single(const Single& slot, std::span<const BucketSpan> spans, State& state) const;

  const RowCodec& codec_;
  const SpanChunk& chunk_;
  const SpanChunk::Source& source_;
  std::vector<Shared> shared_;
  std::vector<Single> singles_;
  std::vector<std::int64_t> values_;
};

}  // namespace tidemark
