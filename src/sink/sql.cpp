#include "sink/sql.hpp"

#include <algorithm>

namespace tidemark {
namespace {

const SinkColumn* dimension_column(const TableLayout& layout, int dimension) {
  for (const SinkColumn& column : layout.columns)
    if (column.role == SinkRole::dimension && column.index == dimension) return &column;
  return nullptr;
}

/// A row of the same spans that comes without its distribution, because retention has dropped it at the agent since,
/// leaves the one that the sink has.
std::string kept_distribution_sql(const TableLayout& layout, const SinkColumn& column, const std::string& target) {
  std::string values;
  for (const SinkColumn& other : layout.columns)
    if (other.role == SinkRole::values && other.index == column.index) values = quote_name(other.name);
  const std::string name = quote_name(column.name);
  return "CASE WHEN excluded." + values + " IS NULL AND excluded.\"computed_counter\" = " + target +
         ".\"computed_counter\" THEN " + target + "." + name + " ELSE excluded." + name + " END";
}

const SinkColumn* start_column(const TableLayout& layout) {
  for (const SinkColumn& column : layout.columns)
    if (column.role == SinkRole::bucket_start) return &column;
  return nullptr;
}

std::string key_list(const TableLayout& layout) { return column_list(layout, layout.key); }

/// Collects a SELECT's conditions.
class Conditions {
 public:
  Conditions(const TableLayout& layout, SelectSql& select) : layout_(layout), select_(select) {}

  void dimension(int index, const DimensionValue& value) {
    const SinkColumn* column = dimension_column(layout_, index);
    if (column == nullptr || value.is_set != (column->type == SinkType::text_list)) {
      select_.nothing = true;
      return;
    }
    if (column->type == SinkType::boolean && value.text.empty()) return add(quote_name(column->name) + " IS NULL");
    if (column->type == SinkType::boolean && value.text != "true" && value.text != "false") {
      select_.nothing = true;
      return;
    }
    compare(*column, " = ");
    select_.parameters.back().value = &value;
  }

  void start(std::optional<Instant> from, std::optional<Instant> to) {
    const SinkColumn* column = start_column(layout_);
    if (column == nullptr) {
      // One bucket per key: it starts in 1970.
      select_.nothing |= (from && *from > Instant{0}) || (to && *to <= Instant{0});
      return;
    }
    if (from) compare_instant(*column, " >= ", *from);
    if (to) compare_instant(*column, " < ", *to);
  }

 private:
  void compare_instant(const SinkColumn& column, std::string_view operation, Instant value) {
    compare(column, operation);
    select_.parameters.back().instant = value;
  }
  void compare(const SinkColumn& column, std::string_view operation) {
    const char mark = layout_.dialect == Dialect::postgres ? '$' : '?';
    select_.parameters.push_back({&column, nullptr, {}});
    add(quote_name(column.name) + std::string(operation) + mark + std::to_string(select_.parameters.size()));
  }
  void add(const std::string& condition) {
    select_.text += first_ ? " WHERE " : " AND ";
    select_.text += condition;
    first_ = false;
  }

  const TableLayout& layout_;
  SelectSql& select_;
  bool first_ = true;
};

/// What PostgreSQL aligns a value to, in a row as short as most are. In a table the largest come first: no gaps are left
/// before them, and those of a fixed length are found without looking at others.
int alignment(SinkType type) {
  switch (type) {
    case SinkType::bigint:
    case SinkType::real:
    case SinkType::instant: return 8;
    case SinkType::integer: return 4;
    case SinkType::uuid: return 2;  // 1, and of a fixed length
    case SinkType::boolean: return 1;
    default: return 0;
  }
}

std::string_view postgres_type(SinkType type) {
  switch (type) {
    case SinkType::text: return "text";
    case SinkType::text_list: return "text[]";
    case SinkType::boolean: return "boolean";
    case SinkType::bigint: return "bigint";
    case SinkType::integer: return "integer";
    case SinkType::decimal:
    case SinkType::units: return "numeric";
    case SinkType::real: return "double precision";
    case SinkType::instant: return "timestamp with time zone";
    case SinkType::bytes: return "bytea";
    case SinkType::uuid: return "uuid";
    case SinkType::bigint_list: return "bigint[]";
    case SinkType::digest_list: return "uuid[]";
  }
  return "";
}

std::string_view sqlite_type(SinkType type) {
  switch (type) {
    case SinkType::boolean:
    case SinkType::bigint:
    case SinkType::integer: return "INTEGER";
    case SinkType::real: return "REAL";
    case SinkType::bytes:
    case SinkType::digest_list: return "BLOB";
    // Any declared type but BLOB would turn the text of a large integer into a double.
    case SinkType::units: return "";
    default: return "TEXT";
  }
}

}  // namespace

std::string parameter_mark(Dialect dialect, std::size_t number) {
  return (dialect == Dialect::postgres ? "$" : "?") + std::to_string(number);
}

std::string instant_as_text(Dialect dialect, const std::string& name) {
  if (dialect == Dialect::sqlite) return name;
  return "pg_catalog.to_char(" + name + " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
}

std::string quote_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return quoted;
}

std::string quote_text(std::string_view text) {
  // A backslash means the same with every setting only in an E'' literal.
  const bool escapes = text.find('\\') != std::string_view::npos;
  std::string quoted = escapes ? "E'" : "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted.push_back(c);
    quoted.push_back(c);
  }
  quoted.push_back('\'');
  return quoted;
}

std::string_view type_name(SinkType type, Dialect dialect) {
  return dialect == Dialect::postgres ? postgres_type(type) : sqlite_type(type);
}

std::string column_definition(const SinkColumn& column, Dialect dialect) {
  std::string text = quote_name(column.name);
  const std::string_view type = type_name(column.type, dialect);
  if (!type.empty()) text.append(" ").append(type);
  const bool texts = column.type == SinkType::text || column.type == SinkType::text_list;
  if (dialect == Dialect::postgres && texts) text += " COLLATE \"C\"";
  if (column.required) text += " NOT NULL";
  return text;
}

std::string create_table_sql(const TableLayout& layout, const std::string& table) {
  std::vector<SinkColumn> columns = layout.columns;
  if (layout.dialect == Dialect::postgres && !layout.keeps_order)
    std::stable_sort(columns.begin(), columns.end(),
                     [](const SinkColumn& a, const SinkColumn& b) { return alignment(a.type) > alignment(b.type); });
  std::string sql = "CREATE TABLE IF NOT EXISTS " + table + " (\n";
  for (const SinkColumn& column : columns) sql += "  " + column_definition(column, layout.dialect) + ",\n";
  sql += "  PRIMARY KEY (" + key_list(layout) + ")\n)";
  for (const TableLayout::Index& index : layout.indexes)
    sql += ";\nCREATE INDEX IF NOT EXISTS " + quote_name(index.name) + " ON " + table + " (" + index.columns + ")";
  return sql;
}

std::string add_column_sql(const TableLayout& layout, const std::string& table, const SinkColumn& column) {
  SinkColumn added = column;
  added.required = false;
  const std::string_view exists = layout.dialect == Dialect::postgres ? "IF NOT EXISTS " : "";
  return "ALTER TABLE " + table + " ADD COLUMN " + std::string(exists) + column_definition(added, layout.dialect);
}

std::string column_list(const TableLayout& layout) {
  std::string list;
  for (const SinkColumn& column : layout.columns) list += (list.empty() ? "" : ", ") + quote_name(column.name);
  return list;
}

std::string column_list(const TableLayout& layout, const std::vector<std::size_t>& only) {
  std::string list;
  for (const std::size_t i : only) list += (list.empty() ? "" : ", ") + quote_name(layout.columns[i].name);
  return list;
}

std::string on_conflict_sql(const TableLayout& layout, const std::string& target) {
  std::string sql = " ON CONFLICT (" + key_list(layout) + ") DO UPDATE SET ";
  bool first = true;
  for (std::size_t i = 0; i < layout.columns.size(); ++i) {
    if (std::find(layout.key.begin(), layout.key.end(), i) != layout.key.end()) continue;
    const SinkColumn& column = layout.columns[i];
    sql += (first ? "" : ", ") + quote_name(column.name) + " = ";
    const bool distribution = column.role == SinkRole::values || column.role == SinkRole::counts;
    sql += distribution ? kept_distribution_sql(layout, column, target) : "excluded." + quote_name(column.name);
    first = false;
  }
  // The last word is update_counter's: of unfinished rows, the one that has seen more spans.
  std::string ours;
  std::string theirs;
  for (const char* column : {"computed_counter", "schema_version", "finished", "update_counter"}) {
    ours += (ours.empty() ? "" : ", ") + target + "." + quote_name(column);
    theirs += (theirs.empty() ? "" : ", ") + ("excluded." + quote_name(column));
  }
  return sql + " WHERE (" + ours + ") < (" + theirs + ")";
}

std::string quote_digest(const Digest& digest, Dialect dialect) {
  const std::string hex = to_hex(digest);
  return dialect == Dialect::postgres ? "pg_catalog.decode('" + hex + "', 'hex')" : "x'" + hex + "'";
}

SelectSql select_sql(const TableLayout& layout, const std::string& table, const std::vector<std::size_t>& columns,
                     const BucketFilter& filter) {
  SelectSql select;
  select.text = "SELECT " + column_list(layout, columns) + " FROM " + table;
  Conditions conditions(layout, select);
  for (const auto& [dimension, value] : filter.equals) conditions.dimension(dimension, value);
  conditions.start(filter.from, filter.to);
  return select;
}

}  // namespace tidemark
