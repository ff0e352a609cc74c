#include "cli/time_argument.hpp"

#include <string>

#include "cli/options.hpp"

namespace tidemark::cli {

Instant parse_time_argument(std::string_view option, std::string_view text, Instant now) {
  if (text == "now") return now;
  if (text.starts_with('-')) {
    if (const auto before = parse_duration(text.substr(1))) return now - *before;
  } else if (text.size() == 10) {
    if (const auto midnight = parse_rfc3339(std::string(text) + "T00:00:00Z")) return *midnight;
  } else if (const auto instant = parse_rfc3339(text)) {
    return *instant;
  }
  throw UsageError(std::string(option) + ": expected a time as 2026-01-01T00:00:00Z, 2026-01-01 or -7d, found '" +
                   std::string(text) + "'");
}

}  // namespace tidemark::cli
