#include "throughput/plain_postgres.hpp"

#include <charconv>
#include <cstdlib>
#include <memory>
#include <stdexcept>

#include <libpq-fe.h>

#include "cli/workload_text.hpp"
#include "throughput/stopwatch.hpp"

namespace tidemark::bench {
namespace {

constexpr const char* kTables = R"(
CREATE TABLE job_spans (
  id text PRIMARY KEY, owner text NOT NULL, repository text NOT NULL, pipeline text NOT NULL, job text NOT NULL,
  result text NOT NULL, runner text, labels text[], queued_at timestamptz, started_at timestamptz,
  ended_at timestamptz NOT NULL, duration_us bigint NOT NULL, queue_us bigint NOT NULL);

CREATE TABLE ci_job_metrics (
  owner text COLLATE "C", repository text COLLATE "C", pipeline text COLLATE "C", job text COLLATE "C",
  bucket_start timestamptz,
  update_counter bigint NOT NULL, computed_counter bigint NOT NULL DEFAULT 0,
  total_runs bigint NOT NULL, successful_runs bigint NOT NULL, failed_runs bigint NOT NULL,
  cancelled_runs bigint NOT NULL,
  sum_duration_us bigint NOT NULL, min_duration_us bigint NOT NULL, max_duration_us bigint NOT NULL,
  sum_queue_us bigint NOT NULL, min_queue_us bigint NOT NULL, max_queue_us bigint NOT NULL,
  median_duration_us double precision, p95_duration_us double precision, p99_duration_us double precision,
  median_queue_us double precision, p95_queue_us double precision, p99_queue_us double precision,
  PRIMARY KEY (owner, repository, pipeline, job, bucket_start));

CREATE FUNCTION count_span() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ci_job_metrics AS b
    (owner, repository, pipeline, job, bucket_start, update_counter,
     total_runs, successful_runs, failed_runs, cancelled_runs,
     sum_duration_us, min_duration_us, max_duration_us, sum_queue_us, min_queue_us, max_queue_us)
  VALUES
    (NEW.owner, NEW.repository, NEW.pipeline, NEW.job, date_trunc('hour', NEW.ended_at), 1,
     1, (NEW.result = 'success')::int, (NEW.result IN ('failure', 'error', 'timeout'))::int,
     (NEW.result = 'cancellation')::int,
     NEW.duration_us, NEW.duration_us, NEW.duration_us, NEW.queue_us, NEW.queue_us, NEW.queue_us)
  ON CONFLICT (owner, repository, pipeline, job, bucket_start) DO UPDATE SET
    update_counter = b.update_counter + 1,
    total_runs = b.total_runs + 1,
    successful_runs = b.successful_runs + excluded.successful_runs,
    failed_runs = b.failed_runs + excluded.failed_runs,
    cancelled_runs = b.cancelled_runs + excluded.cancelled_runs,
    sum_duration_us = b.sum_duration_us + excluded.sum_duration_us,
    min_duration_us = least(b.min_duration_us, excluded.min_duration_us),
    max_duration_us = greatest(b.max_duration_us, excluded.max_duration_us),
    sum_queue_us = b.sum_queue_us + excluded.sum_queue_us,
    min_queue_us = least(b.min_queue_us, excluded.min_queue_us),
    max_queue_us = greatest(b.max_queue_us, excluded.max_queue_us);
  RETURN NULL;
END $$;
CREATE TRIGGER count_span AFTER INSERT ON job_spans FOR EACH ROW EXECUTE FUNCTION count_span();
)";

constexpr const char* kPercentiles = R"(
UPDATE ci_job_metrics AS b SET
  computed_counter = s.n,
  median_duration_us = s.duration[1], p95_duration_us = s.duration[2], p99_duration_us = s.duration[3],
  median_queue_us = s.queue[1], p95_queue_us = s.queue[2], p99_queue_us = s.queue[3]
FROM (
  SELECT owner, repository, pipeline, job, date_trunc('hour', ended_at) AS bucket_start, count(*) AS n,
         percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration_us) AS duration,
         percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY queue_us) AS queue
  FROM job_spans GROUP BY 1, 2, 3, 4, 5) AS s
WHERE (b.owner, b.repository, b.pipeline, b.job, b.bucket_start) =
      (s.owner, s.repository, s.pipeline, s.job, s.bucket_start)
)";

constexpr const char* kRows = R"(
SELECT to_char(bucket_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), owner, repository, pipeline, job,
       total_runs, p95_duration_us, p99_duration_us
FROM ci_job_metrics ORDER BY bucket_start, owner, repository, pipeline, job
)";

struct Finish {
  void operator()(PGconn* c) const { PQfinish(c); }
  void operator()(PGresult* r) const { PQclear(r); }
};
using Result = std::unique_ptr<PGresult, Finish>;

class Connection {
 public:
  explicit Connection(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) fail();
  }

  Result run(const std::string& sql) {
    Result result(PQexec(connection_.get(), sql.c_str()));
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN) fail();
    return result;
  }

  std::string value(const std::string& sql) { return PQgetvalue(run(sql).get(), 0, 0); }

  /// One transaction.
  void copy(const std::string& statement, const std::string& rows) {
    run(statement);
    if (PQputCopyData(connection_.get(), rows.data(), static_cast<int>(rows.size())) != 1) fail();
    if (PQputCopyEnd(connection_.get(), nullptr) != 1) fail();
    while (const Result result{PQgetResult(connection_.get())})
      if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) fail();
  }

 private:
  [[noreturn]] void fail() { throw std::runtime_error(PQerrorMessage(connection_.get())); }

  std::unique_ptr<PGconn, Finish> connection_;
};

void require_durable(Connection& db) {
  for (const char* setting : {"fsync", "synchronous_commit", "full_page_writes"})
    if (db.value(std::string("SHOW ") + setting) != "on")
      throw std::runtime_error(std::string("the PostgreSQL server has ") + setting + " off: it would not be a comparison");
}

double ingest(Connection& db, const WorkloadSource& source) {
  std::string header = cli::csv_header(cli::SpanKind::job);
  header.pop_back();
  const std::string statement = "COPY job_spans (" + header + ") FROM STDIN (FORMAT csv)";
  double seconds = 0;
  for (std::size_t i = 0; i < source.requests(); ++i) {
    std::string rows;
    for (const cli::WorkloadSpan& span : source.request(i)) cli::append_csv_line(rows, span);
    seconds += seconds_of([&] { db.copy(statement, rows); });
  }
  return static_cast<double>(source.workload().size()) / seconds;
}

/// Microseconds as PostgreSQL prints them, as the seconds that Tidemark's column holds.
std::string seconds_text(const char* us) {
  char text[40];
  return {text, std::to_chars(text, text + sizeof text, std::strtod(us, nullptr) / 1e6).ptr};
}

std::vector<std::string> all_rows(Connection& db) {
  const Result result = db.run(kRows);
  std::vector<std::string> rows;
  for (int r = 0; r < PQntuples(result.get()); ++r) {
    std::string line;
    for (int c = 0; c < 6; ++c) line += (c == 0 ? "" : "|") + std::string(PQgetvalue(result.get(), r, c));
    for (int c = 6; c < 8; ++c) line += "|" + seconds_text(PQgetvalue(result.get(), r, c));
    rows.push_back(std::move(line));
  }
  return rows;
}

std::string select_where(const cli::WorkloadSpan& span, bool whole_owner) {
  std::string sql = "SELECT * FROM ci_job_metrics WHERE owner = '" + std::string(span.owner) + "'";
  if (!whole_owner)
    sql += " AND repository = '" + std::string(span.repository) + "' AND pipeline = '" + std::string(span.pipeline) +
           "' AND job = '" + std::string(span.job) + "'";
  return sql + " ORDER BY bucket_start";
}

}  // namespace

PostgresFigures run_plain_postgres(const WorkloadSource& source, const std::string& url) {
  Connection db(url);
  require_durable(db);
  db.run(kTables);
  const auto spans = static_cast<double>(source.workload().size());
  PostgresFigures figures;
  figures.ingest_spans_per_second = ingest(db, source);
  // Not timed, and to its advantage.
  db.run("VACUUM ANALYZE job_spans");
  db.run("VACUUM ANALYZE ci_job_metrics");
  figures.recompute_spans_per_second = spans / seconds_of([&] { db.run(kPercentiles); });
  db.run("VACUUM ANALYZE ci_job_metrics");

  const cli::WorkloadSpan busy = source.workload().span(0);
  figures.owner_ms = median_ms_of(9, [&] { db.run(select_where(busy, true)); });
  figures.job_ms = median_ms_of(9, [&] { db.run(select_where(busy, false)); });
  figures.bytes_per_span =
      std::stod(db.value("SELECT pg_total_relation_size('job_spans') + pg_total_relation_size('ci_job_metrics')")) / spans;
  figures.rows = all_rows(db);
  return figures;
}

}  // namespace tidemark::bench
