// How fast rows go to a sink, beside what the sink itself can do: the same rows, ready-made in memory, through nothing
// but the driver's own fastest way (PostgreSQL: COPY of text to a temporary stage and the same upsert; SQLite: the same
// prepared upsert). Both in one run, in turn; medians.
//
// bench_sink sqlite:PATH|postgresql://… [ROWS [ROUNDS]]      PATH is overwritten; the schema is dropped.
#include <libpq-fe.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <random>
#include <vector>

#include "model/bucket.hpp"
#include "model/schema_toml.hpp"
#include "model/shipped_schema.hpp"
#include "sink/postgres_url.hpp"
#include "sink/sink.hpp"
#include "sink/sql.hpp"

namespace {

using namespace tidemark;

constexpr std::size_t kBatch = 5000;
constexpr Instant kNow{1'767'300'000'000'000};

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// `ci_job_metrics` as in PERFORMANCE.md: 48 hours, 20 owners, 30 % of the buckets of one span, the mean about ten.
std::vector<Bucket> workload(const Schema& schema, int rollup, std::size_t rows) {
  const RollupDef& def = schema.rollups[static_cast<std::size_t>(rollup)];
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(1e-9, 1);
  std::lognormal_distribution<double> duration(std::log(60e6), 1.2);
  std::lognormal_distribution<double> queue(std::log(4e6), 1.5);
  const auto& fields = schema.sources[static_cast<std::size_t>(def.source)].fields;
  std::vector<Bucket> buckets(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    Bucket& bucket = buckets[i];
    const std::size_t key = i / 48;
    const std::string owner = "owner-" + std::to_string(key % 20);
    const std::string repository = owner + "/repository-" + std::to_string(key / 20 % 10);
    bucket.dimensions = {{false, owner, {}},
                         {false, repository, {}},
                         {false, "pipeline-" + std::to_string(key % 50), {}},
                         {false, "job-" + std::to_string(key), {}}};
    bucket.key = key_digest(canonical_key(bucket.dimensions));
    bucket.start = Instant{1'767'225'600'000'000} + hours(static_cast<std::int64_t>(i % 48));
    bucket.agent.bytes = {0x6f, 0x1c, 0x0c};
    bucket.finished = true;
    bucket.states.resize(def.slots.size());
    const auto spans = static_cast<int>(std::min(2301.0, std::max(1.0, std::pow(uniform(random), -1.25) * 0.85)));
    for (int span = 0; span < spans; ++span) {
      const auto took = static_cast<std::int64_t>(duration(random));
      const auto waited = static_cast<std::int64_t>(queue(random));
      for (std::size_t slot = 0; slot < def.slots.size(); ++slot) {
        if (!def.slots[slot].where.always() && span % 2 == 0) continue;
        Contribution c;
        const int field = def.slots[slot].field;
        c.value = field >= 0 && fields[static_cast<std::size_t>(field)].name == "queue" ? waited : took;
        aggregate_of(def.slots[slot].kind).add(bucket.states[slot], c);
      }
    }
    bucket.update_counter = bucket.computed_counter = static_cast<std::uint64_t>(spans);
  }
  // Sync sends by hour.
  std::sort(buckets.begin(), buckets.end(), [](const Bucket& a, const Bucket& b) {
    return std::tie(a.start, a.dimensions, a.key) < std::tie(b.start, b.dimensions, b.key);
  });
  return buckets;
}

void send(Sink& sink, int rollup, const std::vector<Bucket>& buckets) {
  for (std::size_t at = 0; at < buckets.size(); at += kBatch)
    sink.upsert(rollup, {buckets.data() + at, std::min(kBatch, buckets.size() - at)}, kNow);
}

/// What a sink can do by itself, with the rows that it holds now.
class Limit {
 public:
  virtual ~Limit() = default;
  virtual void take_rows() = 0;  ///< Remembers the rows that are stored.
  virtual void clear() = 0;      ///< Empties the table.
  virtual void age() = 0;        ///< Makes every stored row older than the one remembered.
  virtual void send() = 0;
  virtual std::string size() = 0;
};

class PostgresLimit final : public Limit {
 public:
  PostgresLimit(const std::string& url, const TableLayout& layout) : layout_(layout) {
    const PostgresUrl parsed = parse_postgres_url(url);
    connection_ = PQconnectdb(parsed.libpq.c_str());
    table_ = quote_name(parsed.schema) + "." + quote_name(layout.table);
    run("SET client_min_messages = warning");
    run("DROP SCHEMA IF EXISTS " + quote_name(parsed.schema) + " CASCADE");
  }
  ~PostgresLimit() override { PQfinish(connection_); }

  void take_rows() override {
    PQclear(PQexec(connection_, ("COPY (SELECT * FROM " + table_ +
                                 " ORDER BY bucket_start, owner, repository, pipeline, job)"
                                 " TO STDOUT")
                                    .c_str()));
    batches_.assign(1, {});
    char* line = nullptr;
    std::size_t lines = 0;
    for (int n; (n = PQgetCopyData(connection_, &line, 0)) > 0; PQfreemem(line)) {
      if (lines++ == kBatch) lines = 1, batches_.emplace_back();
      batches_.back().append(line, static_cast<std::size_t>(n));
    }
    while (PGresult* result = PQgetResult(connection_)) PQclear(result);
  }
  void clear() override { run("TRUNCATE " + table_), run("CHECKPOINT"); }
  void age() override {
    run("UPDATE " + table_ + " SET computed_counter = computed_counter - 1");
    run("VACUUM FULL " + table_);
    run("CHECKPOINT");
  }
  void send() override {
    std::string columns;
    for (const SinkColumn& c : layout_.columns)
      columns += (columns.empty() ? "" : ", ") + column_definition(c, Dialect::postgres);
    const std::string list = column_list(layout_);
    for (const std::string& batch : batches_) {
      run("BEGIN");
      run("CREATE TEMP TABLE stage (" + columns + ") ON COMMIT DROP");
      PQclear(PQexec(connection_, "COPY stage FROM STDIN"));
      PQputCopyData(connection_, batch.data(), static_cast<int>(batch.size()));
      PQputCopyEnd(connection_, nullptr);
      while (PGresult* result = PQgetResult(connection_)) PQclear(result);
      run("INSERT INTO " + table_ + " AS stored (" + list + ") SELECT " + list + " FROM stage" +
          on_conflict_sql(layout_, "stored"));
      run("COMMIT");
    }
  }
  std::string size() override {
    return one("SELECT pg_relation_size('" + table_ + "') / count(*) || ' bytes a row, ' || pg_indexes_size('" +
               table_ + "') / count(*) || ' in the index, ' || pg_total_relation_size('" + table_ +
               "') / count(*) || ' in all'" + " FROM " + table_);
  }

 private:
  void run(const std::string& sql) { one(sql); }
  std::string one(const std::string& sql) {
    PGresult* result = PQexec(connection_, sql.c_str());
    const auto status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      std::cerr << PQerrorMessage(connection_);
      std::exit(1);
    }
    std::string value = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
    PQclear(result);
    return value;
  }

  const TableLayout& layout_;
  PGconn* connection_;
  std::string table_;
  std::vector<std::string> batches_;
};

class SqliteLimit final : public Limit {
 public:
  SqliteLimit(const std::string& path, const TableLayout& layout) : path_(path), layout_(layout) {
    for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(path + ending);
  }
  ~SqliteLimit() override { close(); }

  void take_rows() override {
    open();
    sqlite3_stmt* select = prepare("SELECT " + column_list(layout_) + " FROM " + table() +
                                   " ORDER BY bucket_start, owner, repository, pipeline, job");
    while (sqlite3_step(select) == SQLITE_ROW) {
      auto& row = rows_.emplace_back();
      for (int i = 0; i < sqlite3_column_count(select); ++i) row.push_back(value_of(select, i));
    }
    sqlite3_finalize(select);
  }
  void clear() override {
    open(), run("DELETE FROM " + table()), run("VACUUM"), run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  void age() override {
    open();
    run("UPDATE " + table() + " SET computed_counter = computed_counter - 1");
    run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  void send() override {
    open();
    std::string marks;
    for (std::size_t i = 0; i < layout_.columns.size(); ++i) marks += i == 0 ? "?" : ",?";
    sqlite3_stmt* upsert = prepare("INSERT INTO " + table() + " (" + column_list(layout_) + ") VALUES (" + marks + ")" +
                                   on_conflict_sql(layout_, table()));
    for (std::size_t at = 0; at < rows_.size(); at += kBatch) {
      run("BEGIN IMMEDIATE");
      for (std::size_t r = at; r < std::min(at + kBatch, rows_.size()); ++r) {
        for (std::size_t i = 0; i < rows_[r].size(); ++i) bind(upsert, static_cast<int>(i) + 1, rows_[r][i]);
        sqlite3_step(upsert);
        sqlite3_reset(upsert);
      }
      run("COMMIT");
    }
    sqlite3_finalize(upsert);
  }
  std::string size() override {
    return std::to_string(std::filesystem::file_size(path_) / std::max<std::size_t>(1, rows_.size())) + " bytes a row";
  }

 private:
  struct Value {
    int type = SQLITE_NULL;
    std::int64_t integer = 0;
    double real = 0;
    std::string bytes;
  };
  std::string table() const { return quote_name(layout_.table); }
  static Value value_of(sqlite3_stmt* row, int i) {
    Value v;
    v.type = sqlite3_column_type(row, i);
    if (v.type == SQLITE_INTEGER) v.integer = sqlite3_column_int64(row, i);
    if (v.type == SQLITE_FLOAT) v.real = sqlite3_column_double(row, i);
    if (v.type == SQLITE_TEXT || v.type == SQLITE_BLOB)
      v.bytes.assign(static_cast<const char*>(sqlite3_column_blob(row, i)),
                     static_cast<std::size_t>(sqlite3_column_bytes(row, i)));
    return v;
  }
  static void bind(sqlite3_stmt* to, int i, const Value& v) {
    const int size = static_cast<int>(v.bytes.size());
    switch (v.type) {
      case SQLITE_INTEGER: sqlite3_bind_int64(to, i, v.integer); break;
      case SQLITE_FLOAT: sqlite3_bind_double(to, i, v.real); break;
      case SQLITE_TEXT: sqlite3_bind_text(to, i, v.bytes.data(), size, SQLITE_STATIC); break;
      case SQLITE_BLOB: sqlite3_bind_blob(to, i, v.bytes.data(), size, SQLITE_STATIC); break;
      default: sqlite3_bind_null(to, i);
    }
  }
  void open() {
    if (db_ != nullptr) return;
    sqlite3_open(path_.c_str(), &db_);
    run("PRAGMA synchronous = FULL");
  }
  void close() {
    sqlite3_close(db_);
    db_ = nullptr;
  }
  void run(const std::string& sql) {
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return;
    std::cerr << sql << ": " << sqlite3_errmsg(db_) << "\n";
    std::exit(1);
  }
  sqlite3_stmt* prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      std::cerr << sqlite3_errmsg(db_) << "\n";
      std::exit(1);
    }
    return statement;
  }

  std::string path_;
  const TableLayout& layout_;
  sqlite3* db_ = nullptr;
  std::vector<std::vector<Value>> rows_;
};

void report(const char* what, std::size_t rows, const std::vector<double>& ours, const std::vector<double>& limit) {
  const double a = static_cast<double>(rows) / median(ours);
  const double b = static_cast<double>(rows) / median(limit);
  std::printf("%-9s %9.0f rows/s   limit %9.0f rows/s   ratio %.2f\n", what, a, b, a / b);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: bench_sink sqlite:PATH|postgresql://… [ROWS [ROUNDS]]\n";
    return 2;
  }
  const std::string url = argv[1];
  const std::size_t rows = argc > 2 ? std::stoul(argv[2]) : 100'000;
  const int rounds = argc > 3 ? std::stoi(argv[3]) : 3;
  const SchemaPtr schema = parse_schema({{"ci.toml", std::string(kShippedCiToml)}});
  const int rollup = schema->rollup_index("ci_job_metrics");
  const bool postgres = !url.starts_with("sqlite:");
  const TableLayout layout = table_layout(*schema, rollup, postgres ? Dialect::postgres : Dialect::sqlite);
  std::unique_ptr<Limit> limit;
  if (postgres)
    limit = std::make_unique<PostgresLimit>(url, layout);
  else
    limit = std::make_unique<SqliteLimit>(url.substr(7), layout);

  const std::vector<Bucket> buckets = workload(*schema, rollup, rows);
  std::uint64_t spans = 0;
  for (const Bucket& bucket : buckets) spans += bucket.update_counter;
  std::printf("%s: %zu rows, %.1f spans each, %zu columns\n", open_sink(url, schema, 1)->name().c_str(), rows,
              static_cast<double>(spans) / static_cast<double>(rows), layout.columns.size());

  const auto sink = open_sink(url, schema, 1);
  sink->prepare();
  send(*sink, rollup, buckets);
  limit->take_rows();
  std::printf("%s\n", limit->size().c_str());

  std::vector<double> fresh, fresh_limit, existing, existing_limit, replay, replay_limit;
  for (int round = 0; round < rounds; ++round) {
    limit->clear();
    fresh.push_back(seconds_of([&] { send(*sink, rollup, buckets); }));
    limit->age();
    existing.push_back(seconds_of([&] { send(*sink, rollup, buckets); }));
    replay.push_back(seconds_of([&] { send(*sink, rollup, buckets); }));
    limit->clear();
    fresh_limit.push_back(seconds_of([&] { limit->send(); }));
    limit->age();
    existing_limit.push_back(seconds_of([&] { limit->send(); }));
    replay_limit.push_back(seconds_of([&] { limit->send(); }));
  }
  report("fresh", rows, fresh, fresh_limit);
  report("existing", rows, existing, existing_limit);
  report("replayed", rows, replay, replay_limit);

  std::size_t read = 0;
  BucketFilter all;
  all.rollup = rollup;
  const double scan = seconds_of([&] { sink->scan(all, [&](Bucket&&) { ++read; }); });
  std::printf("read all  %9.0f rows/s\n", static_cast<double>(read) / scan);
  BucketFilter one = all;
  for (int d = 0; d < 4; ++d) one.equals.emplace_back(d, buckets[0].dimensions[static_cast<std::size_t>(d)]);
  std::vector<double> times;
  for (int i = 0; i < 20; ++i) times.push_back(seconds_of([&] { sink->scan(one, [&](Bucket&&) { ++read; }); }));
  std::printf("one job's 48 hours: %.2f ms\n", median(times) * 1e3);
  return 0;
}
