#pragma once
#include <memory>
#include <string>

#include <sqlite3.h>

namespace tidemark::bench {

struct SqliteFree {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using SqliteStatement = std::unique_ptr<sqlite3_stmt, SqliteFree>;

/// SQLite's own interface; every failure is a std::runtime_error with its words. WAL, synchronous=FULL.
class SqliteClient {
 public:
  explicit SqliteClient(const std::string& path);

  void run(const std::string& sql);
  SqliteStatement prepare(const std::string& sql);
  /// True while there are rows.
  bool step(sqlite3_stmt* statement);
  /// For statements without rows: runs it and makes it ready for the next time.
  void execute(sqlite3_stmt* statement);

 private:
  [[noreturn]] void fail(const std::string& doing);
  std::unique_ptr<sqlite3, SqliteFree> db_;
};

}  // namespace tidemark::bench
