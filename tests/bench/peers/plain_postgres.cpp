#include <charconv>
#include <cstdlib>
#include <stdexcept>

#include "cli/workload_text.hpp"
#include "common/host.hpp"
#include "common/stopwatch.hpp"
#include "common/workload_source.hpp"
#include "peers/peers.hpp"
#include "peers/plain_postgres_sql.hpp"
#include "peers/postgres_client.hpp"

namespace tidemark::bench {
namespace {

double ingest(PostgresClient& db, const WorkloadSource& source) {
  std::string header = cli::csv_header(cli::SpanKind::job);
  header.pop_back();
  const std::string statement = "COPY job_spans (" + header + ") FROM STDIN (FORMAT csv)";
  double seconds = 0;
  for (std::size_t i = 0; i < source.requests(); ++i) {
    std::string rows;
    for (const cli::WorkloadSpan& span : source.request(i)) cli::append_csv_line(rows, span);
    seconds += seconds_of([&] { db.copy(statement, rows); });
  }
  if (db.value("SELECT sum(update_counter) FROM ci_job_metrics") != std::to_string(source.size()))
    throw std::runtime_error("the buckets in PostgreSQL do not hold every span");
  return static_cast<double>(source.size()) / seconds;
}

/// Microseconds as PostgreSQL prints them, as the seconds that Tidemark's column holds.
std::string seconds_text(const char* us) {
  char text[40];
  return {text, std::to_chars(text, text + sizeof text, std::strtod(us, nullptr) / 1e6).ptr};
}

std::vector<std::string> all_rows(PostgresClient& db) {
  const PostgresResult result = db.run(kRows);
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

void run(const Setup& setup, const char* trigger, const std::string& name, Figures& figures) {
  const WorkloadSource source(setup.spans);
  PostgresClient db(setup.postgres_url);
  db.run(kTables);
  db.run(trigger);
  figures[name + ".ingest"] = ingest(db, source);
  // Not timed, and to its advantage.
  db.run("VACUUM ANALYZE job_spans");
  db.run("VACUUM ANALYZE ci_job_metrics");
  figures[name + ".recompute"] = static_cast<double>(setup.spans) / seconds_of([&] { db.run(kPercentiles); });
  db.run("VACUUM ANALYZE ci_job_metrics");

  const cli::WorkloadSpan busy = source.workload().span(0);
  figures[name + ".owner_ms"] = median_ms_of(9, [&] { db.run(select_where(busy, true)); });
  figures[name + ".job_ms"] = median_ms_of(9, [&] { db.run(select_where(busy, false)); });
  const char* const size = "SELECT pg_total_relation_size('job_spans') + pg_total_relation_size('ci_job_metrics')";
  figures[name + ".bytes_per_span"] = std::stod(db.value(size)) / static_cast<double>(setup.spans);
  write_lines(setup.folder + "/" + name + ".rows", all_rows(db));
  db.run("DROP SCHEMA plain CASCADE");
}

}  // namespace

void run_postgres_row_trigger(const Setup& setup, Figures& figures) {
  run(setup, kRowTrigger, "postgres_row", figures);
}

void run_postgres_statement_trigger(const Setup& setup, Figures& figures) {
  run(setup, kStatementTrigger, "postgres_statement", figures);
}

}  // namespace tidemark::bench
