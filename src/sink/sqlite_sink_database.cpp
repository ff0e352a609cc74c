#include "sink/sqlite_sink_database.hpp"

#include "sink/sqlite_catalog.hpp"
#include "sink/sqlite_database.hpp"
#include "sink/sqlite_values.hpp"

namespace tidemark {

void SqliteSinkDatabase::take_migrations() {
  write("creating its tables", [&] {
    for (const std::string& sql : missing_migrations(*database_)) execute(sql);
  });
}

void SqliteSinkDatabase::write(const std::string& what, const std::function<void()>& work) {
  opened_(true, [&](SqliteDatabase& database) {
    database_ = &database;
    what_ = what;
    database.transaction(what, work);
  });
}

void SqliteSinkDatabase::read(const std::string& what, const std::function<void()>& work) {
  opened_(false, [&](SqliteDatabase& database) {
    database_ = &database;
    what_ = what;
    work();
  });
}

void SqliteSinkDatabase::execute(const std::string& sql) { database_->execute(sql, what_); }

std::vector<SinkDatabase::Row> SqliteSinkDatabase::rows(const Statement& statement) {
  return rows_of(*database_, statement, what_);
}

std::optional<StoredTable> SqliteSinkDatabase::stored(const std::string& table) {
  return stored_table(*database_, table);
}

void SqliteSinkDatabase::insert(const TableLayout& layout, const std::string& on_conflict, std::size_t count,
                                const std::function<void(std::size_t, ValueWriter&)>& put) {
  std::string marks;
  for (std::size_t i = 0; i < layout.columns.size(); ++i) marks += i == 0 ? "?" : ", ?";
  SqliteStatement statement(*database_,
                            "INSERT INTO " + table(layout.table) + " AS stored (" + column_list(layout) + ") VALUES (" +
                                marks + ")" + on_conflict,
                            what_);
  SqliteRows row(layout.columns.size());
  for (std::size_t i = 0; i < count; ++i) {
    row.clear();
    put(i, row);
    row.bind(0, statement);
    statement.step();
    statement.reset();
  }
}

void SqliteSinkDatabase::select(const std::string& what, const std::string& sql, const std::vector<SinkType>&,
                                const std::function<void(const ValueReader&)>& take) {
  read(what, [&] {
    // One SELECT sees one state of the file, however long it takes.
    SqliteStatement statement(*database_, sql, what);
    const SqliteValueReader row(statement);
    while (statement.step()) readable(what, [&] { take(row); });
  });
}

}  // namespace tidemark
