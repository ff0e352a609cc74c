#include "sink/sqlite_database.hpp"

#include <cstring>
#include <filesystem>

namespace tidemark {
namespace {

/// How long to wait for another process's transaction.
constexpr int kBusyMilliseconds = 10'000;

/// With SQLite's own 2 MB a transaction of 5,000 rows does not fit: pages are written out and read again while it runs.
constexpr const char* kPageCache = "PRAGMA cache_size = -16384";
/// In pages of 4 KB. With SQLite's own 1,000 every commit is followed by a checkpoint, which writes the index's pages
/// into the file that the next commit changes again.
constexpr const char* kCheckpointPages = "PRAGMA wal_autocheckpoint = 4096";

struct Explanation {
  SinkError::Kind kind;
  const char* advice;
};

Explanation explain(int code) {
  using Kind = SinkError::Kind;
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: return {Kind::transient, "another process holds it; it is tried again"};
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT: return {Kind::transient, "it is tried again"};
    case SQLITE_FULL: return {Kind::permanent, "the disk is full; make room, nothing was lost"};
    case SQLITE_READONLY:
      return {Kind::permanent,
              "the file or its folder is read-only; allow writing to both (SQLite keeps two more files "
              "beside it)"};
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return {Kind::permanent, "the file or its folder cannot be opened; check that they may be written"};
    case SQLITE_NOTADB: return {Kind::permanent, "the file is no SQLite database; choose another path"};
    case SQLITE_CORRUPT:
      return {Kind::permanent, "the file is damaged; move it away, and sync everything to a new one"};
    case SQLITE_IOERR: return {Kind::permanent, "the file cannot be read or written; check the disk"};
    case SQLITE_CONSTRAINT:
      return {Kind::row, "a constraint forbids the row; compare the tables with what `tidemark sync --ddl` prints"};
    case SQLITE_MISMATCH: return {Kind::row, "a value does not fit its column"};
    case SQLITE_TOOBIG: return {Kind::row, "a value is larger than SQLite's limit of 1 GB"};
    case SQLITE_ERROR: return {Kind::permanent, "if tables or columns are missing, run `tidemark sync` to it first"};
    default: return {Kind::permanent, "see SQLite's message"};
  }
}

}  // namespace

SqliteDatabase::SqliteDatabase(const std::string& path, Mode mode) : path_(path) {
  check_folder();
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (mode == Mode::create ? SQLITE_OPEN_CREATE : 0);
  if (mode == Mode::existing && !std::filesystem::exists(path_))
    throw SinkError(SinkError::Kind::permanent,
                    "sink sqlite:" + path_ + ": there is no such file; run `tidemark sync` to it first");
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  db_.reset(db);
  if (code != SQLITE_OK) fail(code, "opening it");
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, kBusyMilliseconds);
  // A quoted name that is no column is an error, not a text: a column that the file lacks must not read as 0.
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  if (mode == Mode::create) {
    execute("PRAGMA journal_mode = WAL", "switching it to WAL mode");
    execute(kPageCache, "configuring it");
    execute(kCheckpointPages, "configuring it");
  }
  // In WAL mode FULL is what makes a commit durable when it returns.
  execute("PRAGMA synchronous = FULL", "configuring it");
}

void SqliteDatabase::check_folder() const {
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored))
    throw SinkError(SinkError::Kind::permanent,
                    "sink sqlite:" + path_ + ": the folder " + folder.string() + " does not exist; create it first");
}

void SqliteDatabase::fail(int code, const std::string& what) const {
  const Explanation explanation = explain(code);
  std::string message = "sink sqlite:" + path_ + ": " + what + " failed: ";
  message += db_ ? sqlite3_errmsg(db_.get()) : sqlite3_errstr(code);
  const int system_error = db_ && (code & 0xff) == SQLITE_CANTOPEN ? sqlite3_system_errno(db_.get()) : 0;
  if (system_error != 0) message += std::string(" (") + std::strerror(system_error) + ")";
  throw SinkError(explanation.kind, message + "; " + explanation.advice);
}

void SqliteDatabase::execute(const std::string& sql, const std::string& what) {
  const int code = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, what);
}

void SqliteDatabase::transaction(const std::string& what, const std::function<void()>& work) {
  execute("BEGIN IMMEDIATE", what);
  try {
    work();
    execute("COMMIT", what);
  } catch (...) {
    // SQLite has rolled some failures back by itself; then this one answers an error that says nothing new.
    sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

SqliteStatement::SqliteStatement(SqliteDatabase& database, const std::string& sql, const std::string& what)
    : database_(database), what_(what) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database.handle(), sql.c_str(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  statement_.reset(statement);
  check(code);
}

bool SqliteStatement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.fail(code, what_);
  return false;
}

}  // namespace tidemark
