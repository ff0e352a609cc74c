#include "fleet/span.hpp"

#include <cstdio>
#include <cstdlib>

namespace tidemark::fleet {

std::string to_ndjson(const Span& span) {
  std::string line = R"({"source":"run","id":"s)" + std::to_string(span.number) + R"(","owner":")" + span.owner +
                     R"(","job":")" + span.job + R"(","ended_at":")" + format_rfc3339(span.ended) + '"';
  if (span.started) line += R"(,"started_at":")" + format_rfc3339(*span.started) + '"';
  if (span.result) line += R"(,"result":")" + *span.result + '"';
  if (span.main) line += *span.main ? R"(,"main":true)" : R"(,"main":false)";
  if (span.cost_cents) {
    char text[32];
    std::snprintf(text, sizeof text, "%s%lld.%02lld", *span.cost_cents < 0 ? "-" : "",
                  std::abs(static_cast<long long>(*span.cost_cents)) / 100,
                  std::abs(static_cast<long long>(*span.cost_cents)) % 100);
    line += std::string(R"(,"cost":)") + text;
  }
  line += R"(,"mark":)" + std::to_string(span.mark);
  line += R"(,"tags":[)";
  for (std::size_t i = 0; i < span.tags.size(); ++i) line += (i == 0 ? "\"" : ",\"") + span.tags[i] + '"';
  return line + "]}\n";
}

}  // namespace tidemark::fleet
