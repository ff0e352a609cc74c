#include "read/query_text.hpp"

#include <catch2/catch.hpp>

using namespace tidemark;

namespace {
constexpr Instant kNow{1767578400'000'000};  // 2026-01-05T02:00:00Z
}

TEST_CASE("names are split at commas, without the blanks around them") {
  CHECK(split_names("a, b,c") == std::vector<std::string>{"a", "b", "c"});
  CHECK(split_names("").empty());
}

TEST_CASE("a time is an instant, a date, now, or a length of time before now") {
  CHECK(parse_query_time("2026-01-05T02:00:00Z", {}) == kNow);
  CHECK(parse_query_time("2026-01-05", {}) == kNow - hours(2));
  CHECK(parse_query_time("now", kNow) == kNow);
  CHECK(parse_query_time("-7d", kNow) == kNow - days(7));
  for (const char* wrong : {"", "-", "-7", "7d", "2026-1-5", "2026-13-01", "yesterday"})
    CHECK_FALSE(parse_query_time(wrong, kNow));
}

TEST_CASE("windows are a width, or all") {
  Query query;
  CHECK(parse_query_windows("1d", query));
  CHECK((query.windows == Query::Windows::width && query.width == days(1)));
  CHECK(parse_query_windows("all", query));
  CHECK(query.windows == Query::Windows::all);
  CHECK_FALSE(parse_query_windows("weekly", query));
}
