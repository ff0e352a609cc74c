#include "sink/postgres_catalog.hpp"

#include <set>

#include <tidemark/errors.hpp>

#include "sink/migrations.hpp"
#include "sink/sql.hpp"

namespace tidemark {

/// A table as the database has it.
struct PostgresCatalog::Table {
  std::map<std::string, std::string> types;  // with a collation other than "C" behind it
  std::set<std::string> key;
  std::vector<std::string> lacking_rights;  // of SELECT, INSERT, UPDATE
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
  const Tables tables = stored();
  missing.statements = missing_migrations(tables);
  for (const TableLayout& layout : layouts_)
    for (std::string& sql : this->missing(layout, tables)) {
      missing.statements.push_back(std::move(sql));
      missing.tables = true;
    }
  return missing;
}

std::vector<std::string> PostgresCatalog::missing_migrations(const Tables& tables) {
  const std::string schema = quote_name(url_.schema);
  std::set<int> taken;
  if (const auto table = tables.find("migrations"); table != tables.end()) {
    const auto& lacking = table->second.lacking_rights;
    if (!lacking.empty() && lacking[0] == "SELECT") refuse_rights("migrations", "SELECT", "SELECT");
    for (const auto& row : connection_.rows("SELECT number FROM " + schema + ".migrations", {}))
      taken.insert(std::stoi(*row[0]));
    if (const auto agents = tables.find("agents"); agents != tables.end()) check_rights("agents", agents->second);
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

std::vector<std::string> PostgresCatalog::missing(const TableLayout& layout, const Tables& tables) {
  const auto stored = tables.find(layout.table);
  if (stored == tables.end()) return {create_table_sql(layout, postgres_table(url_, layout))};
  const Table& table = stored->second;
  std::vector<std::string> statements;
  for (const SinkColumn& column : layout.columns) {
    const auto found = table.types.find(column.name);
    if (found == table.types.end())
      statements.push_back(add_column_sql(layout, postgres_table(url_, layout), column));
    else
      check_type(layout, column, found->second);
  }
  check_key(layout, table);
  check_rights(layout.table, table);
  return statements;
}

/// All that matter here in two queries: a sync that has nothing to send does little else.
PostgresCatalog::Tables PostgresCatalog::stored() {
  std::string names = "{agents,migrations";
  for (const TableLayout& layout : layouts_) names += ",\"" + layout.table + '"';
  names += '}';
  const auto columns = connection_.rows(
      "SELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)"
      " || CASE WHEN a.attcollation = 0 OR l.collname = 'C' THEN '' ELSE ' COLLATE ' || l.collname END,"
      " CASE WHEN a.attnum = ANY (i.indkey) THEN 'key' END"
      " FROM pg_catalog.pg_class c"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
      " LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation"
      " LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary"
      " WHERE n.nspname = $1 AND c.relname = ANY ($2::pg_catalog.text[])",
      {url_.schema, names});
  Tables tables;
  for (const PostgresConnection::Row& row : columns) {
    Table& table = tables[*row[0]];
    table.types[*row[1]] = *row[2];
    if (row[3]) table.key.insert(*row[1]);
  }
  const auto rights = connection_.rows(
      "SELECT c.relname, p.name FROM pg_catalog.pg_class c"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " CROSS JOIN pg_catalog.unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) WITH ORDINALITY AS p(name, at)"
      " WHERE n.nspname = $1 AND c.relname = ANY ($2::pg_catalog.text[])"
      " AND NOT pg_catalog.has_table_privilege(c.oid, p.name) ORDER BY p.at",
      {url_.schema, names});
  for (const PostgresConnection::Row& row : rights) tables[*row[0]].lacking_rights.push_back(*row[1]);
  return tables;
}

void PostgresCatalog::check_type(const TableLayout& layout, const SinkColumn& column, const std::string& stored_type) {
  const std::string wanted(type_name(column.type, Dialect::postgres));
  // A result's collation is the operator's affair; a key's decides what is equal.
  const bool key_text = column.role == SinkRole::dimension;
  const std::string type = key_text ? stored_type : stored_type.substr(0, stored_type.find(" COLLATE "));
  if (type == wanted || (column.type == SinkType::integer && type == "bigint")) return;
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

void PostgresCatalog::check_rights(const std::string& name, const Table& table) {
  if (!table.lacking_rights.empty()) refuse_rights(name, table.lacking_rights[0], "SELECT, INSERT, UPDATE");
}

void PostgresCatalog::refuse_rights(const std::string& name, const std::string& lacking, const std::string& all) {
  refuse("the role lacks the right to " + lacking + " on table " + name + "; GRANT " + all + " ON " +
         quote_name(url_.schema) + "." + quote_name(name) + " to it");
}

}  // namespace tidemark
