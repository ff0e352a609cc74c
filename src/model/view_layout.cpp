#include "model/view_layout.hpp"

#include <algorithm>

#include "model/units.hpp"

namespace tidemark {
namespace {

unsigned decimals_of(std::int64_t divisor) {
  unsigned scale = 0;
  for (; divisor > 1; divisor /= 10) ++scale;
  return scale;
}

using Kind = ValueType::Kind;

ValueType type_of_value(const ColumnDef& column) {
  switch (column.type) {
    case FieldType::text:
    case FieldType::result: return {Kind::text, 0};
    case FieldType::labels: return {Kind::text_list, 0};
    case FieldType::boolean: return {Kind::boolean, 0};
    default: break;
  }
  if (column.unit == ColumnUnit::instant) return {Kind::instant, 0};
  return {column.unit == ColumnUnit::micros ? Kind::integer : Kind::real, 0};
}

ValueType type_of(const ColumnDef& column) {
  switch (column.kind) {
    case AggregateKind::count:
    case AggregateKind::count_distinct: return {Kind::integer, 0};
    case AggregateKind::sum: return {Kind::numeric, decimals_of(unit_divisor(column))};
    case AggregateKind::avg:
    case AggregateKind::percentile_cont:
    case AggregateKind::corr: return {Kind::real, 0};
    default: return type_of_value(column);
  }
}

ValueType type_of(const ViewColumn& column, const RollupDef& rollup, const ViewDef& view) {
  switch (column.kind) {
    case ViewColumn::Kind::constant: return {Kind::text, 0};
    case ViewColumn::Kind::attribute:
      return value_type_of(view.scope_source.fields[static_cast<std::size_t>(column.field)]);
    case ViewColumn::Kind::ratio: return {Kind::real, 0};
    case ViewColumn::Kind::operand: break;
  }
  if (column.operand.kind != ViewOperand::Kind::merge) return {Kind::integer, 0};
  return type_of(rollup.columns[static_cast<std::size_t>(column.operand.column)]);
}

}  // namespace

ValueType value_type_of(const FieldDef& field) {
  switch (field.type) {
    case FieldType::text:
    case FieldType::result: return {Kind::text, 0};
    case FieldType::labels: return {Kind::text_list, 0};
    case FieldType::boolean: return {Kind::boolean, 0};
    case FieldType::instant: return {Kind::instant, 0};
    case FieldType::duration:
    case FieldType::number: return {Kind::numeric, decimals_of(field.divisor)};
  }
  return {};
}

ViewLayout view_layout(const Schema& schema, const ViewDef& view) {
  const RollupDef& rollup = schema.rollups[static_cast<std::size_t>(view.rollup)];
  ViewLayout layout{view.name, {}};
  if (view.every) layout.columns.push_back({"bucket_start", {Kind::instant, 0}, true});
  for (const int field : view.by) {
    const FieldDef& def = view.scope_source.fields[static_cast<std::size_t>(field)];
    std::string name = def.name;
    std::replace(name.begin(), name.end(), '.', '_');
    layout.columns.push_back({std::move(name), value_type_of(def), true});
  }
  if (!view.sets.empty()) {
    // What tells the sets apart is part of the key.
    const bool several = view.sets.size() > 1;
    for (const ViewColumn& column : view.sets.front())
      layout.columns.push_back(
          {column.name, type_of(column, rollup, view), several && column.kind == ViewColumn::Kind::constant});
  }
  if (!view.rank.empty()) layout.columns.push_back({view.rank, {Kind::integer, 0}, false});
  return layout;
}

}  // namespace tidemark
