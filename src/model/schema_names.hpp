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

}  // namespace tidemark
