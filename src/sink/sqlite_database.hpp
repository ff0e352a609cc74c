#pragma once
#include <sqlite3.h>

#include <functional>
#include <memory>
#include <string>

#include <tidemark/errors.hpp>

namespace tidemark {

/// One open SQLite file.
/// Errors: SinkError; busy and locked are transient, everything else is permanent.
/// Threads: one caller at a time.
class SqliteDatabase {
 public:
  enum class Mode {
    create,    ///< The file is made if missing, and put into WAL mode.
    existing,  ///< It has to be there; read-only files are fine for reading.
  };
  SqliteDatabase(const std::string& path, Mode mode);

  sqlite3* handle() const { return db_.get(); }

  /// Runs statements that give no rows. `what` is what they do, for messages: `creating its tables`.
  void execute(const std::string& sql, const std::string& what);

  /// Runs `work` between BEGIN IMMEDIATE and COMMIT; rolls back when it throws.
  void transaction(const std::string& what, const std::function<void()>& work);

  /// Throws what the last call on this file left.
  [[noreturn]] void fail(int code, const std::string& what) const;

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  void check_folder() const;

  std::string path_;
  std::unique_ptr<sqlite3, Close> db_;
};

/// A prepared statement. It keeps no lock once it is reset.
class SqliteStatement {
 public:
  SqliteStatement(SqliteDatabase& database, const std::string& sql, const std::string& what);

  sqlite3_stmt* handle() const { return statement_.get(); }
  /// True when there is a row.
  bool step();
  void reset() { sqlite3_reset(statement_.get()); }
  /// Throws when a bind call did not answer SQLITE_OK.
  void check(int code) const {
    if (code != SQLITE_OK) database_.fail(code, what_);
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  SqliteDatabase& database_;
  std::string what_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace tidemark
