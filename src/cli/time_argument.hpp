#pragma once
#include <string_view>

#include <tidemark/time.hpp>

namespace tidemark::cli {

/// Reads an instant from the command line: RFC 3339, a date (its midnight, UTC), `now`, or a duration before now
/// (`-7d`, `-24h`). `option` is named in the message.
/// Errors: UsageError.
Instant parse_time_argument(std::string_view option, std::string_view text, Instant now);

}  // namespace tidemark::cli
