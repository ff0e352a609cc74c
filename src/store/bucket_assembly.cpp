#include "store/bucket_assembly.hpp"

namespace tidemark {

BucketAssembly::BucketAssembly(const Store& store, int rollup, Instant now, SnapshotPtr at)
    : store_(store),
      codec_(store.codec(rollup)),
      def_(codec_.rollup()),
      catalog_(store.catalog_rollup(rollup)),
      now_(now),
      lateness_(store.schema().sources[static_cast<std::size_t>(def_.source)].allowed_lateness),
      at_(std::move(at)) {}

const BucketAssembly::Dimensions& BucketAssembly::look_up(DimensionsId id) {
  if (id == last_id_) return last_;
  const std::string canonical = store_.dimensions_of(id, at_);
  last_ = {parse_key(canonical), key_digest(canonical)};
  last_id_ = id;
  return last_;
}

const std::vector<DimensionValue>& BucketAssembly::dimensions(DimensionsId id) { return look_up(id).values; }

bool BucketAssembly::hour_is_over(const BucketKey& key) const {
  return !def_.every || key.start() + *def_.every + lateness_ <= now_;
}

Bucket BucketAssembly::assemble(const BucketKey& key, std::string_view writer_row,
                                const std::optional<std::string_view>& computed) {
  WriterRow row = codec_.decode_writer(writer_row);
  const Dimensions& dimensions = look_up(key.dimensions);
  Bucket bucket;
  bucket.dimensions = dimensions.values;
  bucket.key = dimensions.digest;
  bucket.start = key.start();
  bucket.agent = store_.agent();
  bucket.epoch = key.epoch;
  bucket.update_counter = row.update_counter;
  bucket.states.resize(def_.slots.size());
  for (std::size_t i = 0; i < codec_.writer_slots().size(); ++i)
    bucket.states[static_cast<std::size_t>(codec_.writer_slots()[i])] = std::move(row.states[i]);

  std::vector<State> states;
  if (codec_.computed_slots().empty()) {
    bucket.computed_counter = row.update_counter;
  } else if (computed) {
    ComputedRow computed_row = codec_.decode_computed(*computed);
    bucket.computed_counter = computed_row.computed_counter;
    states = std::move(computed_row.states);
  } else {
    bucket.computed_counter = 1;
    states = codec_.decode_seed(row);
  }
  for (std::size_t i = 0; i < states.size(); ++i) {
    const auto* held = def_.slots[static_cast<std::size_t>(codec_.computed_slots()[i])].kind == AggregateKind::percentile_cont
                           ? states[i].get<DistributionState>()
                           : nullptr;
    bucket.unmergeable |= held != nullptr && held->dropped;
    bucket.states[static_cast<std::size_t>(codec_.computed_slots()[i])] = std::move(states[i]);
  }
  bucket.finished = bucket.computed_counter == bucket.update_counter && hour_is_over(key);
  if (def_.every) {
    for (const Catalog::LateSlot& late : catalog_.late_slots) {
      if (bucket.start >= first_complete_start(def_.every, late.complete_from)) continue;
      bucket.incomplete_slots.resize(def_.slots.size());
      for (std::size_t s = 0; s < def_.slots.size(); ++s)
        if (def_.slots[s].text == late.text) bucket.incomplete_slots[s] = true;
    }
  }
  return bucket;
}

std::optional<std::string_view> ForwardReader::get(std::string_view key) {
  // Neighbours are mostly a step or two away; a seek costs about as much as eight steps.
  constexpr int kSteps = 8;
  for (int step = 0; started_ && cursor_->valid() && cursor_->key() < key; ++step) {
    if (step == kSteps) {
      cursor_->seek(key);
      break;
    }
    cursor_->next();
  }
  if (!started_) cursor_->seek(key);
  started_ = true;
  if (!cursor_->valid() || cursor_->key() != key) return std::nullopt;
  return cursor_->value();
}

}  // namespace tidemark
