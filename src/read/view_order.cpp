#include "read/view_order.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "model/rows_builder.hpp"

namespace tidemark {
namespace {

template <typename T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

struct Compare {
  const Cell& b;
  int operator()(std::monostate) const { return 0; }
  int operator()(const Decimal& v) const { return three_way(v.units, std::get<Decimal>(b).units); }
  template <typename T>
  int operator()(const T& v) const {
    return three_way(v, std::get<T>(b));
  }
};

double number_of(const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*integer);
  if (const auto* decimal = std::get_if<Decimal>(&cell)) return to_double(*decimal);
  return std::get<double>(cell);
}

bool holds(const ViewDef::Comparison& comparison, const ViewRow& row) {
  const Cell& cell = row[static_cast<std::size_t>(comparison.column)];
  if (is_null(cell)) return false;
  const int order = three_way(number_of(cell), std::strtod(comparison.number.c_str(), nullptr));
  switch (comparison.op) {
    case ViewDef::Comparison::Op::less: return order < 0;
    case ViewDef::Comparison::Op::less_equal: return order <= 0;
    case ViewDef::Comparison::Op::equal: return order == 0;
    case ViewDef::Comparison::Op::not_equal: return order != 0;
    case ViewDef::Comparison::Op::greater_equal: return order >= 0;
    case ViewDef::Comparison::Op::greater: return order > 0;
  }
  return false;
}

int compare_order(const ViewDef& view, const ViewRow& a, const ViewRow& b) {
  for (const ViewDef::Order& order : view.order) {
    const auto column = static_cast<std::size_t>(order.column);
    if (const int way = compare_cells(a[column], b[column], order.descending); way != 0) return way;
  }
  return 0;
}

/// SQL's rank(): rows that are alike share the place of the first of them.
void add_ranks(const ViewDef& view, std::vector<ViewRow>& rows) {
  std::int64_t rank = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool as_before = i > 0 && compare_order(view, rows[i - 1], rows[i]) == 0;
    if (!as_before) rank = static_cast<std::int64_t>(i) + 1;
    rows[i].back() = rank;
  }
}

void drop_unwanted(const std::vector<ViewDef::Comparison>& having, std::vector<ViewRow>& rows) {
  std::erase_if(rows, [&](const ViewRow& row) {
    return !std::all_of(having.begin(), having.end(), [&](const auto& comparison) { return holds(comparison, row); });
  });
}

}  // namespace

int compare_cells(const Cell& a, const Cell& b, bool descending) {
  if (is_null(a) || is_null(b)) return static_cast<int>(is_null(a)) - static_cast<int>(is_null(b));
  const int way = std::visit(Compare{b}, a);
  return descending ? -way : way;
}

Table ordered_rows(const ViewDef& view, const ViewLayout& layout, std::vector<ViewRow> rows) {
  // A rank is known only when the others are gone; conditions on it come behind.
  std::vector<ViewDef::Comparison> on_values, on_rank;
  const auto rank_column = view.rank.empty() ? -1 : static_cast<int>(layout.columns.size()) - 1;
  for (const auto& comparison : view.having)
    (comparison.column == rank_column ? on_rank : on_values).push_back(comparison);
  drop_unwanted(on_values, rows);

  std::vector<std::size_t> key;
  for (std::size_t c = 0; c < layout.columns.size(); ++c)
    if (layout.columns[c].is_key) key.push_back(c);
  std::stable_sort(rows.begin(), rows.end(), [&](const ViewRow& a, const ViewRow& b) {
    if (const int way = compare_order(view, a, b); way != 0) return way < 0;
    for (const std::size_t column : key)
      if (const int way = compare_cells(a[column], b[column]); way != 0) return way < 0;
    return false;
  });
  if (rank_column >= 0) {
    add_ranks(view, rows);
    drop_unwanted(on_rank, rows);
  }
  if (view.limit && rows.size() > *view.limit) rows.resize(static_cast<std::size_t>(*view.limit));

  Table table;
  for (const ViewLayout::Column& column : layout.columns) table.columns.push_back(column.name);
  table.key_columns = 0;
  while (table.key_columns < layout.columns.size() && layout.columns[table.key_columns].is_key) ++table.key_columns;
  RowsBuilder builder(layout.columns.size());
  for (ViewRow& row : rows) {
    std::vector<RowCell> cells;
    for (Cell& cell : row) cells.push_back(builder.cell(std::move(cell)));
    auto place = builder.add_row();
    for (const RowCell cell : cells) place.put(cell);
  }
  std::vector<std::uint32_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0u);
  table.rows = builder.finish(std::move(order));
  return table;
}

}  // namespace tidemark
