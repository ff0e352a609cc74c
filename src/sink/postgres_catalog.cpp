#include "sink/postgres_catalog.hpp"

#include <map>
#include <set>

#include <tidemark/errors.hpp>

#include "sink/migrations.hpp"
#include "sink/sql.hpp"

namespace tidemark {

/// A table as the database has it.
struct PostgresCatalog::Table {
  std::map<std::string, std::string> types;  // with a collation other than "C" behind it
  std::set<std::string> key;
};

std::string postgres_table(const PostgresUrl& url, const TableLayout& layout) {
  return quote_name(url.schema) + "." + quote_name(layout.table);
}

std::string postgres_agents(const PostgresUrl& url) { return quote_name(url.schema) + ".agents"; }

std::string create_schema_sql(const PostgresUrl& url) {
  return "CREATE SCHEMA IF NOT EXISTS " + quote_name(url.schema);
}

void PostgresCatalog::refuse(const std::string& what) {
  throw SinkError(SinkError::Kind::permanent, "sink " + url_.name + ": " + what);
}

PostgresCatalog::Missing PostgresCatalog::missing() {
  Missing missing;
  if (connection_.rows("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1", {url_.schema}).empty()) {
    missing.tables = true;
    missing.statements.push_back(create_schema_sql(url_));
    for (const Migration& migration : migrations(Dialect::postgres))
      missing.statements.push_back(migration_sql(migration, quote_name(url_.schema)));
    for (const TableLayout& layout : layouts_)
      missing.statements.push_back(create_table_sql(layout, postgres_table(url_, layout)));
    return missing;
  }
  const auto usage = connection_.rows("SELECT 1 WHERE pg_catalog.has_schema_privilege($1, 'USAGE')", {url_.schema});
  if (usage.empty())
    refuse("the role may not use schema " + url_.schema + "; GRANT USAGE ON SCHEMA " + quote_name(url_.schema) +
           " to it");
  missing.statements = missing_migrations();
  for (const TableLayout& layout : layouts_)
    for (std::string& sql : this->missing(layout)) {
      missing.statements.push_back(std::move(sql));
      missing.tables = true;
    }
  return missing;
}

std::vector<std::string> PostgresCatalog::missing_migrations() {
  const std::string schema = quote_name(url_.schema);
  std::set<int> taken;
  if (!stored("migrations").types.empty()) {
    check_rights("migrations", "SELECT");
    for (const auto& row : connection_.rows("SELECT number FROM " + schema + ".migrations", {}))
      taken.insert(std::stoi(*row[0]));
    if (taken.contains(1)) check_rights("agents");
  }
  const auto may_create =
      connection_.rows("SELECT 1 WHERE pg_catalog.has_schema_privilege($1, 'CREATE')", {url_.schema});
  std::vector<std::string> statements;
  for (const Migration& migration : migrations(Dialect::postgres)) {
    if (taken.contains(migration.number) || (is_for_readers(migration) && may_create.empty())) continue;
    statements.push_back(migration_sql(migration, schema));
  }
  return statements;
}

std::vector<std::string> PostgresCatalog::missing(const TableLayout& layout) {
  const Table table = stored(layout.table);
  if (table.types.empty()) return {create_table_sql(layout, postgres_table(url_, layout))};
  std::vector<std::string> statements;
  for (const SinkColumn& column : layout.columns) {
    const auto found = table.types.find(column.name);
    if (found == table.types.end())
      statements.push_back(add_column_sql(layout, postgres_table(url_, layout), column));
    else
      check_type(layout, column, found->second);
  }
  check_key(layout, table);
  check_rights(layout.table);
  return statements;
}

PostgresCatalog::Table PostgresCatalog::stored(const std::string& table) {
  const auto rows = connection_.rows(
      "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)"
      " || CASE WHEN a.attcollation = 0 OR l.collname = 'C' THEN '' ELSE ' COLLATE ' || l.collname END,"
      " CASE WHEN a.attnum = ANY (i.indkey) THEN 'key' END"
      " FROM pg_catalog.pg_class c"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
      " LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation"
      " LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary"
      " WHERE n.nspname = $1 AND c.relname = $2",
      {url_.schema, table});
  Table stored;
  for (const PostgresConnection::Row& row : rows) {
    stored.types[*row[0]] = *row[1];
    if (row[2]) stored.key.insert(*row[0]);
  }
  return stored;
}

void PostgresCatalog::check_type(const TableLayout& layout, const SinkColumn& column, const std::string& stored_type) {
  const std::string wanted(type_name(column.type, Dialect::postgres));
  // A result's collation is the operator's affair; a key's decides what is equal.
  const bool key_text = column.role == SinkRole::dimension;
  const std::string type = key_text ? stored_type : stored_type.substr(0, stored_type.find(" COLLATE "));
  if (type == wanted) return;
  refuse("column " + layout.table + "." + column.name + " is of type " + type + ", but this schema needs " + wanted +
         (key_text ? " COLLATE \"C\"" : "") + "; rename the column in the schema, or use another ?schema=");
}

void PostgresCatalog::check_key(const TableLayout& layout, const Table& table) {
  std::set<std::string> key;
  for (const std::size_t i : layout.key) key.insert(layout.columns[i].name);
  if (key == table.key) return;
  refuse("table " + layout.table + " needs PRIMARY KEY (" + column_list(layout, layout.key) +
         "); see `tidemark sync --ddl`");
}

void PostgresCatalog::check_rights(const std::string& table, const std::string& rights) {
  const std::string quoted = quote_name(url_.schema) + "." + quote_name(table);
  const auto lacking = connection_.rows(
      "SELECT p FROM pg_catalog.regexp_split_to_table($2, ', ') AS p"
      " WHERE NOT pg_catalog.has_table_privilege($1, p)",
      {quoted, rights});
  if (lacking.empty()) return;
  refuse("the role lacks the right to " + *lacking[0][0] + " on table " + table +
         "; GRANT " + rights + " ON " + quoted + " to it");
}

}  // namespace tidemark
