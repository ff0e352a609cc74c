#include "sink/sqlite_catalog.hpp"

#include <tidemark/errors.hpp>

#include "model/text.hpp"
#include "sink/migrations.hpp"
#include "sink/sql.hpp"
#include "sink/sqlite_values.hpp"

namespace tidemark {

std::optional<StoredTable> stored_table(SqliteDatabase& database, const std::string& table) {
  SqliteStatement info(database, "SELECT name, type, pk FROM pragma_table_info(?1)", "reading its tables");
  info.check(sqlite3_bind_text(info.handle(), 1, table.c_str(), -1, SQLITE_STATIC));
  const SqliteValueReader row(info);
  StoredTable stored;
  while (info.step()) {
    const std::string name = to_lower(row.text(0));
    stored.types[name] = to_lower(row.text(1));
    if (row.bigint(2) != 0) stored.key.insert(name);
  }
  if (stored.types.empty()) return {};
  return stored;
}

std::vector<std::string> missing_migrations(SqliteDatabase& database) {
  std::int64_t taken = 0;
  if (stored_table(database, "migrations")) {
    SqliteStatement last(database, "SELECT coalesce(max(number), 0) FROM migrations", "reading its tables");
    if (last.step()) taken = SqliteValueReader(last).bigint(0);
  }
  std::vector<std::string> statements;
  for (const Migration& migration : migrations(Dialect::sqlite))
    if (migration.number > taken) statements.push_back(migration_sql(migration, {}));
  return statements;
}

std::vector<SinkDatabase::Row> rows_of(SqliteDatabase& database, const Statement& sql, const std::string& what) {
  SqliteStatement statement(database, sql.text, what);
  for (std::size_t i = 0; i < sql.parameters.size(); ++i) {
    const std::string& text = sql.parameters[i];
    statement.check(sqlite3_bind_text64(statement.handle(), static_cast<int>(i) + 1, text.data(), text.size(),
                                        SQLITE_STATIC, SQLITE_UTF8));
  }
  const SqliteValueReader row(statement);
  std::vector<SinkDatabase::Row> rows;
  while (statement.step()) {
    auto& values = rows.emplace_back();
    for (int i = 0; i < sqlite3_column_count(statement.handle()); ++i) {
      values.emplace_back();
      if (!row.is_null(i)) values.back() = std::string(row.text(i));
    }
  }
  return rows;
}

std::vector<std::string> missing_statements(const TableLayout& layout, const std::optional<StoredTable>& stored,
                                            const std::string& sink) {
  const std::string table = quote_name(layout.table);
  if (!stored) return {create_table_sql(layout, table)};
  std::vector<std::string> statements;
  std::set<std::string> key;
  for (const std::size_t i : layout.key) key.insert(layout.columns[i].name);
  if (key != stored->key)
    throw SinkError(SinkError::Kind::permanent, "sink " + sink + ": table " + layout.table +
                                                    " has another primary key "
                                                    "than its rollup; drop the table, or choose another file");
  for (const SinkColumn& column : layout.columns) {
    const auto found = stored->types.find(to_lower(column.name));
    if (found == stored->types.end()) {
      statements.push_back(add_column_sql(layout, table, column));
    } else if (found->second != to_lower(type_name(column.type, layout.dialect))) {
      throw SinkError(SinkError::Kind::permanent, "sink " + sink + ": column " + layout.table + "." + column.name +
                                                      " is of type '" + found->second + "', but this schema needs '" +
                                                      to_lower(type_name(column.type, layout.dialect)) +
                                                      "'; rename the column in the schema, or choose another file");
    }
  }
  return statements;
}

}  // namespace tidemark
