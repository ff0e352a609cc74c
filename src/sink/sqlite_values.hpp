#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sink/row.hpp"
#include "sink/sqlite_database.hpp"

namespace tidemark {

/// Binds one row after the other to an upsert's parameters.
class SqliteValueWriter final : public ValueWriter {
 public:
  SqliteValueWriter(SqliteStatement& statement, std::size_t columns) : statement_(statement), held_(columns) {}

  /// The next value is the first column's again.
  void begin_row() { at_ = 0; }

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
  /// What a parameter points at until the row is stepped; also saves formatting the same instant again and again.
  struct Held {
    std::string bytes;
    std::optional<Instant> instant;
    std::optional<std::array<std::uint8_t, 16>> uuid;
  };
  int next() { return static_cast<int>(++at_); }
  std::string& hold() { return held_[at_].bytes; }
  void bind_held();

  SqliteStatement& statement_;
  std::vector<Held> held_;
  std::size_t at_ = 0;
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
