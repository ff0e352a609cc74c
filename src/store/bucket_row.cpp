#include "store/bucket_row.hpp"

#include <algorithm>

namespace tidemark {

RowCodec::RowCodec(const SchemaMap& map, int rollup, const Catalog& catalog)
    : rollup_(&map.schema().rollups[static_cast<std::size_t>(rollup)]) {
  for (std::size_t s = 0; s < rollup_->slots.size(); ++s)
    (rollup_->slots[s].owned_by_writer ? writer_slots_ : computed_slots_).push_back(static_cast<int>(s));
  const Catalog::Rollup& entry = catalog.rollups[map.rollup_id(rollup)];
  for (std::size_t l = 0; l < entry.layouts.size(); ++l) {
    writer_layouts_.push_back(positions(entry, l, entry.layouts[l].writer, writer_slots_));
    computed_layouts_.push_back(positions(entry, l, entry.layouts[l].computed, computed_slots_));
  }
  current_ = static_cast<std::uint32_t>(entry.layouts.size() - 1);
}

RowCodec::Positions RowCodec::positions(const Catalog::Rollup& catalog, std::size_t layout,
                                        const std::vector<Catalog::Slot>& stored, const std::vector<int>& slots) const {
  Positions result;
  for (const Catalog::Slot& slot : stored) {
    const bool outdated = std::any_of(catalog.late_slots.begin(), catalog.late_slots.end(), [&](const auto& late) {
      return late.text == slot.text && layout < late.since_layout;
    });
    int target = -1;
    for (std::size_t i = 0; i < slots.size() && !outdated; ++i)
      if (rollup_->slots[static_cast<std::size_t>(slots[i])].text == slot.text) target = static_cast<int>(i);
    result.push_back({&aggregate_of(slot.kind), target, slot.percentiles});
  }
  return result;
}

const RowCodec::Positions& RowCodec::at(const std::vector<Positions>& layouts, std::uint64_t layout) const {
  if (layout >= layouts.size())
    throw StoreError("a row of " + rollup_->name + " has a layout that the catalog does not know");
  return layouts[layout];
}

void RowCodec::encode_states(const std::vector<State>& states, const std::vector<int>& slots, bool with_results,
                             std::string& out) const {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const SlotDef& slot = rollup_->slots[static_cast<std::size_t>(slots[i])];
    aggregate_of(slot.kind).encode(states[i], out);
    if (!with_results || slot.kind != AggregateKind::percentile_cont) continue;
    const auto* held = states[i].get<DistributionState>();
    if (held == nullptr || held->dropped || held->distribution.empty()) continue;
    for (const double p : slot.percentiles) put_little_endian(out, held->distribution.percentile(p));
  }
}

void RowCodec::decode_states(ByteReader& in, const Positions& layout, bool with_results, std::vector<State>& states) {
  State skipped;
  for (const Position& position : layout) {
    State& state = position.target < 0 ? skipped : states[static_cast<std::size_t>(position.target)];
    position.aggregate->decode(in, state);
    if (!with_results || position.percentiles.empty()) continue;
    auto& held = state.get_or_make<DistributionState>();
    if (held.dropped || held.distribution.empty()) continue;
    for (const double p : position.percentiles) held.results.emplace_back(p, in.little_endian<double>());
  }
}

void RowCodec::encode(const WriterRow& row, std::uint64_t through, std::string& out) const {
  put_varint(out, current_);
  put_varint(out, row.update_counter);
  put_varint(out, row.seed_sequence);
  put_varint(out, through);
  encode_states(row.states, writer_slots_, false, out);
  put_varint(out, row.seed_layout);
  out.append(row.seed);
}

WriterRow RowCodec::decode_writer(std::string_view bytes) const {
  ByteReader in(bytes);
  const auto& layout = at(writer_layouts_, in.varint());
  WriterRow row;
  row.update_counter = in.varint();
  row.seed_sequence = in.varint();
  row.through = in.varint();
  row.states.resize(writer_slots_.size());
  decode_states(in, layout, false, row.states);
  row.seed_layout = static_cast<std::uint32_t>(in.varint());
  row.seed = in.bytes(in.left());
  return row;
}

std::string RowCodec::encode(const ComputedRow& row) const {
  std::string out;
  put_varint(out, current_);
  put_varint(out, row.computed_counter);
  encode_states(row.states, computed_slots_, true, out);
  return out;
}

ComputedRow RowCodec::decode_computed(std::string_view bytes) const {
  ByteReader in(bytes);
  const auto& layout = at(computed_layouts_, in.varint());
  ComputedRow row;
  row.computed_counter = in.varint();
  row.states.resize(computed_slots_.size());
  decode_states(in, layout, true, row.states);
  return row;
}

std::uint64_t RowCodec::update_counter(std::string_view writer_row) {
  ByteReader in(writer_row);
  in.varint();
  return in.varint();
}

std::uint64_t RowCodec::computed_counter(std::string_view computed_row) { return update_counter(computed_row); }

std::string RowCodec::encode_seed(const std::vector<State>& states) const {
  std::string out;
  encode_states(states, computed_slots_, false, out);
  return out;
}

std::vector<State> RowCodec::decode_seed(const WriterRow& row) const {
  std::vector<State> states(computed_slots_.size());
  ByteReader in(row.seed);
  decode_states(in, at(computed_layouts_, row.seed_layout), false, states);
  return states;
}

}  // namespace tidemark
