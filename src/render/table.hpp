#pragma once
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/engine.hpp>

#include "render/report.hpp"

/// Query results as text. Pure. Contract: docs/cli.md, "Output formats".
namespace tidemark {

/// One value for people: `-` for NULL, three decimals (`0.0001` keeps its first digits), `a,b` for lists.
std::string cell_text(const Value& value);

/// A part of a table's rows: [begin, end), as far as there are any.
struct RowRange {
  std::size_t begin = 0;
  std::size_t end = std::numeric_limits<std::size_t>::max();
};

/// Aligned columns and a row count. Lines are cut to `max_width` columns; 0 cuts nothing.
std::string table_text(const Table& table, std::size_t max_width, RowRange range = {});
/// A header line and one line per row, ended by CR LF. Notes are left out: they go to stderr.
std::string table_csv(const Table& table, RowRange range = {});
/// `{"columns": […], "rows": [{…}, …], "notes": […]}`, one row a line. With `next` one more key, `next`: that text, or
/// null when it is empty.
std::string table_json(const Table& table, RowRange range = {}, std::optional<std::string_view> next = {});
/// Rows as table_json() has them, for those who put a document of their own together: one object a line, with commas
/// between them. `keys` as json_keys() makes them.
void append_json_rows(std::string& out, const Table& table, const std::vector<std::string>& keys, RowRange range = {});
/// The columns' names as JSON texts.
std::vector<std::string> json_keys(const Table& table);
/// One object a line for each row, and nothing else.
std::string table_ndjson(const Table& table, RowRange range = {});

}  // namespace tidemark
