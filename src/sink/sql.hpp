#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "model/bucket_source.hpp"
#include "sink/table_layout.hpp"

/// The SQL of both sinks, as text. Names are always quoted.
namespace tidemark {

/// A statement and the texts for its parameters, `$1`, … or `?1`, ….
struct Statement {
  std::string text;
  std::vector<std::string> parameters;
};

/// `$1` or `?1`.
std::string parameter_mark(Dialect dialect, std::size_t number);

/// Selects an instant so that it comes as RFC 3339 from both, whatever the session's settings are. `name` is quoted, or
/// needs no quotes.
std::string instant_as_text(Dialect dialect, const std::string& name);

/// `"it"`, with quotes inside doubled.
std::string quote_name(std::string_view name);
/// `'it''s'`: a literal that means the same whatever a PostgreSQL session's settings are. For SQLite only without
/// backslashes.
std::string quote_text(std::string_view text);

/// A column's SQL type: `timestamptz`, `text[]`; docs/sinks.md, "Types". Empty where SQLite's column has none.
std::string_view type_name(SinkType type, Dialect dialect);

/// `"owner" text COLLATE "C" NOT NULL`.
std::string column_definition(const SinkColumn& column, Dialect dialect);

/// `CREATE TABLE IF NOT EXISTS …`, and its indexes, without the last semicolon. `table` is quoted already.
std::string create_table_sql(const TableLayout& layout, const std::string& table);

/// `ALTER TABLE … ADD COLUMN …`. Columns that are added later are never NOT NULL.
std::string add_column_sql(const TableLayout& layout, const std::string& table, const SinkColumn& column);

/// All columns, quoted and separated by commas; of those selected by `only` where given.
std::string column_list(const TableLayout& layout);
std::string column_list(const TableLayout& layout, const std::vector<std::size_t>& only);

/// ` ON CONFLICT (…) DO UPDATE SET … WHERE …`: the guard that only newer rows pass. `target` is what the table is
/// called in the statement.
std::string on_conflict_sql(const TableLayout& layout, const std::string& target);

/// 16 bytes as a literal.
std::string quote_digest(const Digest& digest, Dialect dialect);

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
