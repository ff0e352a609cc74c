#include <charconv>
#include <filesystem>
#include <stdexcept>

#include "common/host.hpp"
#include "common/stopwatch.hpp"
#include "common/workload_source.hpp"
#include "model/distribution.hpp"
#include "peers/peers.hpp"
#include "peers/sqlite_client.hpp"

namespace tidemark::bench {
namespace {

constexpr const char* kTables = R"(
CREATE TABLE job_spans (
  id INTEGER PRIMARY KEY, owner TEXT, repository TEXT, pipeline TEXT, job TEXT, hour INTEGER, result TEXT,
  runner TEXT, labels TEXT, ended_us INTEGER, duration_us INTEGER, queue_us INTEGER);

CREATE TABLE ci_job_metrics (
  owner TEXT, repository TEXT, pipeline TEXT, job TEXT, hour INTEGER,
  update_counter INTEGER, successful_runs INTEGER, failed_runs INTEGER, cancelled_runs INTEGER,
  sum_duration_us INTEGER, min_duration_us INTEGER, max_duration_us INTEGER,
  sum_queue_us INTEGER, min_queue_us INTEGER, max_queue_us INTEGER,
  median_duration_us REAL, p95_duration_us REAL, p99_duration_us REAL,
  median_queue_us REAL, p95_queue_us REAL, p99_queue_us REAL,
  PRIMARY KEY (owner, repository, pipeline, job, hour)) WITHOUT ROWID;

CREATE TRIGGER count_span AFTER INSERT ON job_spans BEGIN
  INSERT INTO ci_job_metrics
    (owner, repository, pipeline, job, hour, update_counter, successful_runs, failed_runs, cancelled_runs,
     sum_duration_us, min_duration_us, max_duration_us, sum_queue_us, min_queue_us, max_queue_us)
  VALUES
    (NEW.owner, NEW.repository, NEW.pipeline, NEW.job, NEW.hour, 1, NEW.result = 'success',
     NEW.result IN ('failure', 'error', 'timeout'), NEW.result = 'cancellation',
     NEW.duration_us, NEW.duration_us, NEW.duration_us, NEW.queue_us, NEW.queue_us, NEW.queue_us)
  ON CONFLICT DO UPDATE SET
    update_counter = update_counter + 1,
    successful_runs = successful_runs + excluded.successful_runs,
    failed_runs = failed_runs + excluded.failed_runs,
    cancelled_runs = cancelled_runs + excluded.cancelled_runs,
    sum_duration_us = sum_duration_us + excluded.sum_duration_us,
    min_duration_us = min(min_duration_us, excluded.min_duration_us),
    max_duration_us = max(max_duration_us, excluded.max_duration_us),
    sum_queue_us = sum_queue_us + excluded.sum_queue_us,
    min_queue_us = min(min_queue_us, excluded.min_queue_us),
    max_queue_us = max(max_queue_us, excluded.max_queue_us);
END;
)";

constexpr std::int64_t kHourUs = 3'600'000'000;

void bind_text(sqlite3_stmt* to, int at, std::string_view text) {
  sqlite3_bind_text(to, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

double ingest(SqliteClient& db, const WorkloadSource& source) {
  const SqliteStatement insert = db.prepare("INSERT INTO job_spans VALUES (?,?,?,?,?,?,?,?,?,?,?,?)");
  double seconds = 0;
  for (std::size_t i = 0; i < source.requests(); ++i) {
    const auto spans = source.request(i);
    std::vector<std::string> labels;
    for (const cli::WorkloadSpan& span : spans) {
      std::string& list = labels.emplace_back();
      for (const std::string& label : *span.labels) list += (list.empty() ? "" : ",") + label;
    }
    seconds += seconds_of([&] {
      db.run("BEGIN IMMEDIATE");
      for (std::size_t s = 0; s < spans.size(); ++s) {
        const cli::WorkloadSpan& span = spans[s];
        sqlite3_bind_int64(insert.get(), 1, static_cast<std::int64_t>(span.id));
        const std::string_view texts[] = {span.owner, span.repository, span.pipeline, span.job};
        for (int t = 0; t < 4; ++t) bind_text(insert.get(), 2 + t, texts[t]);
        sqlite3_bind_int64(insert.get(), 6, span.ended_at.us / kHourUs);
        bind_text(insert.get(), 7, span.result);
        bind_text(insert.get(), 8, span.runner);
        bind_text(insert.get(), 9, labels[s]);
        sqlite3_bind_int64(insert.get(), 10, span.ended_at.us);
        sqlite3_bind_int64(insert.get(), 11, (span.ended_at - span.started_at).count);
        sqlite3_bind_int64(insert.get(), 12, (span.started_at - span.queued_at).count);
        db.execute(insert.get());
      }
      db.run("COMMIT");
    });
  }
  const SqliteStatement count = db.prepare("SELECT sum(update_counter) FROM ci_job_metrics");
  if (!db.step(count.get()) || static_cast<std::uint64_t>(sqlite3_column_int64(count.get(), 0)) != source.size())
    throw std::runtime_error("the buckets in SQLite do not hold every span");
  return static_cast<double>(source.size()) / seconds;
}

using Values = std::vector<std::int64_t>;

/// Six percentiles from the two measures' values, bound to the UPDATE's first six parameters.
void bind_percentiles(sqlite3_stmt* update, Values& duration, Values& queue) {
  int at = 1;
  for (Values* values : {&duration, &queue}) {
    std::sort(values->begin(), values->end());
    for (const double p : {0.5, 0.95, 0.99}) sqlite3_bind_double(update, at++, percentile_of_sorted(*values, p));
  }
}

/// SQLite has no percentile_cont: one ordered query, sorting and interpolating here, one prepared UPDATE a bucket.
void compute_percentiles(SqliteClient& db) {
  db.run("BEGIN IMMEDIATE");
  const SqliteStatement spans = db.prepare(
      "SELECT owner, repository, pipeline, job, hour, duration_us, queue_us FROM job_spans ORDER BY 1, 2, 3, 4, 5");
  const SqliteStatement update = db.prepare(
      "UPDATE ci_job_metrics SET median_duration_us=?, p95_duration_us=?, p99_duration_us=?, median_queue_us=?, "
      "p95_queue_us=?, p99_queue_us=? WHERE owner=? AND repository=? AND pipeline=? AND job=? AND hour=?");
  std::string key[4];
  std::int64_t hour = -1;
  Values duration, queue;
  const auto finish = [&] {
    if (duration.empty()) return;
    bind_percentiles(update.get(), duration, queue);
    for (int t = 0; t < 4; ++t) bind_text(update.get(), 7 + t, key[t]);
    sqlite3_bind_int64(update.get(), 11, hour);
    db.execute(update.get());
    duration.clear();
    queue.clear();
  };
  const auto text = [&](int column) {
    return std::string_view(reinterpret_cast<const char*>(sqlite3_column_text(spans.get(), column)),
                            static_cast<std::size_t>(sqlite3_column_bytes(spans.get(), column)));
  };
  while (db.step(spans.get())) {
    bool same = sqlite3_column_int64(spans.get(), 4) == hour;
    for (int t = 3; same && t >= 0; --t) same = text(t) == key[t];
    if (!same) {
      finish();
      for (int t = 0; t < 4; ++t) key[t] = text(t);
      hour = sqlite3_column_int64(spans.get(), 4);
    }
    duration.push_back(sqlite3_column_int64(spans.get(), 5));
    queue.push_back(sqlite3_column_int64(spans.get(), 6));
  }
  finish();
  db.run("COMMIT");
}

std::vector<std::string> all_rows(SqliteClient& db) {
  const SqliteStatement select = db.prepare(
      "SELECT hour, owner, repository, pipeline, job, update_counter, p95_duration_us, p99_duration_us FROM "
      "ci_job_metrics ORDER BY hour, owner, repository, pipeline, job");
  std::vector<std::string> rows;
  while (db.step(select.get())) {
    std::string line = format_short(Instant{sqlite3_column_int64(select.get(), 0) * kHourUs});
    for (int c = 1; c < 6; ++c)
      line += "|" + std::string(reinterpret_cast<const char*>(sqlite3_column_text(select.get(), c)));
    for (int c = 6; c < 8; ++c) {
      char number[40];
      line +=
          "|" +
          std::string(number,
                      std::to_chars(number, number + sizeof number, sqlite3_column_double(select.get(), c) / 1e6).ptr);
    }
    rows.push_back(std::move(line));
  }
  return rows;
}

double read_ms(SqliteClient& db, const std::string& where) {
  return median_ms_of(9, [&] {
    const SqliteStatement select = db.prepare("SELECT * FROM ci_job_metrics WHERE " + where + " ORDER BY hour");
    while (db.step(select.get())) {
    }
  });
}

}  // namespace

void run_sqlite_trigger(const Setup& setup, Figures& figures) {
  const WorkloadSource source(setup.spans);
  const std::string path = setup.folder + "/plain.sqlite";
  for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(path + ending);
  SqliteClient db(path);
  db.run(kTables);
  figures["sqlite.ingest"] = ingest(db, source);
  figures["sqlite.recompute"] = static_cast<double>(setup.spans) / seconds_of([&] { compute_percentiles(db); });
  const cli::WorkloadSpan busy = source.workload().span(0);
  const std::string owner = "owner='" + std::string(busy.owner) + "'";
  figures["sqlite.owner_ms"] = read_ms(db, owner);
  figures["sqlite.job_ms"] =
      read_ms(db, owner + " AND repository='" + std::string(busy.repository) + "' AND pipeline='" +
                      std::string(busy.pipeline) + "' AND job='" + std::string(busy.job) + "'");
  write_lines(setup.folder + "/sqlite.rows", all_rows(db));
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  figures["sqlite.bytes_per_span"] =
      static_cast<double>(std::filesystem::file_size(path)) / static_cast<double>(setup.spans);
}

}  // namespace tidemark::bench
