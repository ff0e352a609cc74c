#pragma once
#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <tidemark/table.hpp>

#include "model/bytes.hpp"
#include "model/cell.hpp"

namespace tidemark {

/// One value of a row as Rows holds it: nine bytes, so that large answers stay small.
struct RowCell {
  std::uint64_t word = 0;
  std::uint8_t tag = 0;  ///< The kind; a decimal's scale in the upper four bits.
};

/// Makes Rows, in any order of rows.
class RowsBuilder {
 public:
  explicit RowsBuilder(std::size_t width);

  static RowCell null() { return {}; }
  static RowCell integer(std::uint64_t v) { return {v, tag(Value::Kind::integer)}; }
  static RowCell real(double v) { return {std::bit_cast<std::uint64_t>(v), tag(Value::Kind::real)}; }
  static RowCell boolean(bool v) { return {v, tag(Value::Kind::boolean)}; }
  static RowCell instant(Instant v) { return {static_cast<std::uint64_t>(v.us), tag(Value::Kind::instant)}; }
  /// An integer divided by 10^`scale`; at most 10^15.
  RowCell decimal(Int128 units, unsigned scale) {
    const auto low = static_cast<std::int64_t>(units);
    if (low != units) return wide_decimal(units, scale);
    return {static_cast<std::uint64_t>(low), static_cast<std::uint8_t>(tag(Value::Kind::decimal) | scale << 4)};
  }
  RowCell text(std::string v);
  RowCell text_list(std::vector<std::string> v);
  /// A copy of it.
  RowCell copy(const Value& v);
  RowCell cell(Cell v);
  /// The other way.
  static Cell to_cell(const Value& v);

  /// A new row: to be filled with as many cells as it is wide, before the next one.
  class Place {
   public:
    void put(RowCell cell) {
      *words_++ = cell.word;
      *tags_++ = cell.tag;
    }

   private:
    friend class RowsBuilder;
    Place(std::uint64_t* words, std::size_t width)
        : words_(words), tags_(reinterpret_cast<std::uint8_t*>(words + width)) {}
    std::uint64_t* words_;
    std::uint8_t* tags_;
  };
  Place add_row() {
    const std::size_t at = size_++ % Rows::kRowsPerBlock;
    if (at == 0) add_block();
    return {block_ + at * stride_, width_};
  }

  /// `order`: which of the added rows comes when. The builder is used up.
  Rows finish(std::vector<std::uint32_t> order);

 private:
  static std::uint8_t tag(Value::Kind kind) { return static_cast<std::uint8_t>(kind); }
  RowCell wide_decimal(Int128 units, unsigned scale);
  void add_block();

  std::shared_ptr<Rows::Held> held_;
  std::uint64_t* block_ = nullptr;
  std::size_t size_ = 0;
  std::size_t width_;
  std::size_t stride_;
};

}  // namespace tidemark
