#include "cli/table_output.hpp"

#include "render/table.hpp"

namespace tidemark::cli {

void print_table(const Table& table, OutputFormat format, Console& console) {
  switch (format) {
    case OutputFormat::table: console.out.write(table_text(table, console.out.terminal_columns())); break;
    case OutputFormat::csv: console.out.write(table_csv(table)); break;
    case OutputFormat::json: console.out.write(table_json(table)); return;
  }
  console.out.flush();
  for (const std::string& note : table.notes) console.message("note: " + note);
}

}  // namespace tidemark::cli
