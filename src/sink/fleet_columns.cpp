#include "sink/fleet_columns.hpp"

#include "model/cell.hpp"
#include "sink/sql.hpp"

namespace tidemark {
namespace {

constexpr SinkType kResultTypes[] = {SinkType::text,    SinkType::text_list, SinkType::boolean, SinkType::bigint,
                                     SinkType::decimal, SinkType::real,      SinkType::instant};

FleetColumn fleet_column(const RollupDef& rollup, const TableLayout& layout, const ColumnDef& column) {
  const int leading = leading_column(rollup, column.slot);
  const ColumnDef& lead = rollup.columns[static_cast<std::size_t>(leading)];
  FleetColumn result;
  result.name = column.name;
  result.definition = column.text;
  result.kind = column.kind;
  result.type = result_type(column, Dialect::postgres);
  result.divisor = shown_divisor(column);
  if (column.kind == AggregateKind::percentile_cont) result.percentile = to_text(column.percentile);
  result.lead = lead.name;
  result.lead_type = result_type(lead, Dialect::postgres);
  result.lead_divisor = shown_divisor(lead);
  for (const SinkColumn& state : layout.columns)
    if (state.role >= SinkRole::units && state.index == column.slot) result.states.push_back(state.name);
  return result;
}

}  // namespace

FleetRollup fleet_rollup(const Schema& schema, int rollup) {
  const RollupDef& def = schema.rollups[static_cast<std::size_t>(rollup)];
  const TableLayout layout = table_layout(schema, rollup, Dialect::postgres);
  FleetRollup result;
  result.name = def.name;
  result.every = def.every;
  for (const SinkColumn& column : layout.columns)
    if (column.role == SinkRole::dimension) result.dimensions.push_back(column);
  for (const ColumnDef& column : def.columns) result.columns.push_back(fleet_column(def, layout, column));
  return result;
}

std::optional<AggregateKind> fleet_kind(std::string_view name) {
  for (int kind = 0; kind <= static_cast<int>(AggregateKind::corr); ++kind)
    if (name_of(static_cast<AggregateKind>(kind)) == name) return static_cast<AggregateKind>(kind);
  return std::nullopt;
}

std::optional<SinkType> fleet_type(std::string_view name) {
  for (const SinkType type : kResultTypes)
    if (type_name(type, Dialect::postgres) == name) return type;
  return std::nullopt;
}

std::string fleet_view_name(std::string_view rollup) { return std::string(rollup) + "_fleet"; }
std::string fleet_window_name(std::string_view rollup) { return std::string(rollup) + "_window"; }

std::string fleet_index_name(std::string_view rollup) { return std::string(rollup) + "_start"; }

bool has_fleet_view(const Schema& schema, const RollupDef& rollup) {
  return fleet_window_name(rollup.name).size() <= kMaxSinkName && schema.rollup_index(fleet_view_name(rollup.name)) < 0;
}

}  // namespace tidemark
