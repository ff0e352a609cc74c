#include "store/bucket_assembly.hpp"

namespace tidemark {

BucketAssembly::BucketAssembly(const Store& store, int rollup, Instant now, SnapshotPtr at, SlotUses uses)
    : store_(store),
      codec_(store.codec(rollup)),
      def_(codec_.rollup()),
      now_(now),
      lateness_(store.schema().sources[static_cast<std::size_t>(def_.source)].allowed_lateness),
      at_(std::move(at)),
      uses_(std::move(uses)) {
  for (std::size_t s = 0; s < def_.slots.size(); ++s) {
    if (def_.slots[s].kind == AggregateKind::percentile_cont) distribution_slots_.push_back(s);
    for (const Catalog::LateSlot& late : store.catalog_rollup(rollup).late_slots)
      if (def_.every && late.text == def_.slots[s].text)
        late_slots_.push_back({s, first_complete_start(def_.every, late.complete_from)});
  }
}

const BucketAssembly::Dimensions& BucketAssembly::look_up(DimensionsId id) {
  if (id == last_id_) return last_;
  const std::string canonical = store_.dimensions_of(id, at_);
  last_ = {parse_key(canonical), key_digest(canonical)};
  last_id_ = id;
  return last_;
}

const std::vector<DimensionValue>& BucketAssembly::dimensions(DimensionsId id) { return look_up(id).values; }

bool BucketAssembly::takes_no_more(const BucketKey& key) const {
  return key.epoch != store_.epoch() || store_.is_sealed() || !def_.every || key.start() + *def_.every + lateness_ <= now_;
}

Bucket BucketAssembly::assemble(const BucketKey& key, std::string_view writer_row,
                                const std::optional<std::string_view>& computed) {
  Bucket bucket;
  assemble_into(key, writer_row, computed, bucket);
  const Dimensions& dimensions = look_up(key.dimensions);
  bucket.dimensions = dimensions.values;
  bucket.key = dimensions.digest;
  return bucket;
}

void BucketAssembly::assemble_into(const BucketKey& key, std::string_view writer_row,
                                   const std::optional<std::string_view>& computed, Bucket& bucket) const {
  bucket.states.resize(def_.slots.size());
  const WriterHead head = codec_.read_writer(writer_row, uses_, bucket.states);
  bucket.dimensions_id = key.dimensions;
  bucket.start = key.start();
  bucket.agent = store_.agent();
  bucket.epoch = key.epoch;
  bucket.update_counter = head.update_counter;
  if (codec_.computed_slots().empty()) {
    bucket.computed_counter = head.update_counter;
  } else if (computed) {
    bucket.computed_counter = codec_.read_computed(*computed, uses_, bucket.states);
  } else {
    bucket.computed_counter = 1;
    codec_.read_seed(head, uses_, bucket.states);
  }
  bucket.unmergeable = false;
  for (const std::size_t slot : distribution_slots_) {
    const auto* held = bucket.states[slot].get<DistributionState>();
    bucket.unmergeable |= held != nullptr && held->dropped;
  }
  bucket.finished = bucket.computed_counter == bucket.update_counter && takes_no_more(key);
  bucket.incomplete_slots.clear();
  for (const LateSlot& late : late_slots_) {
    if (bucket.start >= late.from) continue;
    bucket.incomplete_slots.resize(def_.slots.size());
    bucket.incomplete_slots[late.slot] = true;
  }
}

}  // namespace tidemark
