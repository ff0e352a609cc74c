#include "model/schema_names.hpp"

#include <catch2/catch.hpp>

namespace tidemark {
namespace {

template <typename Def>
Def named(const std::string& name) {
  Def def;
  def.name = name;
  return def;
}

}  // namespace

TEST_CASE("nothing is named like what a sink has for itself") {
  for (const char* name : {"agents", "migrations", "refreshes", "views", "rollup_columns", "fleet_views",
                           "distribution", "digest_set", "refreshes_by_view", "views_pkey", "sqlite_sequence"}) {
    CAPTURE(name);
    CHECK(is_own_name_of_sinks(name));
    CHECK(taken_at_sinks(Schema{}, name) == "the sinks themselves");
  }
  for (const char* name : {"agent", "view", "my_views", "views_pkeys", "pkey", "_pkey", "sqlite"}) {
    CAPTURE(name);
    CHECK_FALSE(is_own_name_of_sinks(name));
  }
}

TEST_CASE("whatever is declared has its names at sinks for itself") {
  Schema schema;
  schema.rollups = {named<RollupDef>("jobs")};
  schema.views = {named<ViewDef>("landing")};
  schema.tables = {named<TableDef>("plans")};
  schema.recents = {named<RecentDef>("latest")};
  CHECK(taken_at_sinks(schema, "jobs") == "rollup 'jobs'");
  CHECK(taken_at_sinks(schema, "jobs_fleet") == "rollup 'jobs', whose merged view is named so");
  CHECK(taken_at_sinks(schema, "jobs_window") == "rollup 'jobs', whose window function is named so");
  CHECK(taken_at_sinks(schema, "jobs_start") == "rollup 'jobs', whose index is named so");
  CHECK(taken_at_sinks(schema, "landing") == "view 'landing'");
  CHECK(taken_at_sinks(schema, "plans") == "dimension table 'plans'");
  CHECK(taken_at_sinks(schema, "latest") == "recent 'latest'");
  CHECK(taken_at_sinks(schema, "latest_used") == "recent 'latest', whose index is named so");
  for (const char* name : {"jobs_", "jobs_fleets", "_fleet", "landing_fleet", "late", "account"})
    CHECK_FALSE(taken_at_sinks(schema, name));
}

TEST_CASE("PostgreSQL's own columns are known") {
  CHECK(is_system_column("xmin"));
  CHECK(is_system_column("ctid"));
  CHECK_FALSE(is_system_column("oid"));
  CHECK_FALSE(is_system_column("row_number"));
}

}  // namespace tidemark
