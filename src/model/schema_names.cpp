#include "model/schema_names.hpp"

#include <algorithm>
#include <array>

#include "model/schema_toml.hpp"

namespace tidemark {
namespace {

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }
bool is_name_part(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

/// What a sink appends to the name that leads a slot.
std::vector<std::string_view> state_suffixes(const ColumnDef& leading) {
  switch (leading.kind) {
    case AggregateKind::count: return {};
    case AggregateKind::sum:
    case AggregateKind::min:
    case AggregateKind::max: return {"_units"};
    case AggregateKind::avg: return {"_sum", "_count"};
    case AggregateKind::first:
    case AggregateKind::last: return {"_at", "_id", "_units"};
    case AggregateKind::count_distinct: return {"_digests"};
    case AggregateKind::percentile_cont: return {"_values", "_counts"};
    case AggregateKind::corr: return {"_n", "_sx", "_sy", "_sxx", "_syy", "_sxy"};
  }
  return {};
}

/// Distributions are named after what they hold; a filtered one after its first column, because there may be several.
std::string state_stem(const SourceDef& source, const SlotDef& slot, const ColumnDef& leading) {
  if (slot.kind != AggregateKind::percentile_cont) return leading.name;
  const FieldDef& field = source.fields[static_cast<std::size_t>(slot.field)];
  const std::string stem = slot.where.always() ? field.name : leading.name;
  return field.type == FieldType::duration ? stem + "_us" : stem;
}

template <std::size_t n>
bool is_one_of(std::string_view name, const std::array<std::string_view, n>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_with(std::string_view name, std::string_view stem, std::string_view suffix) {
  return name.size() == stem.size() + suffix.size() && name.starts_with(stem) && name.ends_with(suffix);
}

std::optional<std::string> taken_by_rollup(const RollupDef& rollup, std::string_view name) {
  const std::string who = "rollup '" + rollup.name + "'";
  if (name == rollup.name) return who;
  if (is_with(name, rollup.name, "_fleet")) return who + ", whose merged view is named so";
  if (is_with(name, rollup.name, "_window")) return who + ", whose window function is named so";
  if (is_with(name, rollup.name, "_start")) return who + ", whose index is named so";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> problem_with_name(std::string_view name) {
  if (name.empty()) return "expected a name, found nothing";
  if (name.size() > SchemaLimits::kNameBytes)
    return "expected a name of at most " + std::to_string(SchemaLimits::kNameBytes) + " bytes, found one of " +
           std::to_string(name.size());
  if (!is_name_start(name.front()) || !std::all_of(name.begin(), name.end(), is_name_part))
    return "expected a name of lower-case letters, digits and underscores that does not start with a digit, found '" +
           std::string(name) + "'";
  return std::nullopt;
}

const std::vector<std::string_view>& fixed_column_names() {
  static const std::vector<std::string_view> names{
      "bucket_key",       "bucket_start", "agent_id",  "epoch",          "update_counter",
      "computed_counter", "finished",     "synced_at", "schema_version", "agents"};
  return names;
}

std::vector<TableColumn> table_columns(const SourceDef& source, const RollupDef& rollup) {
  std::vector<TableColumn> columns;
  for (const int field : rollup.by) {
    const std::string& name = source.fields[static_cast<std::size_t>(field)].name;
    columns.push_back({name, "the dimension '" + name + "'", -1});
  }
  std::vector<bool> seen(rollup.slots.size(), false);
  for (std::size_t i = 0; i < rollup.columns.size(); ++i) {
    const ColumnDef& column = rollup.columns[i];
    columns.push_back({column.name, "the column '" + column.name + "'", static_cast<int>(i)});
    const auto slot = static_cast<std::size_t>(column.slot);
    if (seen[slot]) continue;
    seen[slot] = true;
    const std::string stem = state_stem(source, rollup.slots[slot], column);
    for (const std::string_view suffix : state_suffixes(column))
      columns.push_back({stem + std::string(suffix), "the state of column '" + column.name + "'", static_cast<int>(i)});
  }
  return columns;
}

bool is_own_name_of_sinks(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kTables = {"agents",      "migrations", "rollup_columns",
                                                              "fleet_views", "refreshes",  "views"};
  static constexpr std::array<std::string_view, 6> kOthers = {
      "distribution", "digest_set", "agents_by_place", "refreshes_by_view", "refreshes_running", "refreshes_id_seq"};
  constexpr std::string_view kKey = "_pkey";
  if (name.starts_with("sqlite_") || is_one_of(name, kOthers)) return true;
  return is_one_of(name, kTables) ||
         (name.ends_with(kKey) && is_one_of(name.substr(0, name.size() - kKey.size()), kTables));
}

std::optional<std::string> taken_at_sinks(const Schema& schema, std::string_view name) {
  if (is_own_name_of_sinks(name)) return "the sinks themselves";
  for (const RollupDef& rollup : schema.rollups)
    if (auto taken = taken_by_rollup(rollup, name)) return taken;
  for (const ViewDef& view : schema.views)
    if (name == view.name) return "view '" + view.name + "'";
  for (const TableDef& table : schema.tables)
    if (name == table.name) return "dimension table '" + table.name + "'";
  for (const RecentDef& recent : schema.recents) {
    if (name == recent.name) return "recent '" + recent.name + "'";
    if (is_with(name, recent.name, "_used")) return "recent '" + recent.name + "', whose index is named so";
  }
  return std::nullopt;
}

const std::vector<std::string_view>& fixed_view_column_names() {
  static const std::vector<std::string_view> names{"row_number", "row_key"};
  return names;
}

const std::vector<std::string_view>& fixed_recent_column_names() {
  static const std::vector<std::string_view> names{"used_at", "group_key", "item_key", "identity"};
  return names;
}

bool is_system_column(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kNames = {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"};
  return is_one_of(name, kNames);
}

std::optional<std::string> problem_with_column_name(std::string_view name) {
  if (const auto problem = problem_with_name(name)) return problem;
  if (!is_system_column(name)) return std::nullopt;
  return "expected another name, found '" + std::string(name) + "', which every table of PostgreSQL has already";
}

}  // namespace tidemark
