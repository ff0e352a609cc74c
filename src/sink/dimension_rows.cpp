#include <tidemark/errors.hpp>

#include "sink/json_list.hpp"
#include "sink/read_model_layouts.hpp"
#include "sink/shown_values.hpp"
#include "sink/sink_read_models.hpp"
#include "sink/statement_text.hpp"

/// Dimension tables of SinkReadModels. Other definitions may have declared further columns: those stay as they are.
namespace tidemark {
namespace {

/// A row that is there takes over the columns that are declared here.
std::string on_conflict(const TableLayout& table) {
  std::string sql;
  for (std::size_t i = 1; i < table.columns.size(); ++i) {
    const std::string name = quote_name(table.columns[i].name);
    sql += (i == 1 ? "" : ", ") + name + " = excluded." + name;
  }
  const std::string key = " ON CONFLICT (" + quote_name(table.columns[0].name) + ") DO ";
  return key + (sql.empty() ? "NOTHING" : "UPDATE SET " + sql);
}

/// The texts of a parameter as rows: `{a,b}` or `["a","b"]`.
std::string unnested(Dialect dialect, const std::string& mark) {
  return dialect == Dialect::postgres
             ? "SELECT e.value FROM pg_catalog.json_array_elements_text(" + mark + "::pg_catalog.json) AS e(value)"
             : "SELECT e.value FROM json_each(" + mark + ") AS e";
}

}  // namespace

void SinkReadModels::put_table(const TableDef& table, const DimensionRows& rows, bool merge) {
  make_log();
  const TableLayout layout = dimension_table(table, database_.dialect());
  std::vector<const DimensionRows::value_type*> list;
  list.reserve(rows.size());
  for (const auto& row : rows) list.push_back(&row);
  database_.write("writing table " + table.name, [&] {
    make_dimension_table(layout);
    // Of two that replace all rows, one comes after the other; readers go on.
    if (database_.dialect() == Dialect::postgres)
      database_.execute("LOCK TABLE " + database_.table(table.name) + " IN SHARE ROW EXCLUSIVE MODE");
    if (!merge) keep_only(layout, rows);
    database_.insert(layout, on_conflict(layout), list.size(), [&](std::size_t i, ValueWriter& out) {
      const auto& [key, cells] = *list[i];
      if (cells.size() != table.columns.size())
        throw SinkError(SinkError::Kind::row, "table '" + table.name + "': the row of '" + key + "' has " +
                                                  std::to_string(cells.size()) + " values, and the table " +
                                                  std::to_string(table.columns.size()));
      out.text(key);
      for (std::size_t c = 0; c < cells.size(); ++c) write_cell(cells[c], value_type_of(table.columns[c]), out);
    });
  });
}

/// Takes the rows of all other keys out.
void SinkReadModels::keep_only(const TableLayout& table, const DimensionRows& rows) {
  const std::string key = quote_name(table.columns[0].name);
  std::vector<std::string> gone;
  for (const SinkDatabase::Row& row : database_.rows({"SELECT " + key + " FROM " + database_.table(table.table), {}}))
    if (!rows.contains(*row.at(0))) gone.push_back(*row[0]);
  if (gone.empty()) return;
  std::string list;
  put_json_list(list, gone);
  const Dialect dialect = database_.dialect();
  database_.rows({"DELETE FROM " + database_.table(table.table) + " WHERE " + key + " IN (" +
                      unnested(dialect, parameter_mark(dialect, 1)) + ") RETURNING 1",
                  {list}});
}

/// Adds what is missing, and takes nothing out.
void SinkReadModels::make_dimension_table(const TableLayout& table) {
  const auto stored = database_.stored(table.table);
  if (!stored) return create(table);
  const StoredTable wanted = as_stored(table);
  if (stored->key != wanted.key)
    refuse("there is a table " + table.table + " whose primary key is not " + table.columns[0].name +
           "; rename the dimension table, or drop that one");
  for (const SinkColumn& column : table.columns) {
    const auto found = stored->types.find(column.name);
    if (found == stored->types.end())
      database_.execute(add_column_sql(table, database_.table(table.table), column));
    else if (found->second != wanted.types.at(column.name))
      refuse("column " + table.table + "." + column.name + " is of type '" + found->second + "', but is declared as '" +
             wanted.types.at(column.name) + "'; rename the column in the definitions");
  }
}

DimensionRows SinkReadModels::load_table(const TableDef& table) {
  const TableLayout layout = dimension_table(table, database_.dialect());
  std::optional<StoredTable> stored;
  database_.read("reading table " + table.name, [&] { stored = database_.stored(table.name); });
  DimensionRows rows;
  if (!stored) return rows;
  // A column that was declared later is added when rows come next.
  std::string columns;
  std::vector<SinkType> types;
  std::vector<int> at;  // by column of the layout
  for (const SinkColumn& column : layout.columns) {
    const bool is_there = stored->types.contains(column.name);
    at.push_back(is_there ? static_cast<int>(types.size()) : -1);
    if (!is_there) continue;
    columns += (types.empty() ? "" : ", ") + quote_name(column.name);
    types.push_back(column.type);
  }
  if (at[0] < 0) refuse("table " + table.name + " has no column " + table.key + "; rename the dimension table");
  database_.select(
      "reading table " + table.name, "SELECT " + columns + " FROM " + database_.table(table.name), types,
      [&](const ValueReader& row) {
        std::vector<Cell>& cells = rows[std::string(row.text(0))];
        for (std::size_t c = 0; c < table.columns.size(); ++c)
          cells.push_back(at[c + 1] < 0 ? Cell() : read_cell(row, at[c + 1], value_type_of(table.columns[c])));
      });
  return rows;
}

}  // namespace tidemark
