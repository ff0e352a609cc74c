#include <filesystem>
#include <functional>
#include <stdexcept>

#include "common/engine_run.hpp"
#include "common/host.hpp"
#include "common/stopwatch.hpp"
#include "engine/schema_files.hpp"
#include "model/schema_toml.hpp"
#include "peers/postgres_client.hpp"
#include "peers/sink_limit.hpp"
#include "scenarios/scenarios.hpp"
#include "sink/postgres_url.hpp"

namespace tidemark::bench {
namespace {

/// Sends every row of a store that never met the sink; the same agent's, as a copy that was made before the first sync.
double send_store(const Setup& setup, const std::string& schema, const std::string& url, std::size_t& rows) {
  const std::string store = setup.folder + "/syncing";
  copy_store(setup.folder + "/store", store);
  const WorkloadSource source(setup.spans);
  const auto engine = Engine::open(options_of(store, schema), source.now());
  Engine::SyncOptions to;
  to.sink_url = url;
  to.rows_per_transaction = kRowsPerTransaction;
  SyncReport report;
  const double seconds = seconds_of([&] { report = engine->sync(to, source.now()); });
  if (report.rows == 0 || report.waiting != 0)
    throw std::runtime_error("sync did not send every row to " + report.sink);
  rows = report.rows;
  return static_cast<double>(rows) / seconds;
}

void measure(const Setup& setup, const std::string& url, Dialect dialect, const std::string& name, Figures& figures,
             const std::function<std::unique_ptr<SinkLimit>(const TableLayout&)>& make_limit) {
  const std::string definitions = job_definitions(setup.schema, setup.folder);
  const SchemaPtr schema = parse_schema(read_schema_files({definitions}));
  const TableLayout layout = table_layout(*schema, schema->rollup_index("ci_job_metrics"), dialect);
  std::size_t rows = 0;
  send_store(setup, definitions, url, rows);  // makes the table; then its rows are what the limit sends, too
  const auto limit = make_limit(layout);
  if (limit->take_rows() != rows) throw std::runtime_error("not every row arrived at " + url);
  figures[name + ".rows"] = static_cast<double>(rows);
  figures[name + ".bytes_per_row"] = limit->bytes_per_row();

  std::vector<double> fresh, existing, fresh_limit, existing_limit;
  const auto rate_of_limit = [&] {
    const double rate = static_cast<double>(rows) / seconds_of([&] { limit->send(); });
    if (limit->current_rows() != rows) throw std::runtime_error("the plain upsert left rows behind at " + url);
    return rate;
  };
  const auto rate_of_sync = [&] {
    const double rate = send_store(setup, definitions, url, rows);
    if (limit->current_rows() != rows) throw std::runtime_error("sync left rows behind at " + url);
    return rate;
  };
  for (int round = 0; round < setup.rounds; ++round) {
    limit->clear();
    fresh.push_back(rate_of_sync());
    limit->age();
    existing.push_back(rate_of_sync());
    limit->clear();
    fresh_limit.push_back(rate_of_limit());
    limit->age();
    existing_limit.push_back(rate_of_limit());
  }
  figures[name + ".fresh"] = median(fresh);
  figures[name + ".existing"] = median(existing);
  figures[name + ".fresh_limit"] = median(fresh_limit);
  figures[name + ".existing_limit"] = median(existing_limit);
}

/// What a bucket takes at PostgreSQL, in all and where; and one of a single span, in a table that holds no others.
void measure_bytes(PostgresClient& db, Figures& figures) {
  const std::string table = "tidemark.ci_job_metrics";
  const auto bytes = [&](const std::string& size, const std::string& of) {
    return std::stod(db.value("SELECT " + size + "::float8 / count(*) FROM " + of));
  };
  // The indexes as syncing left them; the table without the rows that rounds replaced.
  figures["bucket_bytes.primary_key"] = bytes("pg_relation_size('" + table + "_pkey')", table);
  figures["bucket_bytes.start_index"] = bytes("pg_relation_size('" + table + "_start')", table);
  db.run("VACUUM FULL " + table);
  figures["bucket_bytes.table"] = bytes("pg_relation_size('" + table + "')", table);
  figures["bucket_bytes.toast"] = bytes("(pg_table_size('" + table + "') - pg_relation_size('" + table + "'))", table);
  const std::string single = "tidemark.single_spans";
  db.run("CREATE TABLE " + single + " (LIKE " + table + " INCLUDING ALL)");
  // As they come: hour by hour, in the order of their keys' digests, which is none.
  db.run("INSERT INTO " + single + " SELECT * FROM " + table +
         " WHERE update_counter = 1 ORDER BY bucket_start, bucket_key");
  figures["bucket_bytes.single_table"] = bytes("pg_table_size('" + single + "')", single);
  figures["bucket_bytes.single"] = bytes("pg_total_relation_size('" + single + "')", single);
  db.run("DROP TABLE " + single);
}

}  // namespace

void run_sync_postgres(const Setup& setup, Figures& figures) {
  PostgresClient(setup.postgres_url).run("DROP SCHEMA IF EXISTS tidemark CASCADE");
  measure(setup, setup.postgres_url, Dialect::postgres, "sync_postgres", figures,
          [&](const TableLayout& layout) { return make_postgres_limit(setup.postgres_url, layout); });
  PostgresClient db(setup.postgres_url);
  measure_bytes(db, figures);
}

void run_sync_sqlite(const Setup& setup, Figures& figures) {
  const std::string path = setup.folder + "/sink.sqlite";
  for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(path + ending);
  measure(setup, "sqlite:" + path, Dialect::sqlite, "sync_sqlite", figures,
          [&](const TableLayout& layout) { return make_sqlite_limit(path, layout); });
}

}  // namespace tidemark::bench
