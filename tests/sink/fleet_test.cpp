#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include <tidemark/errors.hpp>

#include "sink/fleet_cases.hpp"
#include "sink/postgres_place.hpp"
#include "sink/samples.hpp"

using namespace tidemark;
using namespace tidemark::conformance;

namespace {

constexpr Instant kSyncedAt{1'767'600'000'000'000};

/// Rows of agents with the older and with the newest definitions.
void send_fleet(PostgresPlace& place, const fleet::Definitions& definitions, std::uint64_t seed) {
  std::int64_t version = 0;
  for (const SchemaPtr& schema : {definitions.older(), definitions.newest(), definitions.older()}) {
    const auto sink = place.open(schema, ++version);
    sink->prepare();
    for (const int rollup : {0, 1}) {
      const auto sample = seed * 10 + static_cast<std::uint64_t>(version);
      sink->upsert(rollup, fleet::agents_buckets(*schema, rollup, 40, sample), kSyncedAt);
    }
  }
}

void require_same(const fleet::Texts& cpp, const fleet::Texts& sql) {
  REQUIRE(cpp.size() == sql.size());
  for (std::size_t row = 0; row < cpp.size(); ++row) REQUIRE(cpp[row] == sql[row]);
}

std::string select(const Schema& schema, const Query& query, const std::string& from) {
  return "SELECT " + fleet::columns_sql(schema, query) + " FROM " + from + " AS v" + fleet::order_sql(schema, query);
}

}  // namespace

TEST_CASE("the merged view gives what a query over the sink gives, bit for bit", "[pg]") {
  if (!postgres_is_there()) return;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    INFO("seed " << seed);
    PostgresPlace place;
    const fleet::Definitions definitions(seed);
    send_fleet(place, definitions, seed);
    const SchemaPtr schema = definitions.newest();
    const auto sink = place.open(schema, 2);
    for (const char* rollup : {"kinds", "totals"}) {
      Query query;
      query.rollup = rollup;
      const std::string sql = select(*schema, query, place.schema() + "." + rollup + "_fleet");
      INFO(sql);
      require_same(fleet::from_cpp(*sink, *schema, query), place.sql(sql));
    }
  }
}

TEST_CASE("the window function gives what a query over the sink gives, for any window, dimensions and filter", "[pg]") {
  if (!postgres_is_there()) return;
  for (std::uint64_t seed = 101; seed <= 108; ++seed) {
    INFO("seed " << seed);
    PostgresPlace place;
    const fleet::Definitions definitions(seed);
    send_fleet(place, definitions, seed);
    const SchemaPtr schema = definitions.newest();
    const auto sink = place.open(schema, 2);
    samples::BucketMaker random(seed);
    for (int i = 0; i < 30; ++i) {
      const Query query = fleet::random_query(*schema, i % 4 == 0 ? 1 : 0, random);
      const std::string sql = select(*schema, query, fleet::window_sql(*schema, query, place.schema()));
      INFO(sql);
      require_same(fleet::from_cpp(*sink, *schema, query), place.sql(sql));
    }
  }
}

namespace {

std::vector<std::string> view_columns(PostgresPlace& place, const std::string& view) {
  std::vector<std::string> names;
  for (const auto& row : place.sql("SELECT attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute"
                                   " WHERE attrelid = '" +
                                   place.schema() + "." + view + "'::regclass AND attnum > 0 ORDER BY attnum"))
    names.push_back(row[0]);
  return names;
}

/// Two agents' rows of one bucket.
void send_two(PostgresPlace& place, const SchemaPtr& schema) {
  const auto sink = place.open(schema, 1);
  sink->prepare();
  samples::send_two_agents(*schema, *sink);
}

std::string error_of_sql(PostgresPlace& place, const std::string& sql) {
  return place.sql("DO $x$ BEGIN PERFORM * FROM " + sql +
                   "; RAISE EXCEPTION 'no error'; EXCEPTION WHEN invalid_parameter_value THEN"
                   " PERFORM set_config('tidemark.error', SQLERRM, false); END $x$;"
                   " SELECT current_setting('tidemark.error')")[0][0];
}

}  // namespace

TEST_CASE("the merged view has the table's columns with the table's types", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  place.open(samples::sample_schema(), 1)->prepare();
  const auto table = view_columns(place, "kinds");
  auto view = view_columns(place, "kinds_fleet");
  CHECK(view[6] == "update_counter bigint");
  CHECK(view[8] == "agents bigint");
  std::erase(view, "agents bigint");
  for (const std::string& column : view) {
    INFO(column);
    CHECK(std::find(table.begin(), table.end(), column) != table.end());
  }
  CHECK(view.size() == 4 + 2 + 3 + samples::sample_schema()->rollups[samples::kKinds].columns.size());
}

TEST_CASE("buckets of one agent do not read distributions, and conditions reach the primary key", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  const auto schema = samples::sample_schema();
  send_two(place, schema);
  // Whoever works out the percentiles of that one again gets none.
  place.sql("UPDATE " + place.table("kinds") + " SET duration_us_values = NULL WHERE owner = 'other'");
  CHECK(place.sql("SELECT agents, p95_duration_seconds IS NOT NULL FROM " + place.schema() +
                  ".kinds_fleet WHERE owner = 'other'") == fleet::Texts{{"1", "t"}});
  CHECK(place.sql("SELECT agents, p95_duration_seconds IS NOT NULL FROM " + place.schema() +
                  ".kinds_fleet WHERE owner = 'acme' ORDER BY bucket_start")[0] == std::vector<std::string>{"2", "t"});
  const auto plan = [&](const std::string& sql) {
    std::string text;
    for (const auto& row : place.sql("SET enable_seqscan = off; EXPLAIN (COSTS off) " + sql)) text += row[0] + "\n";
    return text;
  };
  const std::string where = place.schema() + ".kinds_fleet WHERE owner = 'acme' AND bucket_start >= '2026-01-01Z'";
  const std::string p95 = plan("SELECT p95_duration_seconds FROM " + where);
  CHECK_THAT(p95, Catch::Contains("Index Cond: ((owner = 'acme'::text) AND (bucket_start >= "));
  CHECK_THAT(p95, Catch::Contains("SubPlan"));
  CHECK_THAT(plan("SELECT runs FROM " + where), !Catch::Contains("SubPlan"));
}

TEST_CASE("what the window function does not know is refused with what there is", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  place.open(samples::sample_schema(), 1)->prepare();
  const std::string window = place.schema() + ".kinds_window(";
  using Catch::Contains;
  CHECK_THAT(error_of_sql(place, window + "by_dimensions => '{team}')"),
             Contains("kinds has no dimension 'team'") && Contains("owner, result, labels, manual"));
  CHECK_THAT(error_of_sql(place, window + R"(filters => '{"team": "a"}'))"), Contains("no dimension 'team'"));
  CHECK_THAT(error_of_sql(place, window + R"(filters => '{"owner": ["a"]}'))"), Contains("'owner' is a text"));
  CHECK_THAT(error_of_sql(place, window + R"(filters => '{"labels": "a"}'))"), Contains("an array of texts"));
  CHECK_THAT(error_of_sql(place, window + R"(filters => '{"manual": "yes"}'))"), Contains("true, false or null"));
  CHECK_THAT(error_of_sql(place, window + "filters => '[]')"), Contains("an object"));
  CHECK_THAT(error_of_sql(place, window + "columns => '{runs,p12}')"), Contains("no column 'p12'"));
  CHECK_THAT(error_of_sql(place, window + "width => '90 minutes')"), Contains("multiple of 01:00:00"));
  CHECK_THAT(error_of_sql(place, window + "width => '-1 day')"), Contains("multiple"));
  CHECK_THAT(error_of_sql(place, window + "width => '1 month')"), Contains("no fixed length"));
  CHECK_THAT(error_of_sql(place, window + "'2026-01-02', '2026-01-01')"), Contains("window_to must be after"));
}

TEST_CASE("an older agent leaves a newer one's columns in the view, whoever comes first", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  place.open(samples::sample_schema(), 1)->prepare();
  const auto before = view_columns(place, "kinds_fleet");
  place.open(samples::extended_schema(), 2)->prepare();
  const auto after = view_columns(place, "kinds_fleet");
  CHECK(after.size() == before.size() + 3);
  CHECK(std::equal(before.begin(), before.end(), after.begin()));
  place.open(samples::sample_schema(), 1)->prepare();
  CHECK(view_columns(place, "kinds_fleet") == after);
  // Somebody has dropped them: the older agent makes them again, with everything that is known.
  place.sql("DROP VIEW " + place.schema() + ".kinds_fleet CASCADE");
  place.open(samples::sample_schema(), 1)->prepare();
  CHECK(view_columns(place, "kinds_fleet") == after);
  CHECK(place.sql("SELECT * FROM " + place.schema() + ".kinds_window()").empty());
}

TEST_CASE("a sink that has everything is only read", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  place.open(samples::extended_schema(), 1)->prepare();
  const std::string role = "tidemark_reader_" + std::to_string(getpid());
  postgres_sql("CREATE ROLE " + role + " LOGIN SUPERUSER; ALTER ROLE " + role +
               " SET default_transaction_read_only = on");
  CHECK_FALSE(open_sink(place.url(role), samples::extended_schema(), 1)->prepare());
  CHECK_FALSE(open_sink(place.url(role), samples::sample_schema(), 1)->prepare());
  postgres_sql("DROP ROLE " + role);
}

TEST_CASE("a role that may not create views syncs without them", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  const auto schema = samples::sample_schema();
  place.open(schema, 1)->prepare();
  place.sql("DROP VIEW " + place.schema() + ".kinds_fleet CASCADE");
  const std::string role = "tidemark_viewless_" + std::to_string(getpid());
  postgres_sql("CREATE ROLE " + role + " LOGIN; GRANT USAGE ON SCHEMA " + place.schema() + " TO " + role +
               "; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA " + place.schema() + " TO " + role);
  const auto sink = open_sink(place.url(role), schema, 1);
  CHECK_FALSE(sink->prepare());
  samples::send_two_agents(*schema, *sink);
  CHECK(place.sql("SELECT count(*) FROM " + place.table("kinds"))[0][0] == "7");
  // Also when it may look at nothing of them.
  place.sql("REVOKE ALL ON " + place.schema() + ".rollup_columns, " + place.schema() + ".fleet_views FROM " + role);
  CHECK_FALSE(sink->prepare());
  postgres_sql("DROP OWNED BY " + role + "; DROP ROLE " + role);
}

TEST_CASE("a column that means something else to another agent is refused", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  place.open(samples::sample_schema(), 1)->prepare();
  auto other = std::make_shared<Schema>(*samples::sample_schema());
  other->rollups[samples::kTotals].columns[0].text = "count() where result = 'failure'";
  try {
    place.open(other, 1)->prepare();
    FAIL("it was taken");
  } catch (const SinkError& e) {
    CHECK(e.kind() == SinkError::Kind::permanent);
    CHECK_THAT(e.what(), Catch::Contains("column totals.runs is 'count() where result = 'failure''"));
  }
}

TEST_CASE("nobody's search_path changes what the views and functions do", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  const auto schema = samples::sample_schema();
  const std::string trap = place.schema() + "_trap";
  place.sql("CREATE SCHEMA " + trap + "; CREATE FUNCTION " + trap +
            ".floor(double precision) RETURNS double precision LANGUAGE sql AS 'SELECT 0::double precision';"
            " CREATE FUNCTION " +
            trap +
            ".sum_of(bigint, bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';"
            " CREATE AGGREGATE " +
            trap + ".sum(bigint) (SFUNC = " + trap +
            ".sum_of, STYPE = bigint);"
            " CREATE FUNCTION " +
            trap + ".cardinality(anyarray) RETURNS integer LANGUAGE sql AS 'SELECT 0'");
  const std::string role = "tidemark_trapped_" + std::to_string(getpid());
  postgres_sql("CREATE ROLE " + role + " LOGIN SUPERUSER; ALTER ROLE " + role + " SET search_path = " + trap +
               ", pg_catalog, public");
  const auto sink = open_sink(place.url(role), schema, 1);
  sink->prepare();
  samples::send_two_agents(*schema, *sink);
  Query query;
  query.rollup = "kinds";
  const auto expected = fleet::from_cpp(*sink, *schema, query);
  const std::string set = "SET search_path = " + trap + ", pg_catalog; ";
  require_same(expected, place.sql(set + select(*schema, query, place.schema() + ".kinds_fleet")));
  require_same(expected, place.sql(set + select(*schema, query, place.schema() + ".kinds_window()")));
  postgres_sql("DROP SCHEMA " + trap + " CASCADE; DROP OWNED BY " + role + " CASCADE; DROP ROLE " + role);
}

TEST_CASE("percentiles in anybody's own query are those of all values", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  const auto schema = samples::sample_schema();
  const auto sink = place.open(schema, 1);
  sink->prepare();
  Distribution merged = samples::send_two_agents(*schema, *sink);
  // Two buckets of one span each: one whose value is in no array, and one whose value no double stands for.
  for (const std::int64_t duration : {std::int64_t{77'777'777'777}, (std::int64_t{1} << 53) + 1}) {
    Bucket bucket = samples::empty_bucket(*schema, samples::kKinds, "acme");
    bucket.agent.bytes[1] = static_cast<std::uint8_t>(duration);
    bucket.epoch = 9;
    samples::fold(schema->sources[0], schema->rollups[samples::kKinds], {{{"duration", duration}}, {}, {}, {}}, bucket);
    sink->upsert(samples::kKinds, {&bucket, 1}, kSyncedAt);
    merged.add(duration);
  }
  CHECK(place.sql("SELECT count(*), count(duration_us_values) FROM " + place.table("kinds") + " WHERE epoch = 9")[0] ==
        std::vector<std::string>{"2", "1"});
  const std::string parts = "array_agg(" + place.schema() + ".duration_us(m))";
  const std::string from = " FROM " + place.table("kinds") + " AS m WHERE owner = 'acme'";
  const auto row =
      place.sql("SELECT p95, p[1], p[2], p[3] FROM (SELECT " + place.schema() + ".percentile(0.95, " + parts +
                ") AS p95, " + place.schema() + ".percentiles('{0,0.5,1}', " + parts + ") AS p" + from + ") AS x")[0];
  CHECK(std::stod(row[0]) == merged.percentile(0.95));
  CHECK(std::stod(row[1]) == merged.percentile(0));
  CHECK(std::stod(row[2]) == merged.percentile(0.5));
  CHECK(std::stod(row[3]) == merged.percentile(1));
  const std::string list = "::" + place.schema() + ".distribution[]";
  const auto edge = [&](const std::string& distributions) {
    return place.sql("SELECT " + place.schema() + ".percentile(0.5, '" + distributions + "'" + list + ")")[0][0];
  };
  CHECK(edge("{}") == "NULL");
  CHECK(edge("{\"({},)\"}") == "NULL");
  CHECK(edge("{\"({},)\",\"({3},)\"}") == "3");
  CHECK(edge("{\"({3},)\",\"(,)\"}") == "NULL");
  CHECK(edge("{\"({3},{1000000000000})\",\"({5},{1000000000000})\"}") == "4");
  CHECK(edge("{\"({3},{1000000000000})\",\"({5},)\",\"({9},)\"}") == "3");
}
