#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/schema.hpp"
#include "sink/table_layout.hpp"

/// What a PostgreSQL sink has to know of a rollup so that SQL can merge its rows. Pure.
namespace tidemark {

/// A declared column: how its result follows from the rows of several agents. This is what `rollup_columns` at the sink
/// holds (docs/merging.md), because agents with other definitions make the same view from it.
struct FleetColumn {
  std::string name;
  std::string definition;  ///< As declared, normalised.
  AggregateKind kind = AggregateKind::count;
  SinkType type = SinkType::bigint;  ///< Of the result.
  std::int64_t divisor = 1;          ///< What stored units are divided by to be shown.
  std::string percentile;            ///< percentile_cont: the fraction, in the fewest digits.
  std::string lead;                  ///< The column that leads the slot; its result is part of the state.
  SinkType lead_type = SinkType::bigint;
  std::int64_t lead_divisor = 1;
  std::vector<std::string> states;  ///< The slot's state columns, in TableLayout's order.
  friend bool operator==(const FleetColumn&, const FleetColumn&) = default;
};

/// One rollup as its view and its function are made of it.
struct FleetRollup {
  std::string name;
  std::optional<Micros> every;
  std::vector<SinkColumn> dimensions;
  std::vector<FleetColumn> columns;  ///< In the order in which the view has them.
};

/// A rollup with the columns that this schema declares.
FleetRollup fleet_rollup(const Schema& schema, int rollup);

/// A kind (name_of) or a result type (type_name) as `rollup_columns` names it; nothing for what this program does not
/// know.
std::optional<AggregateKind> fleet_kind(std::string_view name);
std::optional<SinkType> fleet_type(std::string_view name);

/// Names of what is made for a rollup: a view, a function, and an index.
std::string fleet_view_name(std::string_view rollup);
std::string fleet_window_name(std::string_view rollup);
std::string fleet_index_name(std::string_view rollup);
/// Whether there can be any: the names fit, and no declared rollup has the view's.
bool has_fleet_view(const Schema& schema, const RollupDef& rollup);

}  // namespace tidemark
