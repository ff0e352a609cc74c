#pragma once
#include <string>
#include <string_view>

#include "sink/row.hpp"

namespace tidemark {

/// PostgreSQL's binary formats: no escaping, no rounding, nothing that a session's settings change.
/// Source: PostgreSQL documentation, COPY, "Binary Format"; the types' _send and _recv in src/backend/utils/adt.

/// An OID of pg_type for a column's values.
unsigned type_oid(SinkType type);

/// Builds the rows of one COPY … (FORMAT binary).
class PostgresRowWriter final : public ValueWriter {
 public:
  /// What was written since the last clear(). The caller sends it in pieces as large as it likes.
  std::string_view bytes() const { return out_; }
  void clear() { out_.clear(); }

  void begin_copy();
  void begin_row(std::size_t columns);
  void end_copy();

  void null() override;
  void text(std::string_view v) override;
  void text_list(const std::vector<std::string>& v) override;
  void boolean(bool v) override;
  void bigint(std::int64_t v) override;
  void integer(std::int32_t v) override;
  void decimal(const Decimal& v) override;
  void units(Int128 v) override { decimal({v, 1}); }
  void real(double v) override;
  void instant(Instant v) override;
  void bytes(std::string_view v) override { text(v); }
  void uuid(const std::array<std::uint8_t, 16>& v) override;
  void bigint_list(const std::vector<std::int64_t>& v) override;
  void digest_list(const std::vector<Digest>& v) override;

 private:
  void length(std::size_t n);
  void array_head(std::size_t elements, std::size_t bytes, SinkType element);

  std::string out_;
};

/// The rows of one COPY … TO STDOUT (FORMAT binary), message by message. InputError for what the formats do not allow.
class PostgresRowReader final : public ValueReader {
 public:
  explicit PostgresRowReader(std::size_t columns) : fields_(columns) {}

  /// Goes to the row of the next message, which has to outlive what is read of it; false for the one that ends the copy.
  bool next(std::string_view message);

  bool is_null(int column) const override;
  std::string_view text(int column) const override { return bytes(column); }
  std::vector<std::string> text_list(int column) const override;
  bool boolean(int column) const override;
  std::int64_t bigint(int column) const override;
  Int128 decimal(int column, std::int64_t divisor) const override;
  Int128 units(int column) const override { return decimal(column, 1); }
  double real(int column) const override;
  Instant instant(int column) const override;
  std::string_view bytes(int column) const override;
  std::array<std::uint8_t, 16> uuid(int column) const override;
  std::vector<std::int64_t> bigint_list(int column) const override;
  std::vector<Digest> digest_list(int column) const override;

 private:
  std::vector<std::string_view> fields_;  ///< Without data: NULL.
  bool begun_ = false;
};

}  // namespace tidemark
