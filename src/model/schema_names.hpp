#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/schema.hpp"

namespace tidemark {

/// What is wrong with a source's, rollup's, field's or column's name; nothing when it is fine. Names are
/// `[a-z_][a-z0-9_]*` of at most 63 bytes, so that they need no quotes anywhere: in SQL, TOML or a shell.
std::optional<std::string> problem_with_name(std::string_view name);

/// The columns that every rollup's table, or its merged view, has at a sink, whatever is declared.
const std::vector<std::string_view>& fixed_column_names();

/// A column that a rollup's table has at a sink, and what it is there for.
struct TableColumn {
  std::string name;
  std::string of;   ///< `dimension 'owner'`, `the state of column 'p95_queue_seconds'`.
  int column = -1;  ///< The index into RollupDef::columns that it comes from; -1: a dimension.
};

/// Every declared column and state column of a rollup's table at a sink, without the fixed ones. docs/sinks.md,
/// "State columns".
std::vector<TableColumn> table_columns(const SourceDef& source, const RollupDef& rollup);

/// Whether a sink has something of that name for itself, or its database has, whatever is declared: nothing may be named so.
bool is_own_name_of_sinks(std::string_view name);

/// At a sink rollups, views, recents and dimension tables are tables in one place, beside what merges a rollup's rows and
/// what finds them. Who has `name` there, as `rollup 'ci_job_metrics', whose merged view is named so`; nothing when a further
/// one may have it.
std::optional<std::string> taken_at_sinks(const Schema& schema, std::string_view name);

/// Columns that every view's table has at a sink beside the view's own; every recent's.
const std::vector<std::string_view>& fixed_view_column_names();
const std::vector<std::string_view>& fixed_recent_column_names();
/// Whether PostgreSQL has a column of that name in every table.
bool is_system_column(std::string_view name);
/// What is wrong with the name of a column that is to be made at a sink; nothing when it is fine.
std::optional<std::string> problem_with_column_name(std::string_view name);

}  // namespace tidemark
