#pragma once
#include "render/report.hpp"

namespace tidemark::cli {

/// How a command prints its result: docs/cli.md, "Output formats".
enum class OutputFormat { table, csv, json };

}  // namespace tidemark::cli
