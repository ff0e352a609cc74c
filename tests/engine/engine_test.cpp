#include <tidemark/engine.hpp>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

namespace tidemark {
namespace {

namespace fs = std::filesystem;

constexpr Instant kNow{1767578400'000'000};  // 2026-01-05T02:00:00Z

struct Folder {
  Folder() {
    path = fs::temp_directory_path() / ("tidemark-engine-" + std::to_string(std::random_device{}()));
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  EngineOptions options() const {
    EngineOptions options;
    options.store_path = (path / "store").string();
    return options;
  }
  std::unique_ptr<Engine> open() const { return Engine::open(options(), kNow); }
  std::string sink() const { return "sqlite:" + (path / "sink.db").string(); }
  fs::path path;
};

IngestContext context(const std::string& name = "test") {
  IngestContext c;
  c.name = name;
  c.now = kNow;
  return c;
}

std::string job(int id, int seconds, const std::string& more = {}) {
  char ended[64];
  std::snprintf(ended, sizeof ended, "2026-01-05T00:%02d:%02d.000001Z", seconds / 60, seconds % 60);
  return R"({"source":"job","id":)" + std::to_string(id) + R"(,"owner":"acme","repository":"acme/api","pipeline":"ci","job":"build",)" +
         R"("result":"success","runner":"r-7","labels":["x64","linux"],"queued_at":"2026-01-04T23:59:58Z",)" +
         R"("started_at":"2026-01-05T00:00:00.000001Z","ended_at":")" + ended + "\"" + more + "}\n";
}

Value cell(const Table& table, std::size_t row, const std::string& column) {
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c] == column) return table.rows.at(row).at(c);
  throw std::out_of_range(column);
}

Query jobs() {
  Query query;
  query.rollup = "ci_job_metrics";
  return query;
}

/// `<testsuite name="s"><testcase classname="c" name="t" time="1"/></testsuite>`, compressed with gzip.
constexpr const char* kGzippedReport =
    "1f8b0800000000000203b329492d2e292ecd2c4955c84bcc4db5552a56b2b30189252716a72a24e724161743c49395a00a4a"
    "94144a32410c43257d3b1b7db87e3b00bc6eab304b000000";

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

}  // namespace

TEST_CASE_METHOD(Folder, "gzip is inflated whether the format is named or not", "[store]") {
  const auto engine = open();
  IngestContext named = context();
  named.format = InputFormat::junit;
  CHECK(engine->ingest(from_hex(kGzippedReport), named).accepted == 1);
  CHECK(engine->ingest(from_hex(kGzippedReport), context("report.xml")).duplicates == 1);
}

TEST_CASE_METHOD(Folder, "spans go in and exact percentiles come out, from the store and from a sink", "[store]") {
  const auto engine = open();
  const IngestReport report = engine->ingest(job(1, 10) + job(2, 20) + job(3, 40) + "{half", context());
  CHECK(report.accepted == 3);
  CHECK(report.decode.rejections.of(RejectReason::malformed) == 1);
  CHECK(cell(engine->query(jobs(), kNow), 0, "computed_counter").integer() == 1);
  CHECK(engine->recompute(kNow).buckets == 2);
  const Table table = engine->query(jobs(), kNow);
  REQUIRE(table.rows.size() == 1);
  CHECK(cell(table, 0, "total_runs").integer() == 3);
  CHECK(cell(table, 0, "median_duration_seconds").real() == 20.0);
  CHECK(cell(table, 0, "p95_duration_seconds").real() == 38.0);
  CHECK(cell(table, 0, "sum_duration_seconds").to_string() == "70.000000");
  CHECK(cell(table, 0, "median_queue_seconds").real() == 2.000001);

  Engine::SyncOptions sync;
  sync.sink_url = sink();
  CHECK(engine->sync(sync, kNow).rows == 2);
  const Table synced = engine->query(jobs(), kNow, sink());
  REQUIRE(synced.rows.size() == 1);
  CHECK(cell(synced, 0, "p95_duration_seconds").real() == 38.0);
  CHECK(query_sink(sink(), {}, jobs()).rows.size() == 1);
  CHECK(engine->verify().mismatches == 0);
  CHECK(engine->verify().buckets_checked == 2);
}

TEST_CASE_METHOD(Folder, "a job of GitHub's counts once, however often its webhook comes, and not again by OTLP", "[store]") {
  const auto engine = open();
  const auto corpus = [](const std::string& name) {
    std::ifstream file(std::string(TIDEMARK_SOURCE_DIR) + "/tests/corpus/" + name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string completed = corpus("github/job_completed.json");
  CHECK(engine->ingest(corpus("github/job_queued.json"), context()).decode.ignored == 1);
  CHECK(engine->ingest(completed, context()).accepted == 1);
  CHECK(engine->ingest(completed, context()).duplicates == 1);
  CHECK(engine->ingest(corpus("github/job_in_progress.json"), context()).decode.ignored == 1);
  CHECK(engine->ingest(corpus("github/job_phantom.json"), context()).decode.phantom_jobs == 1);
  const std::string exported =
      R"({"resourceSpans":[{"resource":{"attributes":[{"key":"vcs.repository.name","value":{"stringValue":"acme/api"}}]},)"
      R"("scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"build",)"
      R"("startTimeUnixNano":"1767225628000000000","endTimeUnixNano":"1767225690000000000","attributes":[)"
      R"({"key":"cicd.pipeline.task.run.url.full","value":{"stringValue":"https://github.com/acme/api/actions/runs/7001/job/9001"}},)"
      R"({"key":"cicd.pipeline.task.run.id","value":{"stringValue":"9001"}}]}]}]}]})";
  CHECK(engine->ingest(exported, context()).decode.rejections.of(RejectReason::other_way) == 1);
  // Its pipeline is of another source, and may come by another way.
  CHECK(engine->ingest(corpus("github/run_completed.json"), context()).accepted == 1);
  CHECK(engine->query(jobs(), kNow).rows.size() == 1);
  const auto totals = engine->status().totals;
  CHECK(totals.at("rejected.other_way") == 1);
  CHECK(totals.at("phantom_jobs") == 1);
}

TEST_CASE_METHOD(Folder, "what was acknowledged is there after opening again, and redelivery changes nothing", "[store]") {
  open()->ingest(job(1, 10) + job(2, 20), context());
  const auto engine = open();
  const IngestReport again = engine->ingest(job(1, 10) + job(2, 20) + job(3, 30), context());
  CHECK(again.accepted == 1);
  CHECK(again.duplicates == 2);
  CHECK(engine->status().totals.at("accepted") == 3);
  CHECK(engine->status().raw_spans == 3);
}

TEST_CASE_METHOD(Folder, "the same JUnit report again is the same spans, whenever it comes", "[store]") {
  const std::string report = R"(<testsuite name="s"><testcase classname="c" name="t" time="0.5"/><testcase classname="c" name="u"/></testsuite>)";
  const auto engine = open();
  CHECK(engine->ingest(report, context("report.xml")).accepted == 2);
  IngestContext later = context("renamed.xml");
  later.now = kNow + hours(3);
  const IngestReport again = engine->ingest(report, later);
  CHECK(again.duplicates == 2);
  CHECK(again.differing_duplicates == 0);
  IngestContext other_run = context("report.xml");
  other_run.defaults["run"] = "2";
  CHECK(engine->ingest(report, other_run).accepted == 2);
}

TEST_CASE_METHOD(Folder, "streams may be cut anywhere", "[store]") {
  const auto engine = open();
  const std::string all = job(1, 10) + job(2, 20) + job(3, 30);
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, all.size()}) {
    std::size_t at = 0;
    const IngestReport report = engine->ingest_stream(
        [&](char* buffer, std::size_t size) {
          const std::size_t n = std::min({step, size, all.size() - at});
          all.copy(buffer, n, at);
          at += n;
          return n;
        },
        context());
    CHECK(report.accepted + report.duplicates == 3);
    CHECK(report.decode.rejections.total() == 0);
  }
}

TEST_CASE_METHOD(Folder, "a line of a gigabyte is counted and costs no memory", "[store][slow]") {
  const auto engine = open();
  std::uint64_t left = 1ull << 30;
  bool tail = false;
  const IngestReport report = engine->ingest_stream(
      [&](char* buffer, std::size_t size) {
        const std::size_t n = std::min<std::uint64_t>(size, left);
        std::fill_n(buffer, n, 'x');
        left -= n;
        if (n > 0 || tail) return n;
        tail = true;
        const std::string rest = "\n" + job(1, 10);
        rest.copy(buffer, rest.size());
        return rest.size();
      },
      context("huge.ndjson"));
  CHECK(report.decode.rejections.of(RejectReason::too_large) == 1);
  CHECK(report.accepted == 1);
}

TEST_CASE_METHOD(Folder, "ingest, passes, retention and queries go on beside each other", "[store]") {
  const auto engine = open();
  std::atomic<bool> done{false};
  std::thread background([&] {
    while (!done) {
      engine->recompute(kNow);
      engine->retain(kNow);
      engine->query(jobs(), kNow);
      engine->status();
    }
  });
  std::vector<std::thread> senders;
  for (int t = 0; t < 3; ++t)
    senders.emplace_back([&, t] {
      for (int i = 0; i < 40; ++i) engine->ingest(job(t * 1000 + i, 10 + i), context());
    });
  for (std::thread& sender : senders) sender.join();
  done = true;
  background.join();
  engine->recompute(kNow);
  CHECK(cell(engine->query(jobs(), kNow), 0, "computed_counter").integer() == 120);
  CHECK(engine->verify().mismatches == 0);
}

TEST_CASE_METHOD(Folder, "a column that is added to a user's definitions is filled, and the store keeps its definitions", "[store]") {
  const auto definitions = [&](const std::string& more) {
    std::ofstream(path / "mine.toml") << "[source.order]\ntime = 'at'\n[source.order.fields]\nshop = 'text'\namount = 'number(0.01)'\n"
                                         "at = 'instant'\n[rollup.orders]\nsource = 'order'\nevery = '1h'\nby = ['shop']\n"
                                         "[rollup.orders.columns]\nn = 'count()'\ntotal = 'sum(amount)'\n"
                                      << more;
    EngineOptions options = this->options();
    options.schema_paths = {(path / "mine.toml").string()};
    return options;
  };
  Query query;
  query.rollup = "orders";
  {
    const auto engine = Engine::open(definitions(""), kNow);
    const IngestReport report = engine->ingest(
        "{\"source\":\"order\",\"id\":1,\"shop\":\"a\",\"amount\":19.99,\"at\":\"2026-01-05T00:10:00Z\"}\n"
        "{\"source\":\"order\",\"id\":2,\"shop\":\"a\",\"amount\":0.01,\"at\":\"2026-01-05T00:20:00Z\"}\n",
        context());
    CHECK(report.accepted == 2);
    engine->recompute(kNow);
    CHECK(cell(engine->query(query, kNow), 0, "total").to_string() == "20.00");
  }
  {
    const auto engine = Engine::open(definitions("p50 = 'median(amount)'\nlargest = 'max(amount)'\n"), kNow);
    const Table table = engine->query(query, kNow);
    CHECK(cell(table, 0, "p50").real() == 10.0);
    CHECK(cell(table, 0, "largest").real() == 19.99);
    CHECK(engine->status().schema_version == 2);
  }
  CHECK(open()->query(query, kNow).rows.size() == 1);
  CHECK_THROWS_AS(Engine::open(definitions("total = 'min(amount)'\n"), kNow), InputError);
}

TEST_CASE_METHOD(Folder, "opening for reading changes nothing and sees what was not checkpointed", "[store]") {
  const auto writer = open();
  writer->ingest(job(1, 10), context());
  EngineOptions reading = options();
  reading.read_only = true;
  reading.create_if_missing = false;
  const auto reader = Engine::open(reading, kNow);
  CHECK(cell(reader->query(jobs(), kNow), 0, "total_runs").integer() == 1);
  CHECK_THROWS_AS(reader->ingest(job(2, 10), context()), StoreError);
}

TEST_CASE_METHOD(Folder, "raw spans that are dropped give their space on the disk back, though nothing new comes",
                 "[store]") {
  // Of a closed store: an open one writes and deletes files when it likes.
  const auto bytes = [&] {
    std::uintmax_t sum = 0;
    for (const auto& file : fs::directory_iterator(path / "store"))
      if (file.path().extension() == ".sst") sum += file.file_size();
    return sum;
  };
  EngineOptions small = options();
  small.write_buffer_bytes = 4u << 20;
  auto engine = Engine::open(small, kNow);
  std::mt19937_64 random(1);
  for (int id = 0; id < 8'000;) {
    std::string lines;
    for (const int end = id + 1'000; id < end; ++id) {
      std::string branch;
      while (branch.size() < 450) branch += std::to_string(random());
      lines += job(id, 1, ",\"branch\":\"" + branch + '"');
    }
    REQUIRE(engine->ingest(lines, context()).accepted == 1'000);
  }
  engine->recompute(kNow);
  const std::uint64_t raw = engine->status().raw_bytes;
  // Opening puts into these files what was in the write-ahead log alone.
  engine->close();
  Engine::open(small, kNow)->close();
  const std::uintmax_t before = bytes();
  REQUIRE(raw > 2u << 20);
  REQUIRE(before > raw / 2);
  engine = Engine::open(small, kNow);
  CHECK(engine->retain(kNow + days(31)).spans_dropped == 8'000);
  engine->close();
  CHECK(bytes() < before / 2);
}

}  // namespace tidemark
