#include <random>
#include <stdexcept>

#include "common/engine_run.hpp"
#include "common/stopwatch.hpp"
#include "engine/schema_files.hpp"
#include "model/schema_toml.hpp"
#include "peers/postgres_client.hpp"
#include "read/query.hpp"
#include "scenarios/scenarios.hpp"
#include "sink/postgres_url.hpp"
#include "sink/sink.hpp"

namespace tidemark::bench {
namespace {

constexpr int kTimes = 31;
constexpr int kAgents = 20;
constexpr int kOwners = 5;
constexpr int kJobs = 4;
constexpr std::int64_t kMonthHours = 30 * 24;
constexpr std::size_t kBucketsOfAgent = 500;
constexpr int kSpansOfBucket = 10;
const std::string kSchema = "tidemark_fleet_read";

/// A span of every slot; of the filtered counts, every second one's.
void add_span(const RollupDef& rollup, Bucket& bucket, int number, std::mt19937_64& random) {
  const auto duration = static_cast<std::int64_t>(1'000'000 + random() % 3'000'000'000);
  for (std::size_t i = 0; i < rollup.slots.size(); ++i) {
    if (!rollup.slots[i].where.always() && number % 2 != 0) continue;
    Contribution span;
    span.value = rollup.slots[i].field < 0 ? 1 : duration;
    aggregate_of(rollup.slots[i].kind).add(bucket.states[i], span);
  }
  bucket.update_counter = ++bucket.computed_counter;
}

/// One agent's buckets of one owner: jobs and hours as they come.
std::vector<Bucket> buckets_of(const RollupDef& rollup, int agent, int owner, std::mt19937_64& random) {
  std::vector<Bucket> buckets;
  std::map<std::pair<std::uint64_t, std::int64_t>, bool> taken;
  while (buckets.size() < kBucketsOfAgent) {
    const std::uint64_t job = random() % kJobs;
    const auto hour = static_cast<std::int64_t>(random() % kMonthHours);
    if (!taken.emplace(std::pair(job, hour), true).second) continue;
    Bucket& bucket = buckets.emplace_back();
    const std::string name = "owner-" + std::to_string(owner);
    for (const std::string& text : {name, name + "/service", std::string("build"), "job-" + std::to_string(job)})
      bucket.dimensions.push_back({false, text, {}});
    bucket.key = key_digest(canonical_key(bucket.dimensions));
    bucket.start = kFrom + hours(hour);
    bucket.agent.bytes[0] = static_cast<std::uint8_t>(agent);
    bucket.epoch = 1;
    bucket.finished = true;
    bucket.states.resize(rollup.slots.size());
    for (int i = 0; i < kSpansOfBucket; ++i) add_span(rollup, bucket, i, random);
  }
  return buckets;
}

void fill(Sink& sink, const Schema& schema, int rollup) {
  std::mt19937_64 random(1);
  for (int owner = 0; owner < kOwners; ++owner)
    for (int agent = 0; agent < kAgents; ++agent)
      sink.upsert(rollup, buckets_of(schema.rollups[static_cast<std::size_t>(rollup)], agent, owner, random), kFrom);
}

Query month_by_day() {
  Query query;
  query.rollup = "ci_job_metrics";
  query.where = {{"owner", "owner-2"}};
  query.from = kFrom;
  query.to = kFrom + hours(kMonthHours);
  query.windows = Query::Windows::width;
  query.width = days(1);
  query.by = std::vector<std::string>{};
  query.columns = {"p95_duration_seconds"};
  return query;
}

/// The answers as `start p95`, to the last digit.
std::vector<std::string> lines_of(const Table& table) {
  std::vector<std::string> lines;
  for (const auto& row : table.rows) lines.push_back(row[0].to_string() + " " + row[1].to_string());
  return lines;
}

std::vector<std::string> lines_of(PostgresClient& db, const std::string& sql) {
  std::vector<std::string> lines;
  const PostgresResult rows = db.run(sql);
  for (int r = 0; r < PQntuples(rows.get()); ++r)
    lines.push_back(std::string(PQgetvalue(rows.get(), r, 0)) + " " + PQgetvalue(rows.get(), r, 1));
  return lines;
}

}  // namespace

void run_fleet_read(const Setup& setup, Figures& figures) {
  PostgresClient db(setup.postgres_url);
  db.run("DROP SCHEMA IF EXISTS " + kSchema + " CASCADE");
  const SchemaPtr schema = parse_schema(read_schema_files({job_definitions(setup.schema, setup.folder)}));
  const int rollup = schema->rollup_index("ci_job_metrics");
  const auto sink = open_sink(
      setup.postgres_url + (setup.postgres_url.find('?') == std::string::npos ? "?" : "&") + "schema=" + kSchema,
      schema, 1);
  sink->prepare();
  fill(*sink, *schema, rollup);
  const std::string table = kSchema + ".ci_job_metrics";
  db.run("VACUUM ANALYZE " + table);

  const Query query = month_by_day();
  const std::string shown = "SELECT to_char(bucket_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), ";
  const std::string range = "'2026-01-01Z', '2026-01-31Z', '1 day', '{}', '{\"owner\": \"owner-2\"}'";
  const std::string window = shown + "p95_duration_seconds FROM " + kSchema + ".ci_job_metrics_window(" + range +
                             ", '{p95_duration_seconds}')";
  const std::string own =
      shown +
      "p95 FROM (SELECT date_trunc('day', bucket_start AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'"
      " AS bucket_start, " +
      kSchema + ".percentile(0.95, array_agg(" + kSchema + ".duration_us(m))) / 1e6 AS p95 FROM " + table +
      " AS m WHERE owner = 'owner-2' AND bucket_start >= '2026-01-01Z' AND bucket_start < '2026-01-31Z'"
      " GROUP BY 1) AS d ORDER BY 1";
  const auto expected = lines_of(QueryPlan(*schema, query).run(*sink));
  if (expected.size() != 30 || lines_of(db, window) != expected || lines_of(db, own) != expected)
    throw std::runtime_error("SQL and the query over the sink do not agree");
  figures["fleet_read.values"] = static_cast<double>(kAgents * kBucketsOfAgent * kSpansOfBucket);
  figures["fleet_read.cpp_ms"] = median_ms_of(kTimes, [&] { QueryPlan(*schema, query).run(*sink); });
  figures["fleet_read.window_ms"] = median_ms_of(kTimes, [&] { lines_of(db, window); });
  figures["fleet_read.own_sql_ms"] = median_ms_of(kTimes, [&] { lines_of(db, own); });
  // All columns, and the view of one day's buckets.
  const std::string all = "SELECT * FROM " + kSchema + ".ci_job_metrics_window(" + range + ")";
  figures["fleet_read.all_columns_ms"] = median_ms_of(kTimes, [&] { db.run(all); });
  const std::string day = "SELECT * FROM " + kSchema +
                          ".ci_job_metrics_fleet WHERE owner = 'owner-2' AND bucket_start >= '2026-01-05Z'"
                          " AND bucket_start < '2026-01-06Z'";
  figures["fleet_read.view_day_ms"] = median_ms_of(kTimes, [&] { db.run(day); });
  db.run("DROP SCHEMA " + kSchema + " CASCADE");
}

}  // namespace tidemark::bench
