#include "cli/time_argument.hpp"

#include <catch2/catch.hpp>

#include "cli/options.hpp"

using namespace tidemark;
using namespace tidemark::cli;

namespace {
const Instant kNow = *parse_rfc3339("2026-03-01T12:00:00Z");
Instant parsed(const char* text) { return parse_time_argument("--from", text, kNow); }
}  // namespace

TEST_CASE("times are instants, dates, or lengths before now") {
  CHECK(parsed("2026-01-01T00:00:00Z") == *parse_rfc3339("2026-01-01T00:00:00Z"));
  CHECK(parsed("2026-01-01T02:00:00.5+02:00") == *parse_rfc3339("2026-01-01T00:00:00.5Z"));
  CHECK(parsed("2026-01-31") == *parse_rfc3339("2026-01-31T00:00:00Z"));
  CHECK(parsed("now") == kNow);
  CHECK(parsed("-7d") == kNow - days(7));
  CHECK(parsed("-24h") == kNow - hours(24));
}

TEST_CASE("a time that is none is refused with the option's name") {
  for (const char* wrong : {"", "yesterday", "2026-02-30", "2026-1-1", "7d", "-7x", "-", "2026-01-01T00:00:00"}) {
    INFO(wrong);
    CHECK_THROWS_AS(parsed(wrong), UsageError);
  }
  CHECK_THROWS_WITH(parsed("soon"), Catch::StartsWith("--from: expected a time as") && Catch::EndsWith("found 'soon'"));
}
