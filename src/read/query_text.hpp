#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/engine.hpp>

/// The parts of a query as people write them, on a command line or in a URL. Pure.
namespace tidemark {

/// An instant: RFC 3339, a date (its midnight, UTC), `now`, or a duration before now (`-7d`, `-24h`).
std::optional<Instant> parse_query_time(std::string_view text, Instant now);
inline constexpr std::string_view kQueryTimeExpected = "expected a time as 2026-01-01T00:00:00Z, 2026-01-01 or -7d";

/// The width of windows: a duration, or `all` for one. False when it is neither.
bool parse_query_windows(std::string_view text, Query& query);
inline constexpr std::string_view kQueryWindowsExpected = "expected a width as 1h, 1d or 7d, or all";

/// `a,b` as two names; an empty text as none. No escapes: names have no commas.
std::vector<std::string> split_names(std::string_view text);

}  // namespace tidemark
