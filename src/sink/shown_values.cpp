#include "sink/shown_values.hpp"

#include <tidemark/errors.hpp>

#include "sink/read_model_layouts.hpp"
#include "sink/sql.hpp"

namespace tidemark {
namespace {

[[noreturn]] void refuse(const std::string& found, const ValueType& type) {
  throw InputError("expected a " + std::string(type_name(sink_type(type), Dialect::postgres)) + ", found '" + found +
                   "'");
}

std::int64_t divisor_of(unsigned scale) {
  std::int64_t divisor = 1;
  for (; scale > 0; --scale) divisor *= 10;
  return divisor;
}

/// With the type's decimals, which may be more than it has.
Decimal decimal_of(const Cell& cell, const ValueType& type) {
  Decimal decimal;
  if (const auto* whole = std::get_if<std::int64_t>(&cell))
    decimal.units = *whole;
  else if (const auto* given = std::get_if<Decimal>(&cell))
    decimal = *given;
  else
    refuse("a value of another type", type);
  const std::int64_t divisor = divisor_of(type.scale);
  const std::int64_t factor = divisor / decimal.divisor;
  if (factor == 0 || __builtin_mul_overflow(decimal.units, Int128{factor}, &decimal.units))
    refuse(to_text(decimal), type);
  decimal.divisor = divisor;
  return decimal;
}

template <typename Held>
const Held& held(const Cell& cell, const ValueType& type) {
  if (const auto* value = std::get_if<Held>(&cell)) return *value;
  refuse("a value of another type", type);
}

}  // namespace

void write_value(const Value& value, const ValueType& type, ValueWriter& out) {
  write_cell(RowsBuilder::to_cell(value), type, out);
}

RowCell read_value(const ValueReader& row, int column, const ValueType& type, RowsBuilder& rows) {
  return rows.cell(read_cell(row, column, type));
}

void write_cell(const Cell& cell, const ValueType& type, ValueWriter& out) {
  if (is_null(cell)) return out.null();
  switch (type.kind) {
    case ValueType::Kind::integer: return out.bigint(held<std::int64_t>(cell, type));
    case ValueType::Kind::numeric: return out.decimal(decimal_of(cell, type));
    case ValueType::Kind::real: return out.real(held<double>(cell, type));
    case ValueType::Kind::text: return out.text(held<std::string>(cell, type));
    case ValueType::Kind::text_list: return out.text_list(held<std::vector<std::string>>(cell, type));
    case ValueType::Kind::instant: return out.instant(held<Instant>(cell, type));
    case ValueType::Kind::boolean: return out.boolean(held<bool>(cell, type));
  }
}

Cell read_cell(const ValueReader& row, int column, const ValueType& type) {
  if (row.is_null(column)) return {};
  switch (type.kind) {
    case ValueType::Kind::integer: return row.bigint(column);
    case ValueType::Kind::numeric: {
      const std::int64_t divisor = divisor_of(type.scale);
      return Decimal{row.decimal(column, divisor), divisor};
    }
    case ValueType::Kind::real: return row.real(column);
    case ValueType::Kind::text: return std::string(row.text(column));
    case ValueType::Kind::text_list: return row.text_list(column);
    case ValueType::Kind::instant: return row.instant(column);
    case ValueType::Kind::boolean: return row.boolean(column);
  }
  return {};
}

void write_dimension(const DimensionValue& value, SinkType type, ValueWriter& out) {
  if (value.is_set != (type == SinkType::text_list))
    throw InputError("a label set is there where a text has to be, or the other way");
  if (value.is_set) return out.text_list(value.labels);
  if (type != SinkType::boolean) return out.text(value.text);
  if (value.text.empty()) return out.null();
  if (value.text != "true" && value.text != "false")
    throw InputError("expected true, false or nothing, found '" + value.text + "'");
  out.boolean(value.text == "true");
}

DimensionValue read_dimension(const ValueReader& row, int column, SinkType type) {
  DimensionValue value;
  value.is_set = type == SinkType::text_list;
  if (row.is_null(column)) return value;
  if (value.is_set)
    value.labels = row.text_list(column);
  else if (type == SinkType::boolean)
    value.text = row.boolean(column) ? "true" : "false";
  else
    value.text = row.text(column);
  return value;
}

Digest key_of(const Row& row, const ViewLayout& layout) {
  DigestBuilder key;
  for (std::size_t i = 0; i < layout.columns.size(); ++i) {
    const ViewLayout::Column& column = layout.columns[i];
    if (!column.is_key) continue;
    const Value value = row[i];
    key.add(std::int64_t{!value.is_null()});
    if (value.is_null()) continue;
    if (column.type.kind == ValueType::Kind::text_list) {
      key.add(static_cast<std::int64_t>(value.list().size()));
      for (const std::string& item : value.list()) key.add(item);
    } else if (column.type.kind == ValueType::Kind::instant) {
      key.add(value.instant().us);
    } else {
      key.add(value.to_string());
    }
  }
  return key.finish();
}

}  // namespace tidemark
