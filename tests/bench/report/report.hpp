#pragma once
#include <string>

#include "common/scenario.hpp"

namespace tidemark::bench {

/// Prints the table of a run, and writes the figures as JSON where a path is given. Then compares the buckets of all sides
/// that left them in `folder`, and throws when one differs: speed without the same answers would be worth nothing.
void report(const Figures& figures, const std::string& folder, const std::string& json_path);

/// Prints what `scripts/bench --growth` measured at its smallest and largest size, and the ratios.
void report_growth(const Figures& figures);

}  // namespace tidemark::bench
