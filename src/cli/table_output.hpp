#pragma once
#include <tidemark/table.hpp>

#include "cli/console.hpp"
#include "cli/report.hpp"

namespace tidemark::cli {

/// A table as the command's result: for people, as CSV or as JSON. Its notes go to stderr, but where the JSON has them.
void print_table(const Table& table, OutputFormat format, Console& console);

}  // namespace tidemark::cli
