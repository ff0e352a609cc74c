#pragma once
#include <string>
#include <vector>

#include "sink/fleet_columns.hpp"

/// The SQL that merges a rollup's rows over agents and epochs: a view, and a function for windows. Pure: text from what
/// is declared; it uses what schemas/migrations/postgres/0002_percentiles.sql makes. It gives what read/merging.hpp gives,
/// bit for bit. Contract: docs/merging.md.
namespace tidemark {

/// The form that this program writes views in. A program with a larger one writes them anew; an older program leaves
/// them. A view takes new columns at its end only: what changes the others has to drop it first.
inline constexpr int kFleetForm = 1;

/// Statements that make or replace the view, the function for windows, and one that gives each distribution of a row.
/// `schema` is where all of it is, unquoted.
std::vector<std::string> fleet_statements(const FleetRollup& rollup, const std::string& schema);

/// The index that reads a range of time of one value of the first dimension; nothing without `every`. The primary key,
/// in which the bucket's digest comes before its start, would read all of that value's rows (docs/merging.md, "Indexes").
std::string fleet_index_sql(const FleetRollup& rollup, const std::string& schema);

/// What adds a column's row to `rollup_columns`, if it is not there: behind those that are.
std::string register_column_sql(const std::string& rollup, const FleetColumn& column, const std::string& schema);
/// What notes that the view and the function have all columns of `rollup_columns`.
std::string note_form_sql(const std::string& rollup, const std::string& schema);

}  // namespace tidemark
