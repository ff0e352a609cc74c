#pragma once
#include "model/cell.hpp"
#include "model/key.hpp"
#include "model/rows_builder.hpp"
#include "model/view_layout.hpp"
#include "sink/row.hpp"

/// Values as people see them, in and out of a sink's columns (read_model_layouts.hpp): exact in both directions.
/// Errors: InputError for a value of another type than its column.
namespace tidemark {

void write_value(const Value& value, const ValueType& type, ValueWriter& out);
RowCell read_value(const ValueReader& row, int column, const ValueType& type, RowsBuilder& rows);

void write_cell(const Cell& cell, const ValueType& type, ValueWriter& out);
Cell read_cell(const ValueReader& row, int column, const ValueType& type);

/// As a rollup's table has its dimensions: a boolean that its span lacked is NULL, and an empty text here.
void write_dimension(const DimensionValue& value, SinkType type, ValueWriter& out);
DimensionValue read_dimension(const ValueReader& row, int column, SinkType type);

/// Stands for the values of a row's key columns; those may be NULL. Equal exactly when all of them are.
Digest key_of(const Row& row, const ViewLayout& layout);

}  // namespace tidemark
