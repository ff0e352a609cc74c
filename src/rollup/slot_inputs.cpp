#include "rollup/slot_inputs.hpp"

#include <algorithm>

#include "model/span_batch.hpp"
#include "rollup/sort_values.hpp"

namespace tidemark {

SlotInputs::SlotInputs(const Store& store, int rollup, const ChunkPlan& plan, const SpanChunk& chunk)
    : codec_(store.codec(rollup)),
      chunk_(chunk),
      source_(chunk.sources[static_cast<std::size_t>(codec_.rollup().source)]) {
  const SourceDef& def = store.schema().sources[static_cast<std::size_t>(codec_.rollup().source)];
  for (std::size_t i = 0; i < codec_.computed_slots().size(); ++i)
    add_slot(def, plan, codec_.rollup().slots[static_cast<std::size_t>(codec_.computed_slots()[i])], i);
}

void SlotInputs::add_slot(const SourceDef& def, const ChunkPlan& plan, const SlotDef& slot, std::size_t state) {
  const auto* matches =
      slot.where.always() ? nullptr : &source_.matches[plan.filter(codec_.rollup().source, slot.where)];
  const auto field = [&](int index) { return index < 0 ? nullptr : &source_.fields[static_cast<std::size_t>(index)]; };
  const ValueAggregate* aggregate = value_aggregate_of(slot.kind);
  if (aggregate == nullptr) {
    singles_.push_back({state, &aggregate_of(slot.kind), field(slot.field), field(slot.second_field), matches,
                        slot.field >= 0 && is_text(def.fields[static_cast<std::size_t>(slot.field)].type)});
    return;
  }
  auto at = std::find_if(shared_.begin(), shared_.end(), [&](const Shared& shared) {
    return shared.values == field(slot.field) && shared.matches == matches;
  });
  if (at == shared_.end()) at = shared_.insert(at, {field(slot.field), matches, {}, {}});
  at->slots.emplace_back(state, aggregate);
}

void SlotInputs::clear(std::vector<State>& states) const {
  states.resize(codec_.computed_slots().size());
  for (State& state : states) {
    state.n = 0;
    state.v = 0;
    if (state.extra && !state.extra->clear()) state.extra.reset();
  }
}

void SlotInputs::load(std::span<const BucketSpan> spans) {
  loaded_ = spans;
  for (Shared& shared : shared_) {
    if (shared.values == nullptr && shared.matches == nullptr) continue;
    shared.loaded.resize(spans.size());
    std::int64_t* const out = shared.loaded.data();
    if (shared.values != nullptr)
      for (std::size_t i = 0; i < spans.size(); ++i) out[i] = (*shared.values)[spans[i].row];
    else
      std::fill_n(out, spans.size(), std::int64_t{1});
    if (shared.matches != nullptr)
      for (std::size_t i = 0; i < spans.size(); ++i) out[i] = (*shared.matches)[spans[i].row] != 0 ? out[i] : kNull;
  }
}

void SlotInputs::fold(std::size_t first, std::size_t count, std::vector<State>& states) {
  for (Shared& shared : shared_) {
    const ValueRun run = take(shared, first, count);
    if (run.count == 0) continue;
    for (const auto& [state, aggregate] : shared.slots) aggregate->add_run(states[state], run);
  }
  for (const Single& slot : singles_) fold_single(slot, loaded_.subspan(first, count), states[slot.state]);
}

ValueRun SlotInputs::take(Shared& shared, std::size_t first, std::size_t count) {
  if (shared.loaded.empty()) return {count, {}};
  const std::span<std::int64_t> values = std::span(shared.loaded).subspan(first, count);
  std::size_t n = 0;
  for (const std::int64_t value : values) {
    values[n] = value;
    n += value != kNull;
  }
  if (shared.values == nullptr) return {n, {}};
  return {n, sort_values(values.first(n), scratch_)};
}

void SlotInputs::fold_single(const Single& slot, std::span<const BucketSpan> spans, State& state) const {
  for (const BucketSpan& span : spans) {
    if (slot.matches != nullptr && (*slot.matches)[span.row] == 0) continue;
    Contribution c;
    c.value = slot.values != nullptr ? (*slot.values)[span.row] : 1;
    if (slot.second != nullptr) c.second = (*slot.second)[span.row];
    if (slot.is_text && c.value != kNull) c.text = chunk_.text(c.value);
    c.time = Instant{source_.times[span.row]};
    c.identity = &source_.identities[span.row];
    slot.aggregate->add(state, c);
  }
}

}  // namespace tidemark
