#include "report/rows.hpp"

namespace tidemark::bench {
namespace {

constexpr const char* kRow = "PostgreSQL, row trigger";
constexpr const char* kStatement = "PostgreSQL, statement trigger";
constexpr const char* kSqlite = "SQLite, trigger";
constexpr const char* kRaw = "raw RocksDB";

ReportSection writing() {
  return {"Writing",
          {{"ingest, one client", "ingest.one_client", "spans/s", false, kRow, "postgres_row.ingest", 8, 12},
           {"", "ingest.one_client", "", false, kStatement, "postgres_statement.ingest"},
           {"", "ingest.one_client", "", false, kSqlite, "sqlite.ingest"},
           {"", "ingest.one_client", "", false, kRaw, "raw.ingest", 0.35},
           {"", "ingest.one_client", "", false, "the same with identities", "raw.ingest_identities"},
           {"  no other thread", "ingest.one_client_alone", "spans/s", false, kRow, "postgres_row.ingest"},
           {"ingest, 8 clients", "ingest.8_clients", "spans/s", false, kRow, "postgres_row.ingest", 15, 27},
           {"", "ingest.8_clients", "", false, kRaw, "raw.ingest"},
           {"CPU, one client", "ingest.one_client_cpu_us", "us/span", true, kRaw, "raw.ingest_cpu_us"},
           {"CPU, 8 clients", "ingest.8_clients_cpu_us", "us/span", true, kRaw, "raw.ingest_cpu_us"},
           {"two rollups, one client", "two_rollups.one_client", "spans/s", false, "one rollup", "ingest.one_client"},
           {"two rollups, 8 clients", "two_rollups.8_clients", "spans/s", false, "one rollup", "ingest.8_clients"},
           {"two rollups, CPU, 1 client", "two_rollups.one_client_cpu_us", "us/span", true, "one rollup",
            "ingest.one_client_cpu_us"}}};
}

ReportSection computing() {
  return {
      "Computing",
      {{"recompute all, 1 thread", "ingest.recompute", "spans/s", false, kRow, "postgres_row.recompute", 5},
       {"", "ingest.recompute", "", false, kStatement, "postgres_statement.recompute"},
       {"", "ingest.recompute", "", false, kSqlite, "sqlite.recompute"},
       {"", "ingest.recompute", "", false, kRaw, "raw.recompute", 0.7, 1},
       {"recompute all, 2 threads", "ingest.recompute_2", "spans/s", false, kRow, "postgres_row.recompute", 5, 12},
       {"", "ingest.recompute_2", "", false, kRaw, "raw.recompute_2"},
       {"CPU, 1 thread", "ingest.recompute_cpu_us", "us/span", true, kRaw, "raw.recompute_cpu_us"},
       {"two rollups", "two_rollups.recompute", "spans/s", false, "one rollup", "ingest.recompute"},
       {"two rollups, CPU", "two_rollups.recompute_cpu_us", "us/span", true, "one rollup", "ingest.recompute_cpu_us"},
       {"48 late spans in 48 hours", "late.ms", "ms", true, nullptr, nullptr, 50, 5},
       {"restart, all to replay", "restart.ms", "ms", true}}};
}

ReportSection reading() {
  return {"Reading",
          {{"one owner's 48 hours", "reads.owner_ms", "ms", true, nullptr, nullptr, 3, 1.2},
           {"", "reads.owner_ms", "", true, kRow, "postgres_row.owner_ms"},
           {"", "reads.owner_ms", "", true, kSqlite, "sqlite.owner_ms"},
           {"one job's 48 hours", "reads.job_ms", "ms", true, nullptr, nullptr, 0.3, 0.1},
           {"", "reads.job_ms", "", true, kRow, "postgres_row.job_ms"},
           {"", "reads.job_ms", "", true, kSqlite, "sqlite.job_ms"},
           {"all, by owner, one window", "reads.total_ms", "ms", true},
           {"a month by day, one owner", "month.owner_by_day_ms", "ms", true},
           {"a month by day, its jobs", "month.owner_jobs_by_day_ms", "ms", true}}};
}

ReportSection fleet() {
  return {"A fleet's rows in PostgreSQL: a month's p95 by day, 100,000 values over 20 agents",
          {{"the window function", "fleet_read.window_ms", "ms", true, nullptr, nullptr, 50, 25},
           {"the same, all columns", "fleet_read.all_columns_ms", "ms", true},
           {"percentile() in one's own query", "fleet_read.own_sql_ms", "ms", true},
           {"query --sink", "fleet_read.cpp_ms", "ms", true, nullptr, nullptr, 15},
           {"one day's buckets in the merged view, all columns", "fleet_read.view_day_ms", "ms", true}}};
}

ReportSection recents() {
  constexpr const char* kDistinct = "PostgreSQL, DISTINCT ON";
  return {"Recents: a workspace with 1,780,569 runs of 5 workflows, the last 4",
          {{"read from the store", "recents.read_us", "us", true, kDistinct, "recents.distinct_on_us"},
           {"", "recents.read_us", "", true, nullptr, nullptr, 100},
           {"read from memory", "recents.read_memory_us", "us", true, nullptr, nullptr, 100},
           {"ingest with a recent", "recents.ingest", "spans/s", false, "without", "recents.ingest_without"},
           {"CPU with a recent", "recents.cpu_us", "us/span", true, "without", "recents.cpu_us_without"}}};
}

ReportSection bucket_bytes() {
  return {"A bucket's bytes in PostgreSQL",
          {{"the row", "bucket_bytes.table", "B/bucket", true},
           {"long distributions, outside of it", "bucket_bytes.toast", "B/bucket", true},
           {"the primary key", "bucket_bytes.primary_key", "B/bucket", true},
           {"the index by start", "bucket_bytes.start_index", "B/bucket", true},
           {"a bucket of one span: the row", "bucket_bytes.single_table", "B/bucket", true},
           {"with its indexes", "bucket_bytes.single", "B/bucket", true, nullptr, nullptr, 400}}};
}

ReportSection syncing() {
  constexpr const char* kCopy = "COPY to a stage and upsert";
  constexpr const char* kPrepared = "prepared upsert";
  return {"Syncing",
          {{"PostgreSQL, fresh", "sync_postgres.fresh", "rows/s", false, kCopy, "sync_postgres.fresh_limit", 0.55, 0.9},
           {"PostgreSQL, all existing", "sync_postgres.existing", "rows/s", false, kCopy,
            "sync_postgres.existing_limit", 0.65, 0.9},
           {"SQLite, fresh", "sync_sqlite.fresh", "rows/s", false, kPrepared, "sync_sqlite.fresh_limit", 0.5, 0.8},
           {"SQLite, all existing", "sync_sqlite.existing", "rows/s", false, kPrepared, "sync_sqlite.existing_limit",
            0.5, 0.8}}};
}

ReportSection space() {
  return {
      "Space",
      {{"disk, compacted", "disk.bytes_per_span", "bytes/span", true, nullptr, nullptr, 80, 45},
       {"", "disk.bytes_per_span", "", true, kRow, "postgres_row.bytes_per_span"},
       {"", "disk.bytes_per_span", "", true, kSqlite, "sqlite.bytes_per_span"},
       {"  of it the log", "disk.log", "bytes/span", true},
       {"  identities", "disk.identities", "bytes/span", true},
       {"  buckets", "disk.buckets", "bytes/span", true},
       {"  computed", "disk.computed", "bytes/span", true},
       {"disk, as closed", "ingest.closed_bytes_per_span", "bytes/span", true},
       {"disk, two rollups", "two_rollups.disk_bytes_per_span", "bytes/span", true, "one rollup",
        "disk.bytes_per_span"},
       {"written to the disk", "memory.written_per_span", "bytes/span", true, "kept, compacted", "disk.bytes_per_span"},
       {"requests", "ingest.request_bytes_per_span", "bytes/span", true},
       {"resident, load's peak", "memory.peak_mb", "MB", true, nullptr, nullptr, 256, 128},
       {"resident, idle", "memory.idle_mb", "MB", true, nullptr, nullptr, 30, 16}}};
}

ReportSection latency() {
  return {"Acknowledging while busy: 8 clients, beside them recompute, sync and retention",
          {{"ingest", "busy.ingest", "spans/s", false, "undisturbed", "calm.ingest"},
           {"p50", "busy.p50_ms", "ms", true, "undisturbed", "calm.p50_ms"},
           {"p99", "busy.p99_ms", "ms", true, "undisturbed", "calm.p99_ms"},
           {"p99.9", "busy.p999_ms", "ms", true, "undisturbed", "calm.p999_ms"},
           {"the longest", "busy.max_ms", "ms", true, "undisturbed", "calm.max_ms"},
           {"recompute passes", "busy.passes", ""},
           {"rows synced", "busy.rows", ""},
           {"spans dropped", "busy.dropped", ""},
           {"one hot bucket: p99.9", "hot.p999_ms", "ms", true},
           {"  its passes, in all", "hot.pass_us_per_span", "us/span", true, "the workload's", "hot.usual_us_per_span"},
           {"  its last pass", "hot.last_pass_ms", "ms", true, "its first", "hot.first_pass_ms"}}};
}

ReportSection landing() {
  return {"A landing page by HTTP, 10,000 requests a second on this machine",
          {{"quiet: p50", "landing.quiet_p50_ms", "ms", true},
           {"  p99", "landing.quiet_p99_ms", "ms", true, nullptr, nullptr, 10},
           {"  p99.9", "landing.quiet_p999_ms", "ms", true},
           {"  the longest", "landing.quiet_max_ms", "ms", true},
           {"  answered", "landing.quiet_rate", "requests/s"},
           {"refreshing all the time: p50", "landing.refreshing_p50_ms", "ms", true},
           {"  p99", "landing.refreshing_p99_ms", "ms", true, nullptr, nullptr, 10},
           {"  p99.9", "landing.refreshing_p999_ms", "ms", true},
           {"  the longest", "landing.refreshing_max_ms", "ms", true},
           {"  answered", "landing.refreshing_rate", "requests/s"},
           {"  refreshes", "landing.refreshes", ""},
           {"as fast as it goes", "landing.closed_rate", "requests/s"},
           {"CPU of the server", "landing.server_cpu_us", "us/request", true},
           {"an answer", "landing.answer_bytes", "bytes", true},
           {"a refresh", "landing.refresh_ms", "ms", true, "SQL over the raw runs", "landing.sql_ms"}}};
}

ReportSection cost() {
  return {"Cost of a span, whatever the machine",
          {{"instructions: decoding", "instructions.decode", "", true},
           {"  decoding and committing", "instructions.ingest", "", true},
           {"  recompute", "instructions.recompute", "", true},
           {"allocations: decoding", "allocations.decode", "", true},
           {"  decoding and committing", "allocations.ingest", "", true},
           {"  recompute", "allocations.recompute", "", true},
           {"bytes allocated: ingest", "allocations.ingest_bytes", "", true}}};
}

ReportSection machine() {
  return {"The machine",
          {{"disk: a durable write", "host.sync_ms", "ms", true},
           {"  the quickest twentieth", "host.sync_p5_ms", "ms", true},
           {"load: making a span", "host.make_us_per_span", "us", true},
           {"load: encoding a span", "host.encode_us_per_span", "us", true}}};
}

}  // namespace

const std::vector<ReportSection>& report_sections() {
  static const std::vector<ReportSection> all = {writing(), computing(), reading(), syncing(), bucket_bytes(), fleet(),
                                                 recents(), space(), latency(), landing(), cost(), machine()};
  return all;
}

}  // namespace tidemark::bench
