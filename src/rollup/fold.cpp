#include "rollup/fold.hpp"

namespace tidemark {

SlotFolder::SlotFolder(const Schema& schema, const RollupDef& rollup, const std::vector<int>& slots,
                       const Commit& commit, const SpanColumns& columns)
    : commit_(commit), columns_(columns) {
  const SourceDef& source = schema.sources[static_cast<std::size_t>(columns.source)];
  times_ = &columns.fields[static_cast<std::size_t>(source.time_field)];
  for (const int index : slots) {
    const SlotDef& slot = rollup.slots[static_cast<std::size_t>(index)];
    Input input;
    input.aggregate = &aggregate_of(slot.kind);
    if (slot.field >= 0) {
      input.values = &columns.fields[static_cast<std::size_t>(slot.field)];
      input.is_text = is_text(source.fields[static_cast<std::size_t>(slot.field)].type);
    }
    if (slot.second_field >= 0) input.second = &columns.fields[static_cast<std::size_t>(slot.second_field)];
    if (!slot.where.always()) input.matches = matching_spans(slot.where, columns, commit.texts);
    inputs_.push_back(std::move(input));
  }
}

void SlotFolder::add_to_slot(std::size_t i, std::size_t row, State& state) const {
  const Input& input = inputs_[i];
  if (!input.matches.empty() && input.matches[row] == 0) return;
  Contribution c;
  c.value = input.values != nullptr ? (*input.values)[row] : 1;
  if (input.second != nullptr) c.second = (*input.second)[row];
  if (input.is_text && c.value != kNull) c.text = commit_.texts[static_cast<std::size_t>(c.value)];
  c.time = time(row);
  c.identity = &columns_.identities[row];
  input.aggregate->add(state, c);
}

}  // namespace tidemark
