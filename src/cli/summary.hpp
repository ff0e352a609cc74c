#pragma once
#include <string>

#include "cli/common_options.hpp"
#include "cli/console.hpp"
#include "cli/report.hpp"

namespace tidemark::cli {

/// Prints a command's result as the arguments ask: `text` for people (nothing under `--quiet`), else the report.
inline void print_summary(const Arguments& arguments, Console& console, const Report& report, const std::string& text) {
  switch (output_format(arguments)) {
    case OutputFormat::json: console.out.write(report.json()); break;
    case OutputFormat::csv: console.out.write(report.csv()); break;
    case OutputFormat::table:
      if (!quiet(arguments)) console.out.write(text);
  }
}

}  // namespace tidemark::cli
