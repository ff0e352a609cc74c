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

/// The value with the type's decimals.
Decimal decimal_of(const Value& value, const ValueType& type) {
  std::string digits = value.to_string();
  std::size_t decimals = 0;
  if (const std::size_t point = digits.find('.'); point != std::string::npos) {
    decimals = digits.size() - point - 1;
    digits.erase(point, 1);
  }
  if (decimals > type.scale) refuse(value.to_string(), type);
  digits.append(type.scale - decimals, '0');
  return {parse_int128(digits), divisor_of(type.scale)};
}

bool fits(Value::Kind kind, ValueType::Kind type) {
  switch (type) {
    case ValueType::Kind::integer: return kind == Value::Kind::integer;
    case ValueType::Kind::numeric: return kind == Value::Kind::decimal || kind == Value::Kind::integer;
    case ValueType::Kind::real: return kind == Value::Kind::real;
    case ValueType::Kind::text: return kind == Value::Kind::text;
    case ValueType::Kind::text_list: return kind == Value::Kind::text_list;
    case ValueType::Kind::instant: return kind == Value::Kind::instant;
    case ValueType::Kind::boolean: return kind == Value::Kind::boolean;
  }
  return false;
}

std::vector<std::string> list_of(const Value& value) { return {value.list().begin(), value.list().end()}; }

template <typename Held>
const Held& held(const Cell& cell, const ValueType& type) {
  if (const auto* value = std::get_if<Held>(&cell)) return *value;
  refuse("a value of another type", type);
}

}  // namespace

void write_value(const Value& value, const ValueType& type, ValueWriter& out) {
  if (value.is_null()) return out.null();
  if (!fits(value.kind(), type.kind)) refuse(value.to_string(), type);
  switch (type.kind) {
    case ValueType::Kind::integer: return out.bigint(value.integer());
    case ValueType::Kind::numeric: return out.decimal(decimal_of(value, type));
    case ValueType::Kind::real: return out.real(value.real());
    case ValueType::Kind::text: return out.text(value.text());
    case ValueType::Kind::text_list: return out.text_list(list_of(value));
    case ValueType::Kind::instant: return out.instant(value.instant());
    case ValueType::Kind::boolean: return out.boolean(value.boolean());
  }
}

RowCell read_value(const ValueReader& row, int column, const ValueType& type, RowsBuilder& rows) {
  if (row.is_null(column)) return RowsBuilder::null();
  switch (type.kind) {
    case ValueType::Kind::integer: return RowsBuilder::integer(static_cast<std::uint64_t>(row.bigint(column)));
    case ValueType::Kind::numeric: return rows.decimal(row.decimal(column, divisor_of(type.scale)), type.scale);
    case ValueType::Kind::real: return RowsBuilder::real(row.real(column));
    case ValueType::Kind::text: return rows.text(std::string(row.text(column)));
    case ValueType::Kind::text_list: return rows.text_list(row.text_list(column));
    case ValueType::Kind::instant: return RowsBuilder::instant(row.instant(column));
    case ValueType::Kind::boolean: return RowsBuilder::boolean(row.boolean(column));
  }
  return RowsBuilder::null();
}

void write_cell(const Cell& cell, const ValueType& type, ValueWriter& out) {
  if (is_null(cell)) return out.null();
  switch (type.kind) {
    case ValueType::Kind::integer: return out.bigint(held<std::int64_t>(cell, type));
    case ValueType::Kind::numeric: {
      const auto& decimal = held<Decimal>(cell, type);
      if (decimal.divisor != divisor_of(type.scale)) refuse(to_text(decimal), type);
      return out.decimal(decimal);
    }
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
