#pragma once
#include "model/cell.hpp"
#include "model/schema.hpp"

namespace tidemark {

/// What a stored number is divided by to give the column's unit.
std::int64_t unit_divisor(const ColumnDef& column);

/// A stored integer in a column's unit: an instant, whole microseconds, or a double after one division.
Cell integer_in_unit(const ColumnDef& column, std::int64_t units);

/// A percentile (a double in stored units) in a column's unit: one division, nothing else.
double real_in_unit(const ColumnDef& column, double units);

/// A sum: exact, as a decimal.
Cell sum_in_unit(const ColumnDef& column, Int128 units);

}  // namespace tidemark
