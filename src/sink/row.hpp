#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/bucket.hpp"
#include "model/bucket_source.hpp"
#include "sink/table_layout.hpp"

namespace tidemark {

/// Takes one row's values, column by column, in the order of TableLayout::columns.
class ValueWriter {
 public:
  virtual ~ValueWriter() = default;
  virtual void null() = 0;
  virtual void text(std::string_view v) = 0;
  virtual void text_list(const std::vector<std::string>& v) = 0;
  virtual void boolean(bool v) = 0;
  virtual void bigint(std::int64_t v) = 0;
  virtual void integer(std::int32_t v) { bigint(v); }
  virtual void decimal(const Decimal& v) = 0;
  virtual void units(Int128 v) = 0;
  virtual void real(double v) = 0;
  virtual void instant(Instant v) = 0;
  virtual void bytes(std::string_view v) = 0;
  virtual void uuid(const std::array<std::uint8_t, 16>& v) = 0;
  virtual void bigint_list(const std::vector<std::int64_t>& v) = 0;
  virtual void digest_list(const std::vector<Digest>& v) = 0;
};

/// Gives one stored row's values. `column` counts through the columns that were selected. A value is asked for only
/// when it is not NULL; views are valid until the next row.
class ValueReader {
 public:
  virtual ~ValueReader() = default;
  virtual bool is_null(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
  virtual std::vector<std::string> text_list(int column) const = 0;
  virtual bool boolean(int column) const = 0;
  /// Of 32 bits, too.
  virtual std::int64_t bigint(int column) const = 0;
  /// A decimal times `divisor`, which makes it an integer.
  virtual Int128 decimal(int column, std::int64_t divisor) const = 0;
  virtual Int128 units(int column) const = 0;
  virtual double real(int column) const = 0;
  virtual Instant instant(int column) const = 0;
  virtual std::string_view bytes(int column) const = 0;
  virtual std::array<std::uint8_t, 16> uuid(int column) const = 0;
  virtual std::vector<std::int64_t> bigint_list(int column) const = 0;
  virtual std::vector<Digest> digest_list(int column) const = 0;
};

/// Writes a bucket as a row.
/// Errors: SinkError::row when the bucket is none of this rollup, or holds what no sink can store.
void write_row(const TableLayout& layout, const RollupDef& rollup, const Bucket& bucket, std::int64_t schema_version,
               Instant synced_at, ValueWriter& out);

/// The columns that have what a filter wants of rows, as indices into TableLayout::columns. Distributions are most of a
/// row's bytes: what is not asked for should not be read.
std::vector<std::size_t> columns_to_read(const TableLayout& layout, const RollupDef& rollup,
                                         const BucketFilter& filter);

/// Turns rows that write_row wrote into buckets again, ready to be merged with others: results_of gives the same, bit
/// for bit. Two things are not kept: how many values a sum is of (1 stands for any), and that a distribution without
/// values was dropped. What it is made of has to outlive it.
class RowReader {
 public:
  /// `columns`: what the rows have, as indices into TableLayout::columns; what they lack is left empty.
  RowReader(const TableLayout& layout, const RollupDef& rollup, std::vector<std::size_t> columns);
  /// Errors: SinkError::permanent when the row was changed by others and makes no sense.
  Bucket read(const ValueReader& row) const;

  /// Where one slot's columns are among those selected.
  struct SlotPlan {
    const ColumnDef* leading = nullptr;  ///< None: no column shows the slot.
    SinkType type = SinkType::bigint;    ///< Of the leading column.
    std::int64_t divisor = 1;
    int result = -1;
    std::array<int, kSinkRoles> state{};
  };

 private:
  const TableLayout& layout_;
  const RollupDef& rollup_;
  std::vector<std::size_t> columns_;
  std::vector<int> result_at_;  // by RollupDef::columns
  std::vector<SlotPlan> slots_;
};

/// Integers above this (2^50) may come back from a double, divided and multiplied, as a neighbour; they are stored
/// beside.
inline constexpr std::int64_t kExactInDouble = std::int64_t{1} << 50;

}  // namespace tidemark
