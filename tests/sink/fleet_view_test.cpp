#include "sink/fleet_view.hpp"

#include <catch2/catch.hpp>

#include <tidemark/errors.hpp>

#include "model/schema_toml.hpp"
#include "model/shipped_schema.hpp"
#include "sink/samples.hpp"

using namespace tidemark;
using Catch::Contains;

namespace {

FleetRollup rollup_of(const std::string& columns) {
  const auto schema = parse_schema({{"fleet.toml",
                                     "[source.event]\ntime = \"at\"\n[source.event.fields]\nowner = \"text\"\n"
                                     "at = \"instant\"\ntook = \"duration\"\nsize = \"number(0.01)\"\n"
                                     "[rollup.events]\nsource = \"event\"\nevery = \"6h\"\n"
                                     "by = [\"owner\"]\n[rollup.events.columns]\n" +
                                         columns}});
  return fleet_rollup(*schema, 0);
}

std::string view_of(const std::string& columns) { return fleet_statements(rollup_of(columns), "tidemark")[0]; }

}  // namespace

TEST_CASE("a column's row says what it is merged from, in whichever column that is") {
  const FleetRollup rollup =
      rollup_of("a_us = \"sum(took)\"\nb = \"sum(took)\"\np = \"percentile_cont(0.95, took)\"\n");
  CHECK(rollup.columns[0].lead == "a_us");
  CHECK(rollup.columns[1].lead == "a_us");
  CHECK(rollup.columns[1].lead_divisor == 1);
  CHECK(rollup.columns[1].divisor == 1'000'000);
  CHECK(rollup.columns[1].states == std::vector<std::string>{"a_us_units"});
  CHECK(rollup.columns[2].states == std::vector<std::string>{"took_us_values", "took_us_counts"});
  CHECK(rollup.columns[2].percentile == "0.95");
  CHECK(rollup.columns[2].definition == "percentile_cont(0.95, took)");
  for (const FleetColumn& column : rollup.columns) {
    CHECK(fleet_kind(name_of(column.kind)) == column.kind);
    CHECK(fleet_kind("median") == std::nullopt);
  }
}

TEST_CASE("decimals change their unit by a power of ten, never by a division") {
  CHECK_THAT(view_of("a_us = \"sum(took)\"\nb = \"sum(took)\"\n"), Contains("* 0.000001, 6)"));
  CHECK_THAT(view_of("a = \"sum(took)\"\nb_us = \"sum(took)\"\n"), Contains("* 1000000, 0)"));
  CHECK_THAT(view_of("a_ms = \"sum(took)\"\nb = \"sum(took)\"\n"), Contains("* 0.001, 6)"));
  CHECK_THAT(view_of("a = \"sum(took)\"\n"), !Contains("round"));
}

TEST_CASE("what several columns are made of is worked out once") {
  const std::string view =
      view_of("a = \"median(took)\"\nb = \"percentile_cont(0.95, took)\"\nc_us = \"median(took)\"\n");
  const std::size_t first = view.find(".percentiles('{0.5,0.95,0.5}'");
  REQUIRE(first != std::string::npos);
  CHECK(view.find(".percentiles(", first + 1) == std::string::npos);
}

TEST_CASE("new columns come behind all others") {
  const std::string few = view_of("a = \"count()\"\n");
  const std::string more = view_of("a = \"count()\"\nb = \"max(size)\"\n");
  const auto shown = [](const std::string& view) { return view.substr(0, view.find("\n  FROM (")); };
  CHECK(shown(more).starts_with(shown(few)));
  CHECK_THAT(shown(few), Contains("g.\"agents\",\n    g.\"finished\",\n"));
}

TEST_CASE("a literal means the same whatever a session's settings are") {
  CHECK(quote_text("it's") == "'it''s'");
  CHECK(quote_text("a\\'b") == "E'a\\\\''b'");
}

TEST_CASE("a rollup has no view where the names do not fit or are taken") {
  auto schema = *parse_schema({{"ci.toml", std::string(kShippedCiToml)}});
  CHECK(has_fleet_view(schema, schema.rollups[0]));
  schema.rollups[1].name = fleet_view_name(schema.rollups[0].name);
  CHECK_FALSE(has_fleet_view(schema, schema.rollups[0]));
  schema.rollups[0].name = std::string(56, 'a');
  CHECK(has_fleet_view(schema, schema.rollups[0]));
  schema.rollups[0].name += 'a';
  CHECK_FALSE(has_fleet_view(schema, schema.rollups[0]));
}
