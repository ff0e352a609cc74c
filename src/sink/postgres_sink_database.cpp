#include "sink/postgres_sink_database.hpp"

#include <libpq-fe.h>

#include <tidemark/errors.hpp>

#include "sink/postgres_binary.hpp"
#include "sink/postgres_copy.hpp"

namespace tidemark {

void check_postgres_types(const pg_result* row, const std::vector<SinkType>& types,
                          const std::vector<std::string>& names, const std::string& sink) {
  for (std::size_t i = 0; i < types.size(); ++i) {
    const unsigned found = PQftype(row, static_cast<int>(i));
    const bool wider = types[i] == SinkType::integer && found == type_oid(SinkType::bigint);
    if (found != type_oid(types[i]) && !wider)
      throw SinkError(SinkError::Kind::permanent, "sink " + sink + ": column " + names[i] + " is not of type " +
                                                      std::string(type_name(types[i], Dialect::postgres)));
  }
}

std::string PostgresSinkDatabase::table(const std::string& name) const {
  return quote_name(url_.schema) + "." + quote_name(name);
}

void PostgresSinkDatabase::take_migrations() {
  bool taken = false;
  read("looking at its tables", [&] { taken = stored("views").has_value(); });
  if (!taken) take_migrations_();
}

void PostgresSinkDatabase::write(const std::string& what, const std::function<void()>& work) {
  connected_([&](PostgresConnection& connection) {
    connection_ = &connection;
    connection.transaction(what, work);
  });
}

void PostgresSinkDatabase::create(const std::string& sql) {
  // Names mean what they mean to PostgreSQL, whatever the role's search_path is.
  connection_->execute("SET LOCAL search_path = pg_catalog");
  connection_->execute(sql);
}

std::vector<SinkDatabase::Row> PostgresSinkDatabase::rows(const Statement& statement) {
  return connection_->rows(statement.text, statement.parameters);
}

std::optional<StoredTable> PostgresSinkDatabase::stored(const std::string& table) {
  StoredTable stored;
  for (const Row& row :
       connection_->rows("SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnum = ANY (i.indkey),"
                         " c.relkind IN ('r', 'p') AND pg_catalog.pg_has_role(c.relowner, 'USAGE'),"
                         " pg_catalog.has_table_privilege(c.oid, 'DELETE')"
                         " FROM pg_catalog.pg_class c"
                         " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                         " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
                         " LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary"
                         " WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')",
                         {url_.schema, table})) {
    stored.types[*row[0]] = *row[1];
    if (row[2] == "t") stored.key.insert(*row[0]);
    stored.may_change = row[3] == "t";
    stored.may_delete = row[4] == "t";
  }
  if (stored.types.empty()) return std::nullopt;
  return stored;
}

void PostgresSinkDatabase::insert(const TableLayout& layout, const std::string& on_conflict, std::size_t count,
                                  const std::function<void(std::size_t, ValueWriter&)>& put) {
  if (on_conflict.empty()) return copy_in(*connection_, layout, table(layout.table), count, put);
  connection_->execute(create_stage_sql(layout));
  copy_in(*connection_, layout, kPostgresStage, count, put);
  connection_->execute(merge_stage_sql(layout, table(layout.table), on_conflict));
}

void PostgresSinkDatabase::select(const std::string& what, const std::string& sql, const std::vector<SinkType>& types,
                                  const std::function<void(const ValueReader&)>& take) {
  PostgresRowReader row(types.size());
  const auto check = [&](const pg_result* shape) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < types.size(); ++i) names.emplace_back(PQfname(shape, static_cast<int>(i)));
    check_postgres_types(shape, types, names, url_.name);
  };
  connected_([&](PostgresConnection& connection) {
    connection.stream(what, sql, check, [&](std::string_view message) {
      readable(what, [&] {
        if (row.next(message)) take(row);
      });
    });
  });
}

}  // namespace tidemark
