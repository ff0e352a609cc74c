#include <algorithm>

#include <tidemark/errors.hpp>

#include "model/rows_builder.hpp"
#include "sink/json_list.hpp"
#include "sink/read_model_layouts.hpp"
#include "sink/shown_values.hpp"
#include "sink/sink_read_models.hpp"
#include "sink/statement_text.hpp"

/// Views' rows of SinkReadModels.
namespace tidemark {
namespace {

std::string notes_of(const Table& rows) {
  std::string notes;
  put_json_list(notes, rows.notes);
  return notes;
}

}  // namespace

void SinkReadModels::complete_refresh(const ViewLayout& layout, std::uint64_t id, Instant completed,
                                      const Table& rows) {
  const TableLayout table = view_table(layout, database_.dialect());
  database_.write("refreshing view " + layout.view, [&] {
    if (lock_rows(layout.view, id)) {
      make_view_table(table);
      database_.execute("DELETE FROM " + database_.table(layout.view));
      put_rows(layout, table, rows);
      StatementText update(database_.dialect());
      update.sql("UPDATE " + database_.table("views") + " SET layout = ").value(fingerprint(layout));
      update.sql(", refresh = ").value(std::to_string(id)).sql(", refreshed_at = ").value(format_rfc3339(completed));
      update.sql(", notes = ").value(notes_of(rows)).sql(" WHERE view = ").value(layout.view);
      database_.rows(update.sql(" RETURNING view").take());
    }
    log_.end(id, completed, Refresh::Status::success, rows.rows.size(), std::nullopt);
  });
}

/// Makes whoever else refreshes the view wait until this transaction is over. False when the rows are of a later attempt.
bool SinkReadModels::lock_rows(const std::string& view, std::uint64_t id) {
  const std::string views = database_.table("views");
  StatementText insert(database_.dialect());
  insert.sql("INSERT INTO " + views + " (view, layout, refresh, notes) VALUES (").value(view);
  database_.rows(insert.sql(", '', 0, '[]') ON CONFLICT (view) DO NOTHING RETURNING view").take());
  StatementText select(database_.dialect());
  select.sql("SELECT refresh FROM " + views + " WHERE view = ").value(view);
  // SQLite's transaction has the whole file.
  if (database_.dialect() == Dialect::postgres) select.sql(" FOR UPDATE");
  const auto found = database_.rows(select.take());
  if (found.empty()) refuse("its table views lost the row of view '" + view + "' meanwhile; somebody took it out");
  return std::stoull(found[0][0].value_or("0")) <= id;
}

/// The table is made anew when it has other columns than the view. Its rows are derived; no others are ever touched.
void SinkReadModels::make_view_table(const TableLayout& table) {
  const auto stored = database_.stored(table.table);
  if (!stored) return create(table);
  const StoredTable wanted = as_stored(table);
  if (stored->types == wanted.types && stored->key == wanted.key) return;
  if (!stored->types.contains("row_number") || stored->key != wanted.key)
    refuse("there is a table " + table.table + " that is no view's; rename the view, or drop the table");
  if (!stored->may_change)
    refuse("the columns of view '" + table.table + "' have changed, and the role does not own its table; drop table " +
           table.table + ", and run what `tidemark sync --ddl` prints");
  database_.execute("DROP TABLE " + database_.table(table.table));
  create(table);
}

void SinkReadModels::put_rows(const ViewLayout& layout, const TableLayout& table, const Table& rows) {
  database_.insert(table, {}, rows.rows.size(), [&](std::size_t i, ValueWriter& out) {
    const tidemark::Row row = rows.rows[i];
    if (row.size() != layout.columns.size())
      throw SinkError(SinkError::Kind::row, "view '" + layout.view + "': a row has " + std::to_string(row.size()) +
                                                " values, and the view " + std::to_string(layout.columns.size()));
    for (std::size_t c = 0; c < row.size(); ++c) {
      try {
        write_value(row[c], layout.columns[c].type, out);
      } catch (const InputError& e) {
        throw SinkError(SinkError::Kind::row,
                        "view '" + layout.view + "', column " + layout.columns[c].name + ": " + e.what());
      }
    }
    out.bigint(static_cast<std::int64_t>(i) + 1);
    out.bytes(key_of(row, layout).view());
  });
}

std::optional<Table> SinkReadModels::rows(const ViewLayout& layout) {
  if (!has_rows(layout)) return std::nullopt;
  try {
    return select_rows(layout);
  } catch (const SinkError& e) {
    // Somebody with other definitions may have made the table anew since.
    if (e.kind() != SinkError::Kind::permanent || has_rows(layout)) throw;
    return std::nullopt;
  }
}

bool SinkReadModels::has_rows(const ViewLayout& layout) {
  if (!has_log()) return false;
  StatementText select(database_.dialect());
  select.sql("SELECT refresh FROM " + database_.table("views") + " WHERE view = ").value(layout.view);
  select.sql(" AND layout = ").value(fingerprint(layout));
  bool found = false;
  database_.read("reading view " + layout.view, [&] { found = !database_.rows(select.take()).empty(); });
  return found;
}

/// In one statement, which sees the rows of one refresh, whether its layout is ours, and its notes.
std::optional<Table> SinkReadModels::select_rows(const ViewLayout& layout) {
  std::string sql = "SELECT v.notes, t.\"row_number\"";
  std::vector<SinkType> types = {SinkType::text, SinkType::bigint};
  Table table;
  for (const ViewLayout::Column& column : layout.columns) {
    sql += ", t." + quote_name(column.name);
    types.push_back(sink_type(column.type));
    table.columns.push_back(column.name);
    if (column.is_key && table.key_columns + 1 == table.columns.size()) ++table.key_columns;
  }
  sql += " FROM " + database_.table("views") + " AS v LEFT JOIN " + database_.table(layout.view) +
         " AS t ON true WHERE v.view = " + quote_text(layout.view) +
         " AND v.layout = " + quote_text(fingerprint(layout)) + " ORDER BY t.\"row_number\"";
  RowsBuilder rows(layout.columns.size());
  std::vector<std::uint32_t> order;
  bool found = false;
  database_.select("reading view " + layout.view, sql, types, [&](const ValueReader& row) {
    if (!found) table.notes = parse_json_texts(row.text(0));
    found = true;
    if (row.is_null(1)) return;  // a view without rows
    auto place = rows.add_row();
    for (std::size_t c = 0; c < layout.columns.size(); ++c)
      place.put(read_value(row, static_cast<int>(c) + 2, layout.columns[c].type, rows));
    order.push_back(static_cast<std::uint32_t>(order.size()));
  });
  if (!found) return std::nullopt;
  table.rows = rows.finish(std::move(order));
  return table;
}

}  // namespace tidemark
