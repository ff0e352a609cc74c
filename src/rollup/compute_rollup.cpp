#include "rollup/compute_rollup.hpp"

#include <algorithm>
#include <limits>

#include "rollup/bucket_spans.hpp"
#include "rollup/fork_join.hpp"
#include "rollup/slot_inputs.hpp"
#include "store/forward_reader.hpp"

namespace tidemark {
namespace {

/// Behind all buckets.
constexpr BucketSpan kEnd{~DimensionsId{0}, ~std::uint32_t{0}, ~std::uint32_t{0}};

/// Buckets [first, end) of one rollup: what one thread computes at a time.
struct Share {
  int rollup = -1;
  BucketSpan first;
  BucketSpan end = kEnd;
};
struct Computed {
  KvBatch batch;
  Raised raised;
};

/// One rollup's spans in the chunk.
class RollupSpans {
 public:
  RollupSpans(const Store& store, int rollup, const SpanChunk& chunk)
      : def_(store.schema().rollups[static_cast<std::size_t>(rollup)]),
        source_(chunk.sources[static_cast<std::size_t>(def_.source)]) {
    const auto& rollups = store.map().rollups_of(def_.source);
    const auto at = std::find(rollups.begin(), rollups.end(), rollup) - rollups.begin();
    dimensions_ = &source_.dimensions[static_cast<std::size_t>(at)];
  }

  /// Those that fall into the share, sorted.
  std::vector<BucketSpan> of(const Share& share) const {
    std::vector<BucketSpan> spans;
    spans.reserve(source_.size());
    for (std::size_t row = 0; row < source_.size(); ++row) {
      if ((*dimensions_)[row] == kNotInRollup) continue;
      const BucketSpan span = at(row);
      if (span >= share.first && span < share.end) spans.push_back(span);
    }
    std::vector<BucketSpan> scratch;
    sort_by_bucket(spans, scratch);
    return spans;
  }

  /// Cuts the buckets into `parts` of about as many spans each, going by a sample.
  void split(int rollup, std::size_t parts, std::vector<Share>& shares) const {
    constexpr std::size_t kSample = 1024;
    std::vector<BucketSpan> sample;
    for (std::size_t i = 0; i < kSample && parts > 1 && source_.size() > 0; ++i) {
      sample.push_back(at(source_.size() * i / kSample));
      sample.back().row = 0;  // a bucket is in one share only
    }
    std::sort(sample.begin(), sample.end());
    Share share;
    share.rollup = rollup;
    for (std::size_t part = 1; part < parts && !sample.empty(); ++part) {
      const BucketSpan& cut = sample[sample.size() * part / parts];
      if (cut == share.first) continue;
      share.end = cut;
      shares.push_back(share);
      share.first = cut;
      share.end = kEnd;
    }
    shares.push_back(share);
  }

 private:
  BucketSpan at(std::size_t row) const {
    const Instant start = def_.bucket_start(Instant{source_.times[row]});
    return {(*dimensions_)[row], to_minutes(start), static_cast<std::uint32_t>(row)};
  }

  const RollupDef& def_;
  const SpanChunk::Source& source_;
  const std::vector<std::uint64_t>* dimensions_;
};

/// Computes the buckets of one share.
class ShareComputation {
 public:
  ShareComputation(const Store& store, const ChunkPlan& plan, const SpanChunk& chunk, const Share& share,
                   Computed& computed)
      : store_(store),
        codec_(store.codec(share.rollup)),
        share_(share),
        chunk_(chunk),
        computed_rows_(store.kv().cursor(Family::computed)),
        writer_rows_(store.kv().cursor(Family::buckets)),
        inputs_(store, share.rollup, plan, chunk),
        into_(computed) {}

  void run() {
    const std::vector<BucketSpan> spans = RollupSpans(store_, share_.rollup, chunk_).of(share_);
    const std::uint32_t epoch = store_.epoch_of(chunk_.begin);
    for (auto first = spans.begin(); first != spans.end();) {
      const auto end = std::find_if(first, spans.end(), [&](const auto& span) { return !span.same_bucket(*first); });
      compute({store_.map().rollup_id(share_.rollup), epoch, first->dimensions, first->start_minutes}, {first, end});
      first = end;
    }
  }

 private:
  void compute(const BucketKey& bucket, std::span<const BucketSpan> spans) {
    key_.clear();
    put_bucket_key(key_, bucket);
    if (!load_base(spans.size())) return;
    inputs_.fold(spans, row_.states);
    row_.computed_counter += spans.size();
    value_.clear();
    codec_.encode(row_, value_);
    into_.batch.put(Family::computed, key_, value_);
    into_.raised.emplace_back(bucket, row_.computed_counter);
  }

  /// What the pass goes on from: the computed record; else the seed, when it came before this chunk; else nothing.
  /// False when there is nothing to compute: the only span is the seed itself, which is complete.
  bool load_base(std::size_t spans) {
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
    if (spans == 1) return false;
    row_.computed_counter = 0;
    inputs_.clear(row_.states);
    return true;
  }

  const Store& store_;
  const RowCodec& codec_;
  const Share& share_;
  const SpanChunk& chunk_;
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

void compute_rollups(const Store& store, const std::vector<int>& rollups, const ChunkPlan& plan, const SpanChunk& chunk,
                     std::size_t threads, KvBatch& batch, Raised& raised) {
  // A few shares for each thread, so that one that was guessed too large does not leave the others idle.
  const std::size_t parts = threads == 1 ? 1 : 3 * threads;
  std::vector<Share> shares;
  for (const int rollup : rollups) {
    if (store.codec(rollup).computed_slots().empty()) continue;
    RollupSpans(store, rollup, chunk).split(rollup, parts, shares);
  }
  std::vector<Computed> computed(shares.size());
  fork_join(threads, shares.size(),
            [&](std::size_t i) { ShareComputation(store, plan, chunk, shares[i], computed[i]).run(); });
  for (Computed& part : computed) {
    batch.append(std::move(part.batch));
    raised.insert(raised.end(), part.raised.begin(), part.raised.end());
  }
}

}  // namespace tidemark
