#pragma once
#include <cstddef>
#include <string>

#include <tidemark/engine.hpp>

#include "render/report.hpp"

/// Query results as text. Pure. Contract: docs/cli.md, "Output formats".
namespace tidemark {

/// One value for people: `-` for NULL, three decimals (`0.0001` keeps its first digits), `a,b` for lists.
std::string cell_text(const Value& value);

/// Aligned columns and a row count. Lines are cut to `max_width` columns; 0 cuts nothing.
std::string table_text(const Table& table, std::size_t max_width);
/// A header line and one line per row, ended by CR LF. Notes are left out: they go to stderr.
std::string table_csv(const Table& table);
/// `{"columns": […], "rows": [{…}, …], "notes": […]}`, one row a line.
std::string table_json(const Table& table);

}  // namespace tidemark
