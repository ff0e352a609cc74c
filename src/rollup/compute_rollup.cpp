#include <algorithm>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "rollup/fold.hpp"
#include "rollup/recompute.hpp"
#include "store/forward_reader.hpp"

namespace tidemark {
namespace {

/// One span of the chunk: which of its folders, which row.
struct SpanAt {
  std::uint32_t folder;
  std::uint32_t row;
};

/// The chunk's spans of one rollup, grouped by bucket.
class Groups {
 public:
  Groups(const Store& store, int rollup, const LogChunk& chunk) {
    const RowCodec& codec = store.codec(rollup);
    const auto& rollups = store.map().rollups_of(codec.rollup().source);
    const auto slot = static_cast<std::size_t>(std::find(rollups.begin(), rollups.end(), rollup) - rollups.begin());
    std::vector<std::uint32_t> buckets;
    for (const Commit& commit : chunk.commits) {
      for (const SpanColumns& columns : commit.sources) {
        if (columns.source != codec.rollup().source || columns.dimensions[slot].empty()) continue;
        folders_.emplace_back(store.schema(), codec.rollup(), codec.computed_slots(), commit, columns);
        place(store, rollup, columns.dimensions[slot], buckets);
      }
    }
    sort_spans(buckets);
  }

  /// Positions of the buckets in key order.
  std::vector<std::uint32_t> order() const {
    std::vector<std::uint32_t> order(keys_.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return keys_[a] < keys_[b]; });
    return order;
  }
  const BucketKey& key(std::uint32_t bucket) const { return keys_[bucket]; }
  std::span<const SpanAt> spans(std::uint32_t bucket) const {
    return std::span(sorted_).subspan(begins_[bucket], begins_[bucket + 1] - begins_[bucket]);
  }
  const SlotFolder& folder(const SpanAt& at) const { return folders_[at.folder]; }

 private:
  void place(const Store& store, int rollup, const std::vector<std::uint64_t>& dimensions,
             std::vector<std::uint32_t>& buckets) {
    const RollupDef& def = store.schema().rollups[static_cast<std::size_t>(rollup)];
    const auto folder = static_cast<std::uint32_t>(folders_.size() - 1);
    for (std::uint32_t row = 0; row < dimensions.size(); ++row) {
      if (dimensions[row] == kNotInRollup) continue;
      const BucketKey key = store.bucket_key(rollup, dimensions[row], def.bucket_start(folders_.back().time(row)));
      const auto [at, is_new] = index_.try_emplace(key, static_cast<std::uint32_t>(keys_.size()));
      if (is_new) keys_.push_back(key);
      buckets.push_back(at->second);
      spans_.push_back({folder, row});
    }
  }

  /// Counting sort by bucket, which keeps the order of acceptance within one.
  void sort_spans(const std::vector<std::uint32_t>& buckets) {
    begins_.assign(keys_.size() + 1, 0);
    for (const std::uint32_t bucket : buckets) ++begins_[bucket + 1];
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
    std::vector<std::size_t> next(begins_.begin(), begins_.end() - 1);
    sorted_.resize(spans_.size());
    for (std::size_t i = 0; i < spans_.size(); ++i) sorted_[next[buckets[i]]++] = spans_[i];
    spans_.clear();
    spans_.shrink_to_fit();
  }

  std::vector<SlotFolder> folders_;
  std::unordered_map<BucketKey, std::uint32_t, BucketKeyHash> index_;
  std::vector<BucketKey> keys_;
  std::vector<SpanAt> spans_;
  std::vector<SpanAt> sorted_;
  std::vector<std::size_t> begins_;
};

/// Adds a bucket's spans to its states. Percentiles take all values at once: one sort and one merge.
class StateFolder {
 public:
  StateFolder(const Groups& groups, const RowCodec& codec) : groups_(groups), codec_(codec) {}

  void fold(std::span<const SpanAt> spans, std::vector<State>& states) {
    for (std::size_t i = 0; i < states.size(); ++i) {
      const auto slot = static_cast<std::size_t>(codec_.computed_slots()[i]);
      if (codec_.rollup().slots[slot].kind == AggregateKind::percentile_cont) {
        fold_values(spans, i, states[i]);
        continue;
      }
      for (const SpanAt& at : spans) groups_.folder(at).add_to_slot(i, at.row, states[i]);
    }
  }

 private:
  void fold_values(std::span<const SpanAt> spans, std::size_t i, State& state) {
    values_.clear();
    for (const SpanAt& at : spans) {
      const SlotFolder& folder = groups_.folder(at);
      const std::int64_t value = (*folder.values(i))[at.row];
      if (value != kNull && folder.counts(i, at.row)) values_.push_back(value);
    }
    if (values_.empty()) return;
    auto& held = state.get_or_make<DistributionState>();
    if (held.dropped) throw StoreError("a span came for a bucket whose distribution was dropped");
    held.results.clear();
    held.distribution.merge(Distribution::of(values_));
  }

  const Groups& groups_;
  const RowCodec& codec_;
  std::vector<std::int64_t> values_;
};

/// What the pass goes on from: the computed record; else the seed, when it came before this chunk; else nothing.
std::optional<ComputedRow> base_of(const RowCodec& codec, const std::optional<std::string_view>& computed,
                                   ForwardReader& writer_rows, const std::string& key, std::uint64_t chunk_begin,
                                   std::size_t spans) {
  if (computed) return codec.decode_computed(*computed);
  const auto bytes = writer_rows.get(key);
  if (!bytes) throw StoreError("a bucket of " + codec.rollup().name + " has spans in the log and no row; the store is damaged");
  ComputedRow base;
  base.states.resize(codec.computed_slots().size());
  const WriterRow row = codec.decode_writer(*bytes);
  if (row.seed_sequence < chunk_begin) {
    base.computed_counter = 1;
    base.states = codec.decode_seed(row);
  } else if (spans == 1) {
    return std::nullopt;  // the seed itself, which is complete
  }
  return base;
}

}  // namespace

void compute_rollup(const Store& store, int rollup, const LogChunk& chunk, KvBatch& batch, Raised& raised) {
  const RowCodec& codec = store.codec(rollup);
  if (codec.computed_slots().empty()) return;
  const Groups groups(store, rollup, chunk);
  StateFolder folder(groups, codec);
  ForwardReader computed_rows(store.kv().cursor(Family::computed));
  ForwardReader writer_rows(store.kv().cursor(Family::buckets));
  for (const std::uint32_t bucket : groups.order()) {
    const auto spans = groups.spans(bucket);
    const std::string key = encode(groups.key(bucket));
    auto row = base_of(codec, computed_rows.get(key), writer_rows, key, chunk.begin, spans.size());
    if (!row) continue;
    folder.fold(spans, row->states);
    row->computed_counter += spans.size();
    batch.put(Family::computed, key, codec.encode(*row));
    raised.emplace_back(groups.key(bucket), row->computed_counter);
  }
}

}  // namespace tidemark
