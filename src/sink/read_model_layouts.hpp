#pragma once
#include <functional>
#include <string>

#include "model/view_layout.hpp"
#include "sink/table_layout.hpp"

/// The tables of views, dimension tables and recents at a sink, as what creates, writes and reads them. Pure.
namespace tidemark {

SinkType sink_type(const ValueType& type);

/// `row_number` and `row_key` are the last two columns.
TableLayout view_table(const ViewLayout& view, Dialect dialect);
/// Stands for the names, types and keys of a view's columns: 32 hexadecimal digits.
std::string fingerprint(const ViewLayout& view);

/// Its key is the first column.
TableLayout dimension_table(const TableDef& table, Dialect dialect);

/// Columns, in order: by RecentDef::per, by RecentDef::item, `used_at`, by RecentDef::columns, `group_key`, `item_key`,
/// `identity`. Errors: InputError when two of them would have one name.
TableLayout recent_table(const Schema& schema, const RecentDef& recent, Dialect dialect);

/// What makes the tables of all views and dimension tables. `quoted` gives a table's name as SQL has it there.
std::string read_model_tables_sql(const Schema& schema, Dialect dialect,
                                  const std::function<std::string(const std::string&)>& quoted);

}  // namespace tidemark
