#include "sink/postgres_fleet.hpp"

#include <algorithm>
#include <charconv>

#include <tidemark/errors.hpp>

#include "sink/fleet_view.hpp"
#include "sink/sql.hpp"

namespace tidemark {
namespace {

constexpr std::string_view kColumnsTable = "rollup_columns";
constexpr std::string_view kViewsTable = "fleet_views";

std::vector<FleetRollup> fleet_rollups(const Schema& schema) {
  std::vector<FleetRollup> rollups;
  for (std::size_t i = 0; i < schema.rollups.size(); ++i)
    if (has_fleet_view(schema, schema.rollups[i])) rollups.push_back(fleet_rollup(schema, static_cast<int>(i)));
  return rollups;
}

/// Of names, which need no quotes: `{a,b}`.
std::string array_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "{" : ",") + name;
  return text.empty() ? "{}" : text + "}";
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::int64_t integer(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool is_true(const PostgresConnection::Row& row, std::size_t column) { return row[column] == "t"; }

/// Nothing when it is of a kind or type that this program does not know.
std::optional<FleetColumn> column_of(const PostgresConnection::Row& row) {
  const auto kind = fleet_kind(*row[3]);
  const auto type = fleet_type(*row[4]);
  const auto lead_type = fleet_type(*row[8]);
  if (!kind || !type || !lead_type) return std::nullopt;
  FleetColumn column;
  column.name = *row[1];
  column.definition = *row[2];
  column.kind = *kind;
  column.type = *type;
  column.divisor = integer(*row[5]);
  column.percentile = *row[6];
  column.lead = *row[7];
  column.lead_type = *lead_type;
  column.lead_divisor = integer(*row[9]);
  column.states = split(*row[10]);
  return column;
}

void append(std::vector<std::string>& to, std::vector<std::string> more) {
  for (std::string& item : more) to.push_back(std::move(item));
}

}  // namespace

std::vector<std::string> PostgresFleet::all(const PostgresUrl& url, const Schema& schema) {
  std::vector<std::string> statements;
  for (const FleetRollup& rollup : fleet_rollups(schema)) {
    for (const FleetColumn& column : rollup.columns)
      statements.push_back(register_column_sql(rollup.name, column, url.schema));
    append(statements, fleet_statements(rollup, url.schema));
    if (rollup.every) statements.push_back(fleet_index_sql(rollup, url.schema));
    statements.push_back(note_form_sql(rollup.name, url.schema));
  }
  return statements;
}

std::vector<std::string> PostgresFleet::missing() {
  std::vector<std::string> statements;
  if (!has_library() || !may_read()) return statements;
  const auto sink_has = made();
  const auto slow = without_index();
  static const Made kNothing;
  for (const FleetRollup& rollup : fleet_rollups(schema_)) {
    if (slow.contains(rollup.name)) statements.push_back(fleet_index_sql(rollup, url_.schema));
    const auto found = sink_has.find(rollup.name);
    add_missing(rollup, found == sink_has.end() ? kNothing : found->second, statements);
  }
  if (!statements.empty() && !may_write()) statements.clear();
  return statements;
}

void PostgresFleet::add_missing(const FleetRollup& wanted, const Made& made, std::vector<std::string>& statements) {
  FleetRollup whole = wanted;
  whole.columns = made.columns;
  for (const FleetColumn& column : wanted.columns) {
    const auto known = std::find_if(made.columns.begin(), made.columns.end(),
                                    [&](const FleetColumn& other) { return other.name == column.name; });
    if (known != made.columns.end()) {
      refuse_other_meaning(wanted, column, *known);
      continue;
    }
    statements.push_back(register_column_sql(wanted.name, column, url_.schema));
    whole.columns.push_back(column);
  }
  // A newer program writes views that this one would spoil; it will find the columns that were added.
  if (!made.readable || made.form > kFleetForm) return;
  if (made.there && made.form == kFleetForm && made.in_view == whole.columns.size()) return;
  append(statements, fleet_statements(whole, url_.schema));
  statements.push_back(note_form_sql(wanted.name, url_.schema));
}

void PostgresFleet::refuse_other_meaning(const FleetRollup& wanted, const FleetColumn& ours,
                                         const FleetColumn& theirs) {
  if (ours.definition == theirs.definition && ours.kind == theirs.kind) return;
  throw SinkError(SinkError::Kind::permanent,
                  "sink " + url_.name + ": column " + wanted.name + "." + ours.name + " is '" + ours.definition +
                      "' here, but '" + theirs.definition +
                      "' in what another agent has sent; declare it under another name, or use another ?schema=");
}

/// Read from the catalog's tables, here and below: to_regclass may answer from before the lock was had.
bool PostgresFleet::has_library() {
  return !connection_
              .rows(
                  "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                  " WHERE n.nspname = $1 AND c.relname = $2",
                  {url_.schema, std::string(kViewsTable)})
              .empty();
}

/// Of the tables that this role may index.
std::set<std::string> PostgresFleet::without_index() {
  std::vector<std::string> rollups;
  for (const FleetRollup& rollup : fleet_rollups(schema_))
    if (rollup.every) rollups.push_back(rollup.name);
  std::set<std::string> tables;
  for (const auto& row : connection_.rows(
           "SELECT t.relname FROM pg_catalog.pg_class t JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace"
           " WHERE n.nspname = $1 AND t.relname = ANY ($2::pg_catalog.text[])"
           " AND pg_catalog.pg_has_role(t.relowner, 'USAGE') AND NOT EXISTS (SELECT FROM pg_catalog.pg_class i"
           "  WHERE i.relnamespace = n.oid AND i.relname = t.relname || '_start')",
           {url_.schema, array_of(rollups)}))
    tables.insert(*row[0]);
  return tables;
}

bool PostgresFleet::may_read() {
  const std::string place = quote_name(url_.schema) + ".";
  const auto rows = connection_.rows(
      "SELECT pg_catalog.has_table_privilege($1, 'SELECT') AND pg_catalog.has_table_privilege($2, 'SELECT')",
      {place + quote_name(kColumnsTable), place + quote_name(kViewsTable)});
  return is_true(rows[0], 0);
}

bool PostgresFleet::may_write() {
  std::vector<std::string> relations, functions, own = {std::string(kColumnsTable), std::string(kViewsTable)};
  for (const FleetRollup& rollup : fleet_rollups(schema_)) {
    relations.push_back(fleet_view_name(rollup.name));
    functions.push_back(fleet_window_name(rollup.name));
  }
  const auto rows = connection_.rows(
      "SELECT pg_catalog.has_schema_privilege(n.oid, 'CREATE')"
      " AND pg_catalog.has_language_privilege('plpgsql', 'USAGE')"
      " AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid"
      "  AND c.relname = ANY ($2::pg_catalog.text[])"
      "  AND (c.relkind <> 'v' OR NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')))"
      " AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid"
      "  AND p.proname = ANY ($3::pg_catalog.text[]) AND NOT pg_catalog.pg_has_role(p.proowner, 'USAGE'))"
      " AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid"
      "  AND c.relname = ANY ($4::pg_catalog.text[])"
      "  AND NOT (pg_catalog.has_table_privilege(c.oid, 'INSERT') AND pg_catalog.has_table_privilege(c.oid, 'UPDATE')))"
      " FROM pg_catalog.pg_namespace n WHERE n.nspname = $1",
      {url_.schema, array_of(relations), array_of(functions), array_of(own)});
  return !rows.empty() && is_true(rows[0], 0);
}

std::map<std::string, PostgresFleet::Made> PostgresFleet::made() {
  const std::string place = quote_name(url_.schema) + ".";
  std::map<std::string, Made> made;
  for (const auto& row : connection_.rows(
           "SELECT c.rollup, c.name, c.definition, c.kind, c.type, c.divisor, c.percentile, c.lead_name, c.lead_type,"
           " c.lead_divisor, pg_catalog.array_to_string(c.states, ',') FROM " +
               place + "rollup_columns AS c ORDER BY c.rollup, c.position, c.name",
           {})) {
    Made& rollup = made[*row[0]];
    if (auto column = column_of(row))
      rollup.columns.push_back(std::move(*column));
    else
      rollup.readable = false;
  }
  for (const auto& row :
       connection_.rows("SELECT v.rollup, v.form, v.columns, EXISTS (SELECT FROM pg_catalog.pg_class c"
                        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                        " WHERE n.nspname = $1 AND c.relname = v.rollup || '_fleet')"
                        " AND EXISTS (SELECT FROM pg_catalog.pg_proc p"
                        " JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
                        " WHERE n.nspname = $1 AND p.proname = v.rollup || '_window') FROM " +
                            place + "fleet_views AS v",
                        {url_.schema})) {
    Made& rollup = made[*row[0]];
    rollup.form = static_cast<int>(integer(*row[1]));
    rollup.in_view = static_cast<std::size_t>(integer(*row[2]));
    rollup.there = is_true(row, 3);
  }
  return made;
}

}  // namespace tidemark
