#pragma once
#include <vector>

#include <tidemark/table.hpp>

#include "model/cell.hpp"
#include "model/schema.hpp"
#include "model/view_layout.hpp"

namespace tidemark {

using ViewRow = std::vector<Cell>;

/// What is left of a view's rows, and in which order: `having`, `order_by`, `limit`, and the rank as the last cell.
/// NULLs come last, texts go by bytes, and ties are broken by the key, so that equal data give equal rows.
Table ordered_rows(const ViewDef& view, const ViewLayout& layout, std::vector<ViewRow> rows);

/// Below 0, 0, above 0: a comes before b, is as b, comes behind it. Both are of one column; NULLs come last.
int compare_cells(const Cell& a, const Cell& b, bool descending = false);

}  // namespace tidemark
