#include "rollup/epoch_split.hpp"

#include <algorithm>

#include "rollup/rebuild.hpp"

namespace tidemark {
namespace {

/// Rows are changed in batches of about this many.
constexpr std::size_t kBatchRows = 5'000;
/// Spans from after the cut whose buckets are held in memory together.
constexpr std::uint64_t kSpansPerShare = 1'000'000;

/// The cut of one rollup.
class RollupSplit {
 public:
  RollupSplit(const Store& store, const meta::Split& split, int rollup)
      : store_(store),
        split_(split),
        rollup_(rollup),
        codec_(store.codec(rollup)),
        sinks_(meta::load_sinks(store.kv()).size()),
        end_(store.next_sequence()) {}

  void run(std::uint64_t shares) {
    move_rows();
    for (std::uint64_t share = 0; share < shares; ++share) cut_rows(share, shares);
  }

 private:
  BucketKey in_next_epoch(BucketKey key) const {
    key.epoch = split_.next.number;
    return key;
  }

  void mark(const BucketKey& key, std::uint64_t computed_counter) {
    for (std::size_t sink = 0; sink < sinks_; ++sink)
      batch_.put(Family::pending, encode(PendingKey{static_cast<std::uint16_t>(sink), key, computed_counter}), {});
  }

  /// Marks of what the bucket has no more: nothing would ever make them good.
  void erase_marks_above(const BucketKey& key, std::uint64_t computed_counter) {
    const auto cursor = store_.kv().cursor(Family::pending);
    for (std::size_t sink = 0; sink < sinks_; ++sink) {
      const auto id = static_cast<std::uint16_t>(sink);
      for (cursor->seek(encode(PendingKey{id, key, computed_counter + 1})); cursor->valid(); cursor->next()) {
        const PendingKey mark = parse_pending_key(cursor->key());
        if (mark.sink != id || mark.bucket != key) break;
        batch_.erase(Family::pending, cursor->key());
      }
    }
  }

  void commit(std::size_t at_least) {
    if (rows_ < at_least || batch_.empty()) return;
    store_.kv().commit(batch_, KvStore::Durability::later);
    batch_.clear();
    rows_ = 0;
  }

  /// Buckets that began after the cut go over whole.
  void move_rows() {
    const BucketKey first{store_.map().rollup_id(rollup_), split_.old, 0, 0};
    const auto cursor = store_.kv().cursor(Family::buckets);
    for (cursor->seek(encode(first)); cursor->valid(); cursor->next()) {
      const BucketKey key = parse_bucket_key(cursor->key());
      if (key.rollup != first.rollup || key.epoch != first.epoch) break;
      if (RowCodec::seed_sequence(cursor->value()) < split_.next.start) continue;
      const std::string moved = encode(in_next_epoch(key));
      batch_.put(Family::buckets, moved, cursor->value());
      batch_.erase(Family::buckets, cursor->key());
      std::uint64_t counter = codec_.computed_slots().empty() ? RowCodec::update_counter(cursor->value()) : 1;
      if (const auto computed = store_.kv().get(Family::computed, cursor->key())) {
        counter = RowCodec::computed_counter(*computed);
        batch_.put(Family::computed, moved, *computed);
        batch_.erase(Family::computed, cursor->key());
      }
      mark(in_next_epoch(key), counter);
      ++rows_;
      commit(kBatchRows);
    }
    commit(0);
  }

  /// Buckets that began before the cut and have spans after it.
  void cut_rows(std::uint64_t share, std::uint64_t shares) {
    const Rebuild rebuild(store_, rollup_);
    RebuiltBuckets after;
    const auto began_before = [&](const BucketKey& key) {
      if (BucketKeyHash()(key) % shares != share) return false;
      return after.contains(key) || (store_.kv().get(Family::buckets, encode(key)) &&
                                     !store_.kv().get(Family::buckets, encode(in_next_epoch(key))));
    };
    store_.scan_log(split_.next.start, end_, [&](std::uint64_t sequence, std::string_view block) {
      rebuild.add(decode_block(block, store_.map()), sequence, split_.old, began_before, after);
      return true;
    });
    if (after.empty()) return;
    RebuiltBuckets before = parts_before(rebuild, after);
    for (const auto& [key, part] : after) {
      cut_row(key, part, before[key]);
      ++rows_;
      commit(kBatchRows);
    }
    commit(0);
  }

  /// What raw spans from before the cut give for the buckets of `after`. Blocks that end before these begin are not read.
  RebuiltBuckets parts_before(const Rebuild& rebuild, const RebuiltBuckets& after) const {
    Instant first = after.begin()->first.start();
    for (const auto& [key, part] : after) first = std::min(first, key.start());
    const std::uint16_t source = store_.map().source_id(codec_.rollup().source);
    const auto may_be_in = [&](const BlockSummary::Source& s) { return s.id == source && s.last >= first; };
    const auto is_cut = [&](const BucketKey& key) { return after.contains(key); };
    RebuiltBuckets before;
    store_.scan_log_index(
        store_.epochs().back().start, split_.next.start, [&](std::uint64_t sequence, const BlockSummary& summary) {
          if (std::none_of(summary.sources.begin(), summary.sources.end(), may_be_in)) return true;
          if (const auto block = store_.kv().get(Family::log, sequence_key(sequence)))
            rebuild.add(decode_block(*block, store_.map()), sequence, split_.old, is_cut, before);
          return true;
        });
    return before;
  }

  void cut_row(const BucketKey& key, const RebuiltBucket& after, const RebuiltBucket& before) {
    const std::string key_bytes = encode(key);
    WriterRow row = codec_.decode_writer(*store_.kv().get(Family::buckets, key_bytes));
    const auto computed_bytes = store_.kv().get(Family::computed, key_bytes);
    ComputedRow computed;
    if (computed_bytes) computed = codec_.decode_computed(*computed_bytes);
    // Sealed by retention since: what it has can't be told apart any more.
    if (was_dropped(computed.states) || row.update_counter < after.spans) return;
    const bool all_survive = before.spans + after.spans == row.update_counter;
    row.update_counter -= after.spans;
    take_out(row.states, codec_.writer_slots(), after, all_survive ? &before : nullptr);
    put(key, row, end_);
    if (computed_bytes) {
      computed.computed_counter -= after.spans;
      take_out(computed.states, codec_.computed_slots(), after, all_survive ? &before : nullptr);
      batch_.put(Family::computed, key_bytes, codec_.encode(computed));
    }
    const std::uint64_t left = computed_bytes ? computed.computed_counter : row.update_counter;
    erase_marks_above(key, left);
    mark(key, left);
    put_part(in_next_epoch(key), after);
  }

  /// The row of the new epoch.
  void put_part(const BucketKey& key, const RebuiltBucket& part) {
    WriterRow row;
    row.update_counter = part.spans;
    row.seed_sequence = part.first_block;
    row.states = chosen(part.states, codec_.writer_slots());
    row.seed = codec_.encode_seed(chosen(part.first_states, codec_.computed_slots()));
    row.seed_layout = codec_.layout();
    put(key, row, end_);
    const bool has_pass = !codec_.computed_slots().empty();
    if (has_pass && part.spans > 1)
      batch_.put(Family::computed, encode(key),
                 codec_.encode(ComputedRow{part.spans, chosen(part.states, codec_.computed_slots())}));
    mark(key, part.spans);
  }

  void put(const BucketKey& key, const WriterRow& row, std::uint64_t through) {
    std::string bytes;
    codec_.encode(row, through, bytes);
    batch_.put(Family::buckets, encode(key), bytes);
  }

  static std::vector<State> chosen(const std::vector<State>& states, const std::vector<int>& slots) {
    std::vector<State> some;
    for (const int slot : slots) some.push_back(states[static_cast<std::size_t>(slot)]);
    return some;
  }

  /// `states` are of `slots`; `all`: what is left, where it is known for itself.
  void take_out(std::vector<State>& states, const std::vector<int>& slots, const RebuiltBucket& part,
                const RebuiltBucket* all) const {
    for (std::size_t i = 0; i < states.size(); ++i) {
      const auto slot = static_cast<std::size_t>(slots[i]);
      if (all != nullptr && all->spans != 0)
        states[i] = all->states[slot];
      else
        aggregate_of(codec_.rollup().slots[slot].kind).remove(states[i], part.states[slot]);
    }
  }

  static bool was_dropped(const std::vector<State>& states) {
    return std::any_of(states.begin(), states.end(), [](const State& state) {
      const auto* held = dynamic_cast<const DistributionState*>(state.extra.get());
      return held != nullptr && held->dropped;
    });
  }

  const Store& store_;
  const meta::Split& split_;
  int rollup_;
  const RowCodec& codec_;
  std::size_t sinks_;
  std::uint64_t end_;
  KvBatch batch_;
  std::size_t rows_ = 0;
};

}  // namespace

void plan_epoch_split(const Store& store, const meta::Epoch& next) {
  KvBatch batch;
  meta::put_split(batch, {store.epoch(), next});
  store.kv().commit(batch, KvStore::Durability::synced);
}

bool epoch_split_is_due(const KvStore& kv) { return meta::load_split(kv).has_value(); }

void run_epoch_split(const Store& store) {
  const auto split = meta::load_split(store.kv());
  if (!split) return;
  std::uint64_t spans = 0;
  store.scan_log_index(split->next.start, store.next_sequence(),
                       [&](std::uint64_t, const BlockSummary& summary) { return spans += summary.spans(), true; });
  for (std::size_t r = 0; r < store.schema().rollups.size(); ++r)
    RollupSplit(store, *split, static_cast<int>(r)).run(spans / kSpansPerShare + 1);
  KvBatch batch;
  meta::put_identity(batch, store.agent(), split->next.number);
  meta::put_epoch(batch, split->next);
  if (store.is_sealed()) meta::put_sealed_epoch(batch, split->next.number);
  meta::erase_split(batch);
  store.kv().commit(batch, KvStore::Durability::synced);
}

}  // namespace tidemark
