#include "read/query_text.hpp"

#include "model/text.hpp"

namespace tidemark {

std::optional<Instant> parse_query_time(std::string_view text, Instant now) {
  if (text == "now") return now;
  if (text.starts_with('-')) {
    const auto before = parse_duration(text.substr(1));
    return before ? std::optional(now - *before) : std::nullopt;
  }
  return text.size() == 10 ? parse_rfc3339(std::string(text) + "T00:00:00Z") : parse_rfc3339(text);
}

bool parse_query_windows(std::string_view text, Query& query) {
  if (text == "all") {
    query.windows = Query::Windows::all;
    return true;
  }
  const auto width = parse_duration(text);
  if (!width) return false;
  query.windows = Query::Windows::width;
  query.width = *width;
  return true;
}

std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    names.emplace_back(trim(text.substr(0, comma)));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return names;
}

}  // namespace tidemark
