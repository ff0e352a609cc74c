#include "rollup/compute_rollup.hpp"

#include <algorithm>
#include <limits>

#include "rollup/fork_join.hpp"
#include "rollup/slot_inputs.hpp"
#include "store/forward_reader.hpp"

namespace tidemark {
namespace {

/// Spans of whole buckets of one rollup: what one thread computes at a time.
struct Share {
  int rollup = -1;
  std::span<const BucketSpan> spans;
};
struct Computed {
  KvBatch batch;
  Raised raised;
};

/// One rollup's spans in the chunk, sorted.
std::vector<BucketSpan> sorted_spans(const Store& store, int rollup, const SpanChunk& chunk) {
  const RollupDef& def = store.schema().rollups[static_cast<std::size_t>(rollup)];
  const SpanChunk::Source& source = chunk.sources[static_cast<std::size_t>(def.source)];
  const auto& rollups = store.map().rollups_of(def.source);
  const auto at = std::find(rollups.begin(), rollups.end(), rollup) - rollups.begin();
  const std::vector<std::uint64_t>& dimensions = source.dimensions[static_cast<std::size_t>(at)];
  std::vector<BucketSpan> spans;
  spans.reserve(source.size());
  // Most spans start in the same bucket as the one before, so that few have to divide.
  Instant start{};
  Instant end{};
  for (std::size_t row = 0; row < source.size(); ++row) {
    if (dimensions[row] == kNotInRollup) continue;
    const Instant time{source.times[row]};
    if (time < start || time >= end) {
      start = def.bucket_start(time);
      end = def.every ? start + *def.every : Instant{std::numeric_limits<std::int64_t>::max()};
    }
    spans.push_back({dimensions[row], to_minutes(start), static_cast<std::uint32_t>(row)});
  }
  std::vector<BucketSpan> scratch;
  sort_by_bucket(spans, scratch);
  return spans;
}

/// The first index from `at` on that is not of the bucket of the span before it. `at` must be above 0.
std::size_t end_of_bucket(std::span<const BucketSpan> spans, std::size_t at) {
  while (at < spans.size() && spans[at].same_bucket(spans[at - 1])) ++at;
  return at;
}

/// Cuts spans between buckets into up to `parts` of about as many each.
void split(int rollup, std::span<const BucketSpan> spans, std::size_t parts, std::vector<Share>& shares) {
  for (; parts > 0 && !spans.empty(); --parts) {
    const std::size_t n = end_of_bucket(spans, (spans.size() + parts - 1) / parts);
    shares.push_back({rollup, spans.first(n)});
    spans = spans.subspan(n);
  }
}

/// Computes the buckets of one share.
class ShareComputation {
 public:
  ShareComputation(const Store& store, const ChunkPlan& plan, const SpanChunk& chunk,
                   const std::vector<Instant>& latest, const Share& share, Computed& computed)
      : store_(store),
        codec_(store.codec(share.rollup)),
        share_(share),
        chunk_(chunk),
        latest_(latest[static_cast<std::size_t>(codec_.rollup().source)]),
        computed_rows_(store.kv().cursor(Family::computed)),
        writer_rows_(store.kv().cursor(Family::buckets)),
        inputs_(store, share.rollup, plan, chunk),
        into_(computed) {}

  void run() {
    std::span<const BucketSpan> left = share_.spans;
    while (!left.empty()) {
      const std::size_t n = end_of_bucket(left, std::min(kLoaded, left.size()));
      run(left.first(n));
      left = left.subspan(n);
    }
  }

 private:
  /// Spans whose values are loaded at a time, and fit into the caches.
  static constexpr std::size_t kLoaded = 4096;

  void run(std::span<const BucketSpan> spans) {
    const std::uint32_t epoch = store_.epoch_of(chunk_.begin);
    inputs_.load(spans);
    for (std::size_t first = 0; first < spans.size();) {
      const BucketSpan& span = spans[first];
      const std::size_t end = end_of_bucket(spans, first + 1);
      compute({store_.map().rollup_id(share_.rollup), epoch, span.dimensions, span.start_minutes}, first, end - first);
      first = end;
    }
  }

  /// `count` of the spans loaded, from `first` on.
  void compute(const BucketKey& bucket, std::size_t first, std::size_t count) {
    key_.clear();
    put_bucket_key(key_, bucket);
    if (!load_base(bucket, count)) return;
    inputs_.fold(first, count, row_.states);
    row_.computed_counter += count;
    value_.clear();
    codec_.encode(row_, value_);
    into_.batch.put(Family::computed, key_, value_);
    into_.raised.emplace_back(bucket, row_.computed_counter);
  }

  /// What the pass goes on from: the computed record; else the seed, when it came before this chunk; else nothing.
  /// False when there is nothing to compute: the only span is the seed itself, which is complete.
  bool load_base(const BucketKey& bucket, std::size_t spans) {
    if (bucket.start() > latest_) return begin(spans);
    if (const auto stored = computed_rows_.get(key_)) {
      row_ = codec_.decode_computed(*stored);
      return true;
    }
    const auto bytes = writer_rows_.get(key_);
    if (!bytes)
      throw StoreError("a bucket of " + codec_.rollup().name +
                       " has spans in the log and no row; the store is damaged");
    if (RowCodec::seed_sequence(*bytes) < chunk_.begin) {
      row_.computed_counter = 1;
      row_.states = codec_.decode_seed(codec_.decode_writer(*bytes));
      return true;
    }
    return begin(spans);
  }

  /// For a bucket whose seed is in this chunk.
  bool begin(std::size_t spans) {
    if (spans == 1) return false;
    row_.computed_counter = 0;
    inputs_.clear(row_.states);
    return true;
  }

  const Store& store_;
  const RowCodec& codec_;
  const Share& share_;
  const SpanChunk& chunk_;
  const Instant latest_;
  ForwardReader computed_rows_;
  ForwardReader writer_rows_;
  SlotInputs inputs_;
  Computed& into_;
  // Kept from bucket to bucket for their memory.
  ComputedRow row_;
  std::string key_;
  std::string value_;
};

}  // namespace

SortedSpans sort_spans(const Store& store, const std::vector<int>& rollups, const SpanChunk& chunk,
                       std::size_t threads) {
  SortedSpans spans(rollups.size());
  fork_join(threads, rollups.size(), [&](std::size_t r) {
    if (!store.codec(rollups[r]).computed_slots().empty()) spans[r] = sorted_spans(store, rollups[r], chunk);
  });
  return spans;
}

void compute_rollups(const Store& store, const std::vector<int>& rollups, const ChunkPlan& plan, const SpanChunk& chunk,
                     const SortedSpans& spans, const std::vector<Instant>& latest, std::size_t threads, KvBatch& batch,
                     Raised& raised) {
  // A few shares for each thread, because buckets do not take the same time.
  const std::size_t parts = threads == 1 ? 1 : 3 * threads;
  std::vector<Share> shares;
  for (std::size_t r = 0; r < rollups.size(); ++r) split(rollups[r], spans[r], parts, shares);
  std::vector<Computed> computed(shares.size());
  fork_join(threads, shares.size(),
            [&](std::size_t i) { ShareComputation(store, plan, chunk, latest, shares[i], computed[i]).run(); });
  for (Computed& part : computed) {
    batch.append(std::move(part.batch));
    raised.insert(raised.end(), part.raised.begin(), part.raised.end());
  }
}

}  // namespace tidemark
