#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <thread>

#include "sink/conformance.hpp"
#include "sink/postgres_connection.hpp"
#include "sink/postgres_place.hpp"
#include "sink/postgres_url.hpp"
#include "sink/samples.hpp"

using namespace tidemark;
using namespace tidemark::conformance;

namespace {

SinkError error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const SinkError& e) {
    return e;
  }
  FAIL("nothing was thrown");
  throw std::logic_error("unreachable");
}

Bucket one_bucket(const Schema& schema) { return samples::empty_bucket(schema, samples::kKinds, "acme"); }

std::string count_of(PostgresPlace& place) { return place.sql("SELECT count(*) FROM " + place.table("kinds"))[0][0]; }

}  // namespace

TEST_CASE("PostgreSQL keeps agents as every sink must", "[pg]") {
  if (!postgres_is_there()) return;
  for (const Case& c : agent_cases()) {
    SECTION(c.name) {
      PostgresPlace place;
      c.run(place);
    }
  }
}

TEST_CASE("a commit is on the server's disk also where the role's is not", "[pg]") {
  if (!postgres_is_there()) return;
  const auto setting_at = [](const std::string& given) {
    PostgresConnection connection(
        parse_postgres_url(postgres_url("any", {}, {}, "&options=-csynchronous_commit%3D" + given)));
    std::string setting;
    connection.transaction("looking at a setting", [&] {
      setting = *connection.rows("SELECT pg_catalog.current_setting('synchronous_commit')", {})[0][0];
    });
    return setting;
  };
  CHECK(setting_at("off") == "local");
  CHECK(setting_at("on") == "on");
  CHECK(setting_at("remote_apply") == "remote_apply");
}

TEST_CASE("PostgreSQL does what every sink must", "[pg]") {
  if (!postgres_is_there()) return;
  for (const Case& c : cases()) {
    SECTION(c.name) {
      PostgresPlace place;
      c.run(place);
    }
  }
}

TEST_CASE("a database whose collation ignores punctuation and case order does the same", "[pg]") {
  if (!postgres_is_there()) return;
  const std::string database = "tidemark_collation_" + std::to_string(getpid());
  const bool icu = postgres_sql("SELECT current_setting('server_version_num')::int >= 150000")[0][0] == "t";
  if (!icu) {
    WARN("this server cannot have a database with an ICU collation: not tested");
    return;
  }
  postgres_sql("CREATE DATABASE " + database +
               " TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'sv-u-ka-shifted' LOCALE 'C'");
  for (const Case& c : cases()) {
    if (c.name.find("texts") == std::string::npos && c.name.find("fresh") == std::string::npos) continue;
    PostgresPlace place(database);
    c.run(place);
  }
  postgres_sql("DROP DATABASE " + database + " WITH (FORCE)");
}

TEST_CASE("a role that may only select, insert and update is enough", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  const auto schema = samples::sample_schema();
  const Role role("tidemark_writer");
  const auto sink = open_sink(place.url(role.name()), schema, 1);

  const SinkError nothing = error_of([&] { sink->prepare(); });
  CHECK(nothing.kind() == SinkError::Kind::permanent);
  CHECK_THAT(nothing.what(), Catch::Contains("CREATE SCHEMA") && Catch::Contains("tidemark sync --ddl"));

  place.open(schema, 1)->prepare();
  const SinkError no_usage = error_of([&] { sink->prepare(); });
  CHECK_THAT(no_usage.what(), Catch::Contains("GRANT USAGE ON SCHEMA"));
  place.sql("GRANT USAGE ON SCHEMA " + place.schema() + " TO " + role.name());
  const SinkError no_rights = error_of([&] { sink->prepare(); });
  CHECK_THAT(no_rights.what(), Catch::Contains("lacks the right to SELECT on table migrations"));
  place.sql("GRANT SELECT ON " + place.schema() + ".migrations TO " + role.name());
  CHECK_THAT(error_of([&] { sink->prepare(); }).what(), Catch::Contains("SELECT on table agents"));
  place.sql("GRANT SELECT, INSERT, UPDATE ON " + place.schema() + ".agents TO " + role.name());
  CHECK_THAT(error_of([&] { sink->prepare(); }).what(), Catch::Contains("SELECT on table kinds"));
  const auto bucket = one_bucket(*schema);
  const SinkError refused = error_of([&] { sink->upsert(samples::kKinds, {&bucket, 1}, Instant{0}); });
  CHECK(refused.kind() == SinkError::Kind::permanent);

  place.sql("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA " + place.schema() + " TO " + role.name());
  sink->prepare();
  sink->upsert(samples::kKinds, {&bucket, 1}, Instant{0});
  CHECK(count_of(place) == "1");

  place.sql("UPDATE " + place.schema() + ".migrations SET number = -number");
  CHECK_THAT(error_of([&] { sink->prepare(); }).what(), Catch::Contains("CREATE TABLE IF NOT EXISTS") &&
                                                            Catch::Contains("tidemark sync --ddl") &&
                                                            !Catch::Contains("--  "));
  place.sql("UPDATE " + place.schema() + ".migrations SET number = -number");
  const auto newer = open_sink(place.url(role.name()), samples::extended_schema(), 2);
  const SinkError no_column = error_of([&] { newer->prepare(); });
  CHECK(no_column.kind() == SinkError::Kind::permanent);
  CHECK_THAT(no_column.what(), Catch::Contains("ADD COLUMN") && Catch::Contains("late_runs"));
}

TEST_CASE("several agents prepare a sink at once", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  std::vector<std::thread> agents;
  std::vector<std::string> errors(6);
  for (std::size_t i = 0; i < errors.size(); ++i)
    agents.emplace_back([&, i] {
      try {
        const auto schema = i % 2 == 0 ? samples::sample_schema() : samples::extended_schema();
        open_sink(place.url(), schema, 1)->prepare();
      } catch (const std::exception& e) {
        errors[i] = e.what();
      }
    });
  for (std::thread& agent : agents) agent.join();
  for (const std::string& error : errors) CHECK(error == "");
  open_sink(place.url(), samples::extended_schema(), 1)->prepare();
}

TEST_CASE("a connection that dies while committing leaves the outcome in doubt", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  const auto schema = samples::sample_schema();
  const auto sink = place.open(schema, 1);
  sink->prepare();
  place.sql("CREATE FUNCTION " + place.schema() +
            ".die() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END'");
  place.sql("CREATE CONSTRAINT TRIGGER die AFTER INSERT ON " + place.table("kinds") +
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION " + place.schema() + ".die()");
  const auto bucket = one_bucket(*schema);
  const SinkError e = error_of([&] { sink->upsert(samples::kKinds, {&bucket, 1}, Instant{0}); });
  CHECK(e.kind() == SinkError::Kind::in_doubt);
  CHECK(count_of(place) == "0");
  place.sql("DROP TRIGGER die ON " + place.table("kinds"));
  sink->upsert(samples::kKinds, {&bucket, 1}, Instant{0});
  CHECK(count_of(place) == "1");
}

TEST_CASE("a connection that dies between or in transactions is a transient failure", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  const auto schema = samples::sample_schema();
  // By a name of its own: other tests run against the same server.
  const auto sink = open_sink(place.url() + "&application_name=tidemark_dying", schema, 1);
  sink->prepare();
  const auto bucket = one_bucket(*schema);
  SECTION("between") {
    place.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'tidemark_dying' AND pid <> pg_backend_pid()");
    usleep(100'000);
  }
  SECTION("in") {
    place.sql("CREATE FUNCTION " + place.schema() +
              ".die() RETURNS trigger LANGUAGE plpgsql AS "
              "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END'");
    place.sql("CREATE TRIGGER die BEFORE INSERT ON " + place.table("kinds") + " FOR EACH ROW EXECUTE FUNCTION " +
              place.schema() + ".die()");
  }
  const SinkError e = error_of([&] { sink->upsert(samples::kKinds, {&bucket, 1}, Instant{0}); });
  CHECK(e.kind() == SinkError::Kind::transient);
  place.sql("DROP TRIGGER IF EXISTS die ON " + place.table("kinds"));
  sink->upsert(samples::kKinds, {&bucket, 1}, Instant{0});
  CHECK(count_of(place) == "1");
}

TEST_CASE("connecting fails with its reason and without the password", "[pg]") {
  if (!postgres_is_there()) return;
  const auto schema = samples::sample_schema();
  const auto prepare = [&](const std::string& url) { return error_of([&] { open_sink(url, schema, 1)->prepare(); }); };
  SECTION("no such database") {
    const SinkError e = prepare(postgres_url("s", "", "no_such_database"));
    CHECK(e.kind() == SinkError::Kind::permanent);
    CHECK_THAT(e.what(), Catch::Contains("3D000") && Catch::Contains("no_such_database"));
    CHECK_THAT(e.what(), !Catch::Contains("LOCATION"));
  }
  SECTION("no such role") {
    const SinkError e = prepare(postgres_url("s", "no_such_role", "", "&password=hunter22"));
    CHECK(e.kind() == SinkError::Kind::permanent);
    CHECK_THAT(e.what(), Catch::Contains("28") && !Catch::Contains("hunter22"));
  }
  SECTION("nobody there") {
    const SinkError e = prepare("postgresql://u:hunter22@127.0.0.1:1/db");
    CHECK(e.kind() == SinkError::Kind::transient);
    CHECK_THAT(e.what(), Catch::Contains("refused") && !Catch::Contains("hunter22"));
  }
  SECTION("nobody there, on any of several hosts") {
    const SinkError e = prepare("postgresql://u:hunter22@127.0.0.1:1,127.0.0.1:2/db");
    CHECK(e.kind() == SinkError::Kind::transient);
    CHECK_THAT(e.what(), !Catch::Contains("hunter22"));
  }
  SECTION("no TLS there") {
    const SinkError e = prepare(postgres_url("s", "", "", "&host=127.0.0.1&sslmode=require"));
    INFO(e.what());
    CHECK((e.kind() == SinkError::Kind::permanent || std::string(e.what()).find("refused") != std::string::npos));
  }
}

TEST_CASE("results are of the types that SQL gives them", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  const auto schema = samples::sample_schema();
  const auto sink = place.open(schema, 1);
  sink->prepare();
  Bucket bucket = one_bucket(*schema);
  samples::Fields fields;
  fields.numbers = {{"duration", 12'345'678'901}, {"size", -1'500}, {"ended_at", 1'767'225'600'250'000}};
  fields.texts = {{"result", "failure"}, {"note", "it's"}, {"labels", canonical_labels({"x64", "a,b"})}};
  fields.time = Instant{1'767'225'600'250'000};
  samples::fold(schema->sources[0], schema->rollups[0], fields, bucket);
  sink->upsert(samples::kKinds, {&bucket, 1}, Instant{1'767'300'000'123'456});
  const auto row = place.sql(
      "SET timezone = 'UTC'; SELECT runs, sum_duration_seconds, sum_duration_us, sum_size, min_duration_us, "
      "max_duration_seconds, last_ended_at, first_note, last_labels, p95_duration_seconds, duration_us_values, "
      "duration_us_counts, bucket_start, synced_at, finished, labels, avg_size_sum FROM " +
      place.table("kinds"))[0];
  CHECK(row == std::vector<std::string>{"1", "12345.678901", "12345678901", "-1.500", "12345678901", "12345.678901",
                                        "2026-01-01 00:00:00.25+00", "it's", "{\"a,b\",x64}", "12345.678901", "NULL",
                                        "NULL", "2026-01-01 00:00:00+00", "2026-01-01 20:40:00.123456+00", "t", "{}",
                                        "-1.500"});
}

TEST_CASE("plain SQL gives exact percentiles over hours and agents in PostgreSQL", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  const auto schema = samples::sample_schema();
  const auto sink = place.open(schema, 1);
  sink->prepare();
  const auto merged = samples::send_two_agents(*schema, *sink);
  // docs/sinks.md, "Reading distributions"
  const auto p95 = place.sql(
      "SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY d.value) / 1e6"
      " FROM " +
      place.table("kinds") +
      " AS m,"
      " LATERAL " +
      place.schema() +
      ".duration_us(m) AS held, LATERAL unnest(held.values, held.counts) AS d(value, count),"
      " LATERAL generate_series(1, coalesce(d.count, 1))"
      " WHERE m.owner = 'acme'");
  CHECK(std::stod(p95[0][0]) == merged.percentile(0.95) / 1e6);
  const auto sum =
      place.sql("SELECT sum(sum_size), sum(avg_size_sum) / sum(avg_size_count) FROM " + place.table("kinds"));
  CHECK(sum[0][0] != "NULL");
}
