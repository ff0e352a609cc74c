#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

#include "model/results.hpp"

using namespace tidemark;

TEST_CASE("vendors' words map to OpenTelemetry's results") {
  const std::map<std::string, std::vector<std::string>> words{
      {"success", {"success", "neutral", "passed", "pass"}},
      {"failure", {"failure", "failed", "fail", "action_required", "unstable"}},
      {"error", {"error", "broken", "expired", "startup_failure"}},
      {"timeout", {"timeout", "timed_out"}},
      {"cancellation", {"cancellation", "cancelled", "canceled", "aborted", "stale"}},
      {"skip", {"skip", "skipped", "not_run", "not_built"}},
  };
  for (const auto& [result, vendors] : words)
    for (const std::string& vendor : vendors) {
      CAPTURE(vendor);
      CHECK(map_result(vendor) == std::string_view(result));
    }
}

TEST_CASE("results are mapped whatever their case") {
  CHECK(map_result("SUCCESS") == std::string_view("success"));
  CHECK(map_result("Timed_Out") == std::string_view("timeout"));
  CHECK(map_result("ABORTED") == std::string_view("cancellation"));
}

TEST_CASE("words that no rule knows are not mapped") {
  for (const char* word : {"", "unknown", "running", "succes", "success ", "\xC3\x89rror", "startup_failures",
                           "a word that is longer than any of them"}) {
    CAPTURE(word);
    CHECK_FALSE(map_result(word));
  }
}
