#include "rollup/slot_inputs.hpp"

#include <algorithm>

#include "model/span_batch.hpp"

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
  if (at == shared_.end()) at = shared_.insert(at, {field(slot.field), matches, {}});
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

void SlotInputs::fold(std::span<const BucketSpan> spans, std::vector<State>& states) {
  for (const Shared& shared : shared_) {
    const ValueRun run = gather(shared, spans);
    if (run.count == 0) continue;
    for (const auto& [state, aggregate] : shared.slots) aggregate->add_run(states[state], run);
  }
  for (const Single& slot : singles_) fold_single(slot, spans, states[slot.state]);
}

ValueRun SlotInputs::gather(const Shared& shared, std::span<const BucketSpan> spans) {
  if (shared.values == nullptr) {
    std::uint64_t count = spans.size();
    if (shared.matches != nullptr) {
      count = 0;
      for (const BucketSpan& span : spans) count += (*shared.matches)[span.row];
    }
    return {count, {}};
  }
  values_.resize(spans.size());
  std::size_t n = 0;
  for (const BucketSpan& span : spans) {
    const std::int64_t value = (*shared.values)[span.row];
    values_[n] = value;
    n += value != kNull && (shared.matches == nullptr || (*shared.matches)[span.row] != 0);
  }
  std::sort(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(n));
  return {n, std::span(values_).first(n)};
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
