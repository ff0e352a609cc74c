#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "model/schema.hpp"

namespace tidemark {

/// What a column of a view, or a field of a recent or of a dimension table, holds, as SQL has it.
struct ValueType {
  enum class Kind : std::uint8_t { integer, numeric, real, text, text_list, instant, boolean };
  Kind kind = Kind::text;
  unsigned scale = 0;  ///< numeric: how many decimals.
  friend bool operator==(const ValueType&, const ValueType&) = default;
};

/// A view's columns, in the order in which its rows have them.
struct ViewLayout {
  struct Column {
    std::string name;
    ValueType type;
    bool is_key = false;  ///< No two rows have the same values in all of these; they may be NULL.
    friend bool operator==(const Column&, const Column&) = default;
  };
  std::string view;
  std::vector<Column> columns;
  friend bool operator==(const ViewLayout&, const ViewLayout&) = default;
};
ViewLayout view_layout(const Schema& schema, const ViewDef& view);

/// Of a field's values where they are shown: durations and numbers as numeric with the decimals of their divisor.
ValueType value_type_of(const FieldDef& field);

}  // namespace tidemark
