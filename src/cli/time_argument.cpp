#include "cli/time_argument.hpp"

#include <string>

#include "cli/options.hpp"
#include "read/query_text.hpp"

namespace tidemark::cli {

Instant parse_time_argument(std::string_view option, std::string_view text, Instant now) {
  if (const auto instant = parse_query_time(text, now)) return *instant;
  throw UsageError(std::string(option) + ": " + std::string(kQueryTimeExpected) + ", found '" + std::string(text) +
                   "'");
}

}  // namespace tidemark::cli
