#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sink/row.hpp"
#include "sink/sink.hpp"
#include "sink/sqlite_database.hpp"

namespace tidemark {

/// Rows as an upsert's parameters, ready to be bound. They are made without the file, so in any thread, one at a time.
class SqliteRows final : public ReadyRows, public ValueWriter {
 public:
  explicit SqliteRows(std::size_t columns, std::size_t rows = 1) : last_(columns) { values_.reserve(columns * rows); }

  /// Keeps the memory.
  void clear();
  std::size_t size() const { return values_.size() / last_.size(); }
  /// Binds a row to the statement's parameters, which point into it until they are bound anew.
  void bind(std::size_t row, const SqliteStatement& statement) const;

  void null() override;
  void text(std::string_view v) override;
  void text_list(const std::vector<std::string>& v) override;
  void boolean(bool v) override { bigint(v); }
  void bigint(std::int64_t v) override;
  void decimal(const Decimal& v) override { text(to_text(v)); }
  void units(Int128 v) override;
  void real(double v) override;
  void instant(Instant v) override;
  void bytes(std::string_view v) override;
  void uuid(const std::array<std::uint8_t, 16>& v) override;
  void bigint_list(const std::vector<std::int64_t>& v) override;
  void digest_list(const std::vector<Digest>& v) override;

 private:
  enum class Kind : std::uint8_t { null, integer, real, text, blob };
  struct Value {
    Kind kind = Kind::null;
    std::uint32_t size = 0;  ///< Of a text or a blob; SQLite takes up to 1 GB.
    union {
      std::int64_t integer = 0;
      double real;
      std::size_t at;  ///< Of a text or a blob in `bytes_`.
    };
  };
  /// What a column's last value was, where formatting the same again and again is spared.
  struct Last {
    std::optional<Instant> instant;
    std::optional<std::array<std::uint8_t, 16>> uuid;
    Value value;
  };
  Last& last() { return last_[values_.size() % last_.size()]; }
  /// For what was put behind `bytes_` since it was `at` long.
  void add_bytes(Kind kind, std::size_t at);

  std::vector<Value> values_;
  std::string bytes_;
  std::vector<Last> last_;  ///< By column.
};

/// The current row of a SELECT.
class SqliteValueReader final : public ValueReader {
 public:
  explicit SqliteValueReader(const SqliteStatement& statement) : statement_(statement.handle()) {}

  bool is_null(int column) const override;
  std::string_view text(int column) const override;
  std::vector<std::string> text_list(int column) const override;
  bool boolean(int column) const override { return bigint(column) != 0; }
  std::int64_t bigint(int column) const override;
  Int128 decimal(int column, std::int64_t divisor) const override;
  Int128 units(int column) const override;
  double real(int column) const override;
  Instant instant(int column) const override;
  std::string_view bytes(int column) const override;
  std::array<std::uint8_t, 16> uuid(int column) const override;
  std::vector<std::int64_t> bigint_list(int column) const override;
  std::vector<Digest> digest_list(int column) const override;

 private:
  sqlite3_stmt* statement_;
};

}  // namespace tidemark
