#include "engine/time_zones.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <thread>
#include <vector>

#include <tidemark/errors.hpp>

#include "model/cron.hpp"
#include "model/schema_toml.hpp"

using namespace tidemark;
using Catch::Contains;

namespace {

Instant at(const char* text) { return parse_rfc3339(text).value(); }

/// The machine's zones are elsewhere, or nowhere, for as long as it lives.
struct ZonesIn {
  explicit ZonesIn(const char* folder) { ::setenv("TZDIR", folder, 1); }
  ~ZonesIn() { ::unsetenv("TZDIR"); }
  ZonesIn(const ZonesIn&) = delete;
  ZonesIn& operator=(const ZonesIn&) = delete;
};

}  // namespace

TEST_CASE("a zone of the machine's database has its offsets and their changes", "[store]") {
  const auto amsterdam = load_time_zone("Europe/Amsterdam");
  CHECK(amsterdam->offset_at(at("2026-01-05T00:00:00Z")) == hours(1));
  CHECK(amsterdam->offset_at(at("2026-07-05T00:00:00Z")) == hours(2));
  const auto spring = amsterdam->next_change(at("2026-01-05T00:00:00Z"));
  REQUIRE(spring);
  CHECK(spring->at == at("2026-03-29T01:00:00Z"));
  CHECK(spring->before == hours(1));
  CHECK(spring->after == hours(2));
  const auto autumn = amsterdam->next_change(spring->at);
  REQUIRE(autumn);
  CHECK(autumn->at == at("2026-10-25T01:00:00Z"));
  CHECK(autumn->before == hours(2));
  CHECK(autumn->after == hours(1));
  // By the rule that goes on for ever, too.
  CHECK(amsterdam->next_change(at("2250-01-01T00:00:00Z"))->after == hours(2));
  CHECK(load_time_zone("Asia/Kathmandu")->offset_at(at("2026-01-05T00:00:00Z")) == minutes(5 * 60 + 45));
  CHECK_FALSE(load_time_zone("Asia/Kathmandu")->next_change(at("2026-01-05T00:00:00Z")));
}

TEST_CASE("a schedule follows the clocks of its zone", "[store]") {
  const auto new_york = load_time_zone("America/New_York");
  const Cron cron = Cron::parse("30 2 * * *");
  CHECK(format_short(cron.next(at("2026-03-07T12:00:00Z"), *new_york)) == "2026-03-08T07:00:00Z");
  CHECK(format_short(cron.next(at("2026-03-08T07:00:00Z"), *new_york)) == "2026-03-09T06:30:00Z");
}

TEST_CASE("UTC needs no database") {
  const ZonesIn nowhere("/nonexistent");
  for (const char* name : {"", "UTC", "Etc/UTC"}) CHECK(load_time_zone(name)->offset_at(Instant{0}) == Micros{0});
  CHECK_THROWS_WITH(
      load_time_zone("Europe/Madrid"),
      Contains("the time zone 'Europe/Madrid' cannot be read: this machine has no /nonexistent") && Contains("tzdata"));
}

TEST_CASE("a zone that the machine does not know is refused, with what may have been meant", "[store]") {
  CHECK_THROWS_WITH(load_time_zone("Europe/Amsterdan"),
                    Contains("found 'Europe/Amsterdan' (did you mean 'Europe/Amsterdam'?)"));
  CHECK_THROWS_AS(load_time_zone("Europe"), InputError);
  CHECK_THROWS_WITH(load_time_zone("../../etc/passwd"), Contains("expected a time zone such as"));
}

TEST_CASE("the definitions' time zones are checked with their view's name", "[store]") {
  const auto schema = [](const std::string& zone) {
    return parse_schema(
        {{"t.toml",
          "[source.run]\ntime = 'ended_at'\n[source.run.fields]\nowner = 'text'\nended_at = 'instant'\n"
          "[rollup.r]\nsource = 'run'\nevery = '1h'\nby = ['owner']\n[rollup.r.columns]\nn = 'count()'\n"
          "[view.v]\nfrom = 'r'\nrefresh = '@daily'\ntime_zone = '" +
              zone + "'\n[view.v.columns]\nn = 'n'\n"}});
  };
  CHECK_NOTHROW(check_time_zones(*schema("Europe/Amsterdam")));
  CHECK_THROWS_WITH(check_time_zones(*schema("Mars/Olympus")), Contains("[view.v] time_zone: expected a time zone"));
}

TEST_CASE("zones are loaded by several threads at a time", "[store]") {
  std::vector<std::thread> threads;
  std::vector<Micros> offsets(8);
  for (std::size_t i = 0; i < offsets.size(); ++i)
    threads.emplace_back([&offsets, i] { offsets[i] = load_time_zone("Asia/Tokyo")->offset_at(Instant{0}); });
  for (std::thread& thread : threads) thread.join();
  CHECK(offsets == std::vector<Micros>(8, hours(9)));
}
