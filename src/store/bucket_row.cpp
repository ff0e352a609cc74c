#include "store/bucket_row.hpp"

#include <algorithm>

#include "model/aggregates/plain_states.hpp"

namespace tidemark {
namespace {

/// How a computed row begins a percentile_cont state.
constexpr std::uint8_t kNoValues = 0;
constexpr std::uint8_t kResults = 1;  // the distribution is at the row's end
constexpr std::uint8_t kDropped = 2;

void put_results(const DistributionState* held, const std::vector<double>& percentiles, std::string& out) {
  if (held == nullptr || (!held->dropped && held->distribution.empty())) return put_u8(out, kNoValues);
  put_u8(out, held->dropped ? kDropped : kResults);
  if (!held->dropped) {
    held->distribution.percentiles(percentiles, [&](double result) { put_little_endian(out, result); });
    return;
  }
  put_varint(out, held->results.size());
  for (const auto& [p, value] : held->results) {
    put_little_endian(out, p);
    put_little_endian(out, value);
  }
}

/// The state's memory is used again; it has no distribution then.
DistributionState& emptied(State& state) {
  auto& held = state.get_or_make<DistributionState>();
  held.dropped = false;
  held.results.clear();
  if (!held.distribution.empty()) held.distribution = {};
  return held;
}

void take_results(ByteReader& in, const std::vector<double>& percentiles, State& state) {
  DistributionState& held = emptied(state);
  const std::uint8_t form = in.u8();
  if (form == kResults) {
    for (const double p : percentiles) held.results.emplace_back(p, in.little_endian<double>());
  } else if (form == kDropped) {
    held.dropped = true;
    for (std::size_t left = in.count(); left > 0; --left) {
      const auto p = in.little_endian<double>();
      held.results.emplace_back(p, in.little_endian<double>());
    }
  } else if (form != kNoValues) {
    throw StoreError("a stored percentile has a form that is not known");
  }
}

/// The state of one value, of which every percentile is that value; false when it is anything else.
bool take_one_value(ByteReader& in, const std::vector<double>& percentiles, State& state) {
  ByteReader ahead = in;
  if (ahead.u8() != 0 || ahead.varint() != 2) return false;  // not dropped; one value, no counts
  const auto value = static_cast<double>(ahead.signed_varint());
  DistributionState& held = emptied(state);
  for (const double p : percentiles) held.results.emplace_back(p, value);
  in = ahead;
  return true;
}

bool includes(const std::vector<double>& all, const std::vector<double>& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

}  // namespace

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
  result.absent = slots;
  for (const Catalog::Slot& slot : stored) {
    const bool outdated = std::any_of(catalog.late_slots.begin(), catalog.late_slots.end(), [&](const auto& late) {
      return late.text == slot.text && layout < late.since_layout;
    });
    Position position{slot.kind, &aggregate_of(slot.kind), -1, -1, slot.percentiles, {}, true};
    for (std::size_t i = 0; i < slots.size() && !outdated; ++i) {
      const SlotDef& def = rollup_->slots[static_cast<std::size_t>(slots[i])];
      if (def.text != slot.text) continue;
      position.target = static_cast<int>(i);
      position.slot = slots[i];
      position.shown = def.percentiles;
      position.has_all_results = includes(slot.percentiles, def.percentiles);
      std::erase(result.absent, slots[i]);
    }
    result.stored.push_back(std::move(position));
  }
  return result;
}

const RowCodec::Positions& RowCodec::at(const std::vector<Positions>& layouts, std::uint64_t layout) const {
  if (layout >= layouts.size())
    throw StoreError("a row of " + rollup_->name + " has a layout that the catalog does not know");
  return layouts[layout];
}

void RowCodec::decode_states(ByteReader& in, const Positions& layout, int Position::*index, Form form,
                             const SlotUses& uses, std::vector<State>& states) {
  State skipped;
  const auto state_of = [&](const Position& position) -> State& {
    const int at = position.*index;
    if (at >= 0) return states[static_cast<std::size_t>(at)];
    skipped = State{};  // the one before may be of another kind
    return skipped;
  };
  bool distributions = false;
  for (const Position& position : layout.stored) {
    const SlotUse use = use_of(position, uses);
    State& state = state_of(position);
    switch (position.kind) {
      case AggregateKind::count: decode_count(in, state); break;
      case AggregateKind::sum:
      case AggregateKind::avg: decode_sum(in, state); break;
      case AggregateKind::min:
      case AggregateKind::max: decode_extreme(in, state); break;
      case AggregateKind::percentile_cont:
        if (form == Form::computed) {
          take_results(in, position.percentiles, state);
          distributions |= wants_distribution(position, use);
        } else if (use == SlotUse::state || !take_one_value(in, position.shown, state)) {
          position.aggregate->decode(in, state);
        }
        break;
      default:
        use == SlotUse::state ? position.aggregate->decode(in, state) : position.aggregate->decode_result(in, state);
    }
  }
  if (!distributions) return;
  for (const Position& position : layout.stored) {
    if (position.kind != AggregateKind::percentile_cont) continue;
    const std::string_view bytes = in.text();
    if (bytes.empty() || !wants_distribution(position, use_of(position, uses))) continue;
    ByteReader distribution(bytes);
    state_of(position).get_or_make<DistributionState>().distribution = Distribution::decode(distribution);
  }
}

SlotUse RowCodec::use_of(const Position& position, const SlotUses& uses) {
  if (position.slot < 0) return SlotUse::none;
  return uses.empty() ? SlotUse::state : uses[static_cast<std::size_t>(position.slot)];
}

bool RowCodec::wants_distribution(const Position& position, SlotUse use) {
  return use == SlotUse::state || (use == SlotUse::result && !position.has_all_results);
}

void RowCodec::encode(const WriterRow& row, std::uint64_t through, std::string& out) const {
  put_varint(out, current_);
  put_varint(out, row.update_counter);
  put_varint(out, row.seed_sequence);
  // A row that is ahead of a replay, because a checkpoint was cut off after it wrote it, stays so.
  put_varint(out, std::max(through, row.through));
  for (std::size_t i = 0; i < writer_slots_.size(); ++i) aggregate_at(writer_slots_[i]).encode(row.states[i], out);
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
  decode_states(in, layout, &Position::target, Form::state, {}, row.states);
  row.seed_layout = static_cast<std::uint32_t>(in.varint());
  row.seed = in.bytes(in.left());
  return row;
}

std::string RowCodec::encode(const ComputedRow& row) const {
  std::string out;
  encode(row, out);
  return out;
}

void RowCodec::encode(const ComputedRow& row, std::string& out) const {
  put_varint(out, current_);
  put_varint(out, row.computed_counter);
  for (std::size_t i = 0; i < computed_slots_.size(); ++i) {
    const SlotDef& slot = rollup_->slots[static_cast<std::size_t>(computed_slots_[i])];
    if (slot.kind == AggregateKind::percentile_cont)
      put_results(row.states[i].get<DistributionState>(), slot.percentiles, out);
    else
      aggregate_of(slot.kind).encode(row.states[i], out);
  }
  // Behind all results, so that whoever wants only those never touches them.
  thread_local std::string bytes;
  for (std::size_t i = 0; i < computed_slots_.size(); ++i) {
    if (rollup_->slots[static_cast<std::size_t>(computed_slots_[i])].kind != AggregateKind::percentile_cont) continue;
    const auto* held = row.states[i].get<DistributionState>();
    bytes.clear();
    if (held != nullptr && !held->dropped && !held->distribution.empty()) held->distribution.encode(bytes);
    put_text(out, bytes);
  }
}

ComputedRow RowCodec::decode_computed(std::string_view bytes) const {
  ByteReader in(bytes);
  const auto& layout = at(computed_layouts_, in.varint());
  ComputedRow row;
  row.computed_counter = in.varint();
  row.states.resize(computed_slots_.size());
  decode_states(in, layout, &Position::target, Form::computed, {}, row.states);
  return row;
}

std::uint64_t RowCodec::update_counter(std::string_view writer_row) {
  ByteReader in(writer_row);
  in.varint();
  return in.varint();
}

std::uint64_t RowCodec::computed_counter(std::string_view computed_row) { return update_counter(computed_row); }

std::uint64_t RowCodec::seed_sequence(std::string_view writer_row) {
  ByteReader in(writer_row);
  in.varint();
  in.varint();
  return in.varint();
}

std::string RowCodec::encode_seed(const std::vector<State>& states) const {
  std::string out;
  for (std::size_t i = 0; i < computed_slots_.size(); ++i) aggregate_at(computed_slots_[i]).encode(states[i], out);
  return out;
}

std::vector<State> RowCodec::decode_seed(const WriterRow& row) const {
  std::vector<State> states(computed_slots_.size());
  ByteReader in(row.seed);
  decode_states(in, at(computed_layouts_, row.seed_layout), &Position::target, Form::state, {}, states);
  return states;
}

WriterHead RowCodec::read_writer(std::string_view bytes, const SlotUses& uses, std::vector<State>& states) const {
  ByteReader in(bytes);
  const auto& layout = at(writer_layouts_, in.varint());
  WriterHead head;
  head.update_counter = in.varint();
  in.varint();  // the seed's sequence
  in.varint();  // through
  read_states(in, layout, Form::state, uses, states);
  head.seed_layout = in.varint();
  head.seed = in.bytes(in.left());
  return head;
}

std::uint64_t RowCodec::read_computed(std::string_view bytes, const SlotUses& uses, std::vector<State>& states) const {
  ByteReader in(bytes);
  const auto& layout = at(computed_layouts_, in.varint());
  const std::uint64_t counter = in.varint();
  read_states(in, layout, Form::computed, uses, states);
  return counter;
}

void RowCodec::read_seed(const WriterHead& head, const SlotUses& uses, std::vector<State>& states) const {
  ByteReader in(head.seed);
  read_states(in, at(computed_layouts_, head.seed_layout), Form::state, uses, states);
}

void RowCodec::read_states(ByteReader& in, const Positions& layout, Form form, const SlotUses& uses,
                           std::vector<State>& states) {
  for (const int slot : layout.absent) states[static_cast<std::size_t>(slot)] = State{};
  decode_states(in, layout, &Position::slot, form, uses, states);
}

}  // namespace tidemark
