#pragma once
#include <string>
#include <string_view>

#include "model/bucket_source.hpp"
#include "sink/table_layout.hpp"

/// The SQL of both sinks, as text. Names are always quoted.
namespace tidemark {

/// `"it"`, with quotes inside doubled.
std::string quote_name(std::string_view name);

/// A column's SQL type: `timestamptz`, `text[]`; docs/sinks.md, "Types". Empty where SQLite's column has none.
std::string_view type_name(SinkType type, Dialect dialect);

/// `"owner" text COLLATE "C" NOT NULL`.
std::string column_definition(const SinkColumn& column, Dialect dialect);

/// `CREATE TABLE IF NOT EXISTS …`, without the semicolon. `table` is quoted already.
std::string create_table_sql(const TableLayout& layout, const std::string& table);

/// `ALTER TABLE … ADD COLUMN …`. Columns that are added later are never NOT NULL.
std::string add_column_sql(const TableLayout& layout, const std::string& table, const SinkColumn& column);

/// All columns, quoted and separated by commas; of those selected by `only` where given.
std::string column_list(const TableLayout& layout);
std::string column_list(const TableLayout& layout, const std::vector<std::size_t>& only);

/// ` ON CONFLICT (…) DO UPDATE SET … WHERE …`: the guard that only newer rows pass. `target` is what the table is
/// called in the statement.
std::string on_conflict_sql(const TableLayout& layout, const std::string& target);

/// One thing that a SELECT compares a column with.
struct SqlParameter {
  const SinkColumn* column = nullptr;
  const DimensionValue* value = nullptr;  ///< A dimension; or
  std::optional<Instant> instant;         ///< the bucket's start.
};
struct SelectSql {
  std::string text;
  std::vector<SqlParameter> parameters;  ///< For `$1`, `$2`, … or `?1`, `?2`, ….
  bool nothing = false;                  ///< No row can match.
};
/// The SELECT of `columns` (indices into TableLayout::columns) for a filter, which has to outlive the answer.
SelectSql select_sql(const TableLayout& layout, const std::string& table, const std::vector<std::size_t>& columns,
                     const BucketFilter& filter);

}  // namespace tidemark
