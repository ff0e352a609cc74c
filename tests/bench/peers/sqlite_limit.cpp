#include <algorithm>
#include <filesystem>
#include <vector>

#include "peers/sink_limit.hpp"
#include "sink/sql.hpp"
#include "sink/sqlite_database.hpp"

namespace tidemark::bench {
namespace {

struct ReadyValue {
  int type = SQLITE_NULL;
  std::int64_t integer = 0;
  double real = 0;
  std::string bytes;
};

ReadyValue value_of(sqlite3_stmt* row, int i) {
  ReadyValue v;
  v.type = sqlite3_column_type(row, i);
  if (v.type == SQLITE_INTEGER) v.integer = sqlite3_column_int64(row, i);
  if (v.type == SQLITE_FLOAT) v.real = sqlite3_column_double(row, i);
  if (v.type == SQLITE_TEXT || v.type == SQLITE_BLOB)
    v.bytes.assign(static_cast<const char*>(sqlite3_column_blob(row, i)),
                   static_cast<std::size_t>(sqlite3_column_bytes(row, i)));
  return v;
}

void bind(sqlite3_stmt* to, int i, const ReadyValue& v) {
  const int size = static_cast<int>(v.bytes.size());
  switch (v.type) {
    case SQLITE_INTEGER: sqlite3_bind_int64(to, i, v.integer); break;
    case SQLITE_FLOAT: sqlite3_bind_double(to, i, v.real); break;
    case SQLITE_TEXT: sqlite3_bind_text(to, i, v.bytes.data(), size, SQLITE_STATIC); break;
    case SQLITE_BLOB: sqlite3_bind_blob(to, i, v.bytes.data(), size, SQLITE_STATIC); break;
    default: sqlite3_bind_null(to, i);
  }
}

class SqliteLimit final : public SinkLimit {
 public:
  SqliteLimit(const std::string& path, const TableLayout& layout)
      : path_(path), layout_(layout), db_(path, SqliteDatabase::Mode::create) {}

  std::size_t take_rows() override {
    SqliteStatement select(db_, "SELECT " + column_list(layout_) + " FROM " + table() + " ORDER BY rowid", "reading");
    rows_.clear();
    while (select.step()) {
      auto& row = rows_.emplace_back();
      for (int i = 0; i < sqlite3_column_count(select.handle()); ++i) row.push_back(value_of(select.handle(), i));
    }
    return rows_.size();
  }

  void clear() override {
    run("DELETE FROM " + table());
    run("VACUUM");
    run("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  void age() override {
    run("UPDATE " + table() + " SET computed_counter = computed_counter - 1");
    run("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  void send() override {
    std::string marks;
    for (std::size_t i = 0; i < layout_.columns.size(); ++i) marks += i == 0 ? "?" : ",?";
    SqliteStatement upsert(db_,
                           "INSERT INTO " + table() + " (" + column_list(layout_) + ") VALUES (" + marks + ")" +
                               on_conflict_sql(layout_, table()),
                           "writing");
    for (std::size_t at = 0; at < rows_.size(); at += kRowsPerTransaction) {
      run("BEGIN IMMEDIATE");
      for (std::size_t r = at; r < std::min(at + kRowsPerTransaction, rows_.size()); ++r) {
        for (std::size_t i = 0; i < rows_[r].size(); ++i) bind(upsert.handle(), static_cast<int>(i) + 1, rows_[r][i]);
        upsert.step();
        upsert.reset();
      }
      run("COMMIT");
    }
  }

  double bytes_per_row() override {
    run("PRAGMA wal_checkpoint(TRUNCATE)");
    return static_cast<double>(std::filesystem::file_size(path_)) /
           static_cast<double>(std::max<std::size_t>(1, rows_.size()));
  }

  std::size_t current_rows() override {
    SqliteStatement count(db_, "SELECT count(*) FROM " + table() + " WHERE computed_counter = update_counter",
                          "counting");
    count.step();
    return static_cast<std::size_t>(sqlite3_column_int64(count.handle(), 0));
  }

 private:
  void run(const std::string& sql) { db_.execute(sql, sql); }
  std::string table() const { return quote_name(layout_.table); }

  std::string path_;
  const TableLayout& layout_;
  SqliteDatabase db_;
  std::vector<std::vector<ReadyValue>> rows_;
};

}  // namespace

std::unique_ptr<SinkLimit> make_sqlite_limit(const std::string& path, const TableLayout& layout) {
  return std::make_unique<SqliteLimit>(path, layout);
}

}  // namespace tidemark::bench
