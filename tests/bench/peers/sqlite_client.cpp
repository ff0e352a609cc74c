#include "peers/sqlite_client.hpp"

#include <stdexcept>

namespace tidemark::bench {

SqliteClient::SqliteClient(const std::string& path) {
  sqlite3* db = nullptr;
  const int result = sqlite3_open(path.c_str(), &db);
  db_.reset(db);
  if (result != SQLITE_OK) fail(path);
  run("PRAGMA journal_mode = WAL");
  run("PRAGMA synchronous = FULL");
}

void SqliteClient::fail(const std::string& doing) {
  throw std::runtime_error(doing + ": " + sqlite3_errmsg(db_.get()));
}

void SqliteClient::run(const std::string& sql) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
}

SqliteStatement SqliteClient::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) fail(sql);
  return SqliteStatement(statement);
}

bool SqliteClient::step(sqlite3_stmt* statement) {
  const int result = sqlite3_step(statement);
  if (result != SQLITE_ROW && result != SQLITE_DONE) fail(sqlite3_sql(statement));
  return result == SQLITE_ROW;
}

void SqliteClient::execute(sqlite3_stmt* statement) {
  while (step(statement)) {
  }
  sqlite3_reset(statement);
}

}  // namespace tidemark::bench
