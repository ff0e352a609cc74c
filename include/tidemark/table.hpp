#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemark/time.hpp>

namespace tidemark {

/// One result value. Small and cheap to copy: a text or a list is a view of what its table holds, and is good for as long
/// as that table's rows or a copy of them.
/// Asking for another kind than it is gives 0, false or nothing; only `real` takes any number.
class Value {
 public:
  enum class Kind : std::uint8_t { null, integer, real, decimal, text, text_list, instant, boolean };

  Value() = default;  ///< NULL.
  explicit Value(double v) : kind_(Kind::real) { held_.real = v; }
  explicit Value(bool v) : kind_(Kind::boolean) { held_.words[0] = v; }
  explicit Value(Instant v) : kind_(Kind::instant) { held_.words[0] = static_cast<std::uint64_t>(v.us); }
  explicit Value(std::string_view v) : kind_(Kind::text) { held_.text = {v.data(), v.size()}; }
  explicit Value(const char* v) : Value(std::string_view(v)) {}
  explicit Value(std::span<const std::string> v) : kind_(Kind::text_list) { held_.list = {v.data(), v.size()}; }
  template <std::integral Integer>
  explicit Value(Integer v) : kind_(Kind::integer) {
    held_.words[0] = static_cast<std::uint64_t>(static_cast<std::int64_t>(v));
  }
  /// An exact decimal: the 128-bit integer `high`·2^64 + `low`, divided by 10^`scale`, shown with all `scale` decimals.
  static Value decimal(std::int64_t high, std::uint64_t low, unsigned scale);

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }

  std::int64_t integer() const { return kind_ == Kind::integer ? static_cast<std::int64_t>(held_.words[0]) : 0; }
  /// Any number as a double; decimals rounded once.
  double real() const;
  bool boolean() const { return kind_ == Kind::boolean && held_.words[0] != 0; }
  Instant instant() const { return Instant{kind_ == Kind::instant ? static_cast<std::int64_t>(held_.words[0]) : 0}; }
  std::string_view text() const {
    return kind_ == Kind::text ? std::string_view(held_.text.data, held_.text.size) : std::string_view();
  }
  std::span<const std::string> list() const {
    return kind_ == Kind::text_list ? std::span(held_.list.data, held_.list.size) : std::span<const std::string>();
  }

  /// What it says, exactly: integers and decimals with all their digits, doubles in the shortest form that reads back the
  /// same, instants as RFC 3339, lists as `a,b`, NULL as nothing.
  std::string to_string() const;

 private:
  friend class Row;
  friend class RowsBuilder;
  /// As rows hold it: the kind in the tag's lower four bits, a decimal's scale in the upper ones.
  static constexpr std::uint8_t kWideDecimal = 15;
  Value(std::uint64_t word, std::uint8_t tag);

  template <typename Element>
  struct View {
    const Element* data;
    std::size_t size;
  };
  union Held {
    std::uint64_t words[2];  ///< Integers, booleans and instants in the first; a decimal's low and high half.
    double real;
    View<char> text;
    View<std::string> list;
  };
  Held held_{{0, 0}};
  Kind kind_ = Kind::null;
  std::uint8_t scale_ = 0;  ///< Of a decimal.
};

/// Counts through a row's values or a table's rows.
template <typename Container, typename Element>
class TableIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using difference_type = std::ptrdiff_t;
  using value_type = Element;
  using pointer = void;
  using reference = Element;

  TableIterator(const Container& container, std::size_t at) : container_(&container), at_(at) {}
  Element operator*() const { return (*container_)[at_]; }
  TableIterator& operator++() { return ++at_, *this; }
  void operator++(int) { ++at_; }
  friend bool operator==(const TableIterator& a, const TableIterator& b) { return a.at_ == b.at_; }

 private:
  const Container* container_;
  std::size_t at_;
};
/// One row of a table: a view, good for as long as its rows or a copy of them.
class Row {
 public:
  std::size_t size() const { return width_; }
  Value operator[](std::size_t column) const {
    return {words_[column], reinterpret_cast<const std::uint8_t*>(words_ + width_)[column]};
  }
  /// Throws std::out_of_range.
  Value at(std::size_t column) const;
  auto begin() const { return TableIterator<Row, Value>(*this, 0); }
  auto end() const { return TableIterator<Row, Value>(*this, size()); }

 private:
  friend class Rows;
  Row(const std::uint64_t* words, std::size_t width) : words_(words), width_(width) {}
  /// A word for each value, then their tags, a byte each.
  const std::uint64_t* words_;
  std::size_t width_;
};

/// A table's rows, all of the same width. They never change, and copies share them.
class Rows {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Row operator[](std::size_t row) const {
    const std::uint32_t place = order_[row];
    return {blocks_[place / kRowsPerBlock].get() + place % kRowsPerBlock * stride_, width_};
  }
  /// Throws std::out_of_range.
  Row at(std::size_t row) const;
  auto begin() const { return TableIterator<Rows, Row>(*this, 0); }
  auto end() const { return TableIterator<Rows, Row>(*this, size()); }

 private:
  friend class RowsBuilder;
  static constexpr std::size_t kRowsPerBlock = 256;
  using Block = std::unique_ptr<std::uint64_t[]>;
  struct Held;  ///< What the pointers point into.
  std::shared_ptr<const Held> held_;
  const Block* blocks_ = nullptr;
  const std::uint32_t* order_ = nullptr;  ///< Where in the blocks each row is.
  std::size_t size_ = 0;
  std::size_t width_ = 0;
  std::size_t stride_ = 0;
};

/// A query's answer.
struct Table {
  std::vector<std::string> columns;
  Rows rows;
  /// Remarks on the result: columns that are complete only from some time on, buckets that could not be merged.
  std::vector<std::string> notes;
  /// How many of the first columns tell rows apart: the window and the dimensions.
  std::size_t key_columns = 0;
};

}  // namespace tidemark
