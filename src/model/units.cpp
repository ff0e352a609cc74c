#include "model/units.hpp"

namespace tidemark {

std::int64_t unit_divisor(const ColumnDef& column) {
  switch (column.unit) {
    case ColumnUnit::millis: return 1000;
    case ColumnUnit::scaled: return column.divisor;
    default: return 1;
  }
}

Cell integer_in_unit(const ColumnDef& column, std::int64_t units) {
  if (column.unit == ColumnUnit::instant) return Instant{units};
  if (column.unit == ColumnUnit::micros) return units;
  return static_cast<double>(units) / static_cast<double>(unit_divisor(column));
}

double real_in_unit(const ColumnDef& column, double units) {
  const std::int64_t divisor = unit_divisor(column);
  return divisor == 1 ? units : units / static_cast<double>(divisor);
}

Cell sum_in_unit(const ColumnDef& column, Int128 units) { return Decimal{units, unit_divisor(column)}; }

}  // namespace tidemark
