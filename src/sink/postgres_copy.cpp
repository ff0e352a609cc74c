#include "sink/postgres_copy.hpp"

#include "sink/postgres_binary.hpp"
#include "sink/sql.hpp"

namespace tidemark {
namespace {

/// Rows are sent in pieces of about this size. Larger takes memory and gains nothing.
constexpr std::size_t kPieceBytes = 256u << 10;

}  // namespace

std::string create_stage_sql(const TableLayout& layout) {
  std::string columns;
  for (const SinkColumn& column : layout.columns)
    columns += (columns.empty() ? "" : ", ") + column_definition(column, Dialect::postgres);
  return "CREATE TEMPORARY TABLE tidemark_stage (" + columns + ") ON COMMIT DROP";
}

std::string merge_stage_sql(const TableLayout& layout, const std::string& table, const std::string& on_conflict) {
  const std::string columns = column_list(layout);
  return "INSERT INTO " + table + " AS stored (" + columns + ") SELECT " + columns + " FROM " + kPostgresStage +
         on_conflict;
}

void copy_in(PostgresConnection& connection, const TableLayout& layout, const std::string& table, std::size_t count,
             const std::function<void(std::size_t, ValueWriter&)>& put) {
  connection.copy_begin("COPY " + table + " (" + column_list(layout) + ") FROM STDIN (FORMAT binary)");
  PostgresRowWriter row;
  row.begin_copy();
  for (std::size_t i = 0; i < count; ++i) {
    row.begin_row(layout.columns.size());
    put(i, row);
    if (row.bytes().size() < kPieceBytes) continue;
    connection.copy_data(row.bytes());
    row.clear();
  }
  row.end_copy();
  connection.copy_data(row.bytes());
  connection.copy_end();
}

}  // namespace tidemark
