#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include <tidemark/engine.hpp>

namespace tidemark {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

constexpr Instant kNow{1767585600'000'000};  // 2026-01-05T04:00:00Z

/// Stores beside each other on one machine, whose id is a file.
struct Machine {
  Machine() {
    path = fs::temp_directory_path() / ("tidemark-epochs-" + std::to_string(std::random_device{}()));
    fs::create_directories(path);
    name_machine("one");
  }
  ~Machine() { fs::remove_all(path); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  void name_machine(const std::string& id) const { std::ofstream(path / "machine-id") << id << "\n"; }
  std::string at(const std::string& name) const { return (path / name).string(); }
  std::unique_ptr<Engine> open(const std::string& name = "store", std::vector<std::string> schemas = {}) const {
    EngineOptions options;
    options.store_path = at(name);
    options.machine_id_file = at("machine-id");
    options.schema_paths = std::move(schemas);
    return Engine::open(options, kNow);
  }
  std::uint32_t epoch(const std::string& name = "store") const { return open(name)->status().epoch; }

  fs::path path;
};

/// Jobs `first` to `last` of one bucket, each as many seconds long as its number.
std::string jobs(int first, int last) {
  std::string lines;
  for (int id = first; id <= last; ++id) {
    char ended[64];
    std::snprintf(ended, sizeof ended, "2026-01-05T00:%02d:%02dZ", id / 60, id % 60);
    lines +=
        R"({"source":"job","id":)" + std::to_string(id) +
        R"(,"owner":"acme","repository":"acme/api","pipeline":"ci","job":"build","result":"success","runner":"r",)" +
        R"("labels":["x64"],"started_at":"2026-01-05T00:00:00Z","ended_at":")" + ended + "\"}\n";
  }
  return lines;
}

IngestReport ingest(Engine& engine, int first, int last) {
  IngestContext context;
  context.name = "test";
  context.now = kNow;
  return engine.ingest(jobs(first, last), context);
}

Query one_row() {
  Query query;
  query.rollup = "ci_job_metrics";
  query.columns = {"total_runs", "median_duration_seconds", "p95_duration_seconds"};
  return query;
}

/// Count, median and p95 of the only bucket, merged over its rows.
std::vector<std::string> merged(Engine& engine, const std::string& sink = {}) {
  const Table table = engine.query(one_row(), kNow, sink);
  REQUIRE(table.rows.size() == 1);
  std::vector<std::string> cells;
  for (const std::string& wanted : one_row().columns)
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      if (table.columns[c] == wanted) cells.push_back(table.rows.at(0).at(c).to_string());
  REQUIRE(cells.size() == 3);
  return cells;
}

/// The count of the only row of `late`.
std::int64_t count_in(const Table& table) {
  REQUIRE(table.rows.size() == 1);
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c] == "n") return table.rows.at(0).at(c).integer();
  return -1;
}

/// What one store says that took jobs first to last and nothing else.
std::vector<std::string> expected(int first, int last) {
  const Machine machine;
  const auto engine = machine.open();
  ingest(*engine, first, last);
  engine->recompute(kNow);
  return merged(*engine);
}

}  // namespace

TEST_CASE("a store that stays where it is keeps its epoch, also when its folder is renamed", "[store]") {
  const Machine machine;
  CHECK(machine.epoch() == 1);
  CHECK(machine.epoch() == 1);
  fs::rename(machine.at("store"), machine.at("renamed"));
  CHECK(machine.epoch("renamed") == 1);
}

TEST_CASE("a copied folder begins a new epoch once, and the original does not", "[store]") {
  const Machine machine;
  ingest(*machine.open(), 1, 3);
  fs::copy(machine.at("store"), machine.at("copy"), fs::copy_options::recursive);
  CHECK(machine.epoch("copy") == 2);
  CHECK(machine.epoch("copy") == 2);
  CHECK(machine.epoch("store") == 1);
}

TEST_CASE("another machine's id begins a new epoch; a machine without one does not", "[store]") {
  const Machine machine;
  CHECK(machine.epoch() == 1);
  machine.name_machine("");
  CHECK(machine.epoch() == 1);
  machine.name_machine("two");
  CHECK(machine.epoch() == 2);
}

TEST_CASE("a copy that is only read begins no epoch", "[store]") {
  const Machine machine;
  ingest(*machine.open(), 1, 3);
  fs::copy(machine.at("store"), machine.at("copy"), fs::copy_options::recursive);
  EngineOptions options;
  options.store_path = machine.at("copy");
  options.machine_id_file = machine.at("machine-id");
  options.read_only = true;
  CHECK(Engine::open(options, kNow)->status().epoch == 1);
  CHECK(machine.epoch("copy") == 2);
}

TEST_CASE("a backup knows what was accepted, and computes it before its new epoch begins", "[store]") {
  const Machine machine;
  const auto engine = machine.open();
  ingest(*engine, 1, 20);
  engine->recompute(kNow);
  ingest(*engine, 21, 40);  // not computed yet
  engine->backup(machine.at("copy"));
  ingest(*engine, 41, 60);

  const auto copy = machine.open("copy");
  const Status status = copy->status();
  CHECK(status.epoch == 2);
  CHECK(status.agent == engine->status().agent);
  CHECK(status.dirty_spans == 0);
  CHECK(merged(*copy) == expected(1, 40));
  const IngestReport again = ingest(*copy, 1, 50);
  CHECK(again.duplicates == 40);
  CHECK(again.accepted == 10);
  copy->recompute(kNow);
  CHECK(merged(*copy) == expected(1, 50));
  CHECK(copy->verify().mismatches == 0);
  CHECK(copy->verify().buckets_checked != 0);
}

TEST_CASE("two that go on from one store merge exactly at a sink, in any order and sent again", "[store]") {
  const Machine machine;
  const std::string sink = "sqlite:" + machine.at("sink.db");
  const auto engine = machine.open();
  ingest(*engine, 1, 30);
  engine->backup(machine.at("copy"));
  const auto copy = machine.open("copy");
  ingest(*copy, 31, 45);
  ingest(*engine, 46, 60);
  for (Engine* one : {copy.get(), engine.get(), copy.get()}) {
    one->recompute(kNow);
    one->sync({sink}, kNow);
  }
  CHECK(merged(*engine, sink) == expected(1, 60));
  CHECK(merged(*engine)[0] == "45");
  CHECK(merged(*copy)[0] == "45");
}

TEST_CASE("a rollup that is declared after a copy is filled into the epochs of its spans", "[store]") {
  const Machine machine;
  const auto engine = machine.open();
  ingest(*engine, 1, 30);
  engine->backup(machine.at("copy"));
  ingest(*machine.open("copy"), 31, 50);
  machine.open("copy")->recompute(kNow);

  std::ofstream(machine.at("more.toml")) << machine.open("copy")->schema_text() << R"toml(
[rollup.late]
source = "job"
every = "1h"
by = ["owner"]
[rollup.late.columns]
n = "count()"
median = "percentile_cont(0.5, duration)"
)toml";
  const auto copy = machine.open("copy", {machine.at("more.toml")});
  copy->recompute(kNow);
  Query query = one_row();
  query.rollup = "late";
  query.columns = {"n"};
  const Table table = copy->query(query, kNow);
  CHECK(count_in(table) == 50);
  CHECK(copy->verify().mismatches == 0);

  const std::string sink = "sqlite:" + machine.at("sink.db");
  engine->close();
  const auto original = machine.open("store", {machine.at("more.toml")});
  for (Engine* one : {original.get(), copy.get()}) one->sync({sink}, kNow);
  CHECK(count_in(copy->query(query, kNow, sink)) == 50);
}

TEST_CASE("a backup can be made while spans come in, and holds whole requests", "[store]") {
  const Machine machine;
  const auto engine = machine.open();
  ingest(*engine, 1, 10);
  std::thread sender([&] {
    for (int id = 11; id <= 200; id += 10) ingest(*engine, id, id + 9);
  });
  engine->backup(machine.at("copy"));
  sender.join();
  const auto copy = machine.open("copy");
  const auto held = copy->status().totals.at("accepted");
  CHECK(held >= 10);
  CHECK(held % 10 == 0);
  CHECK(ingest(*copy, 1, 200).duplicates == held);
  copy->recompute(kNow);
  CHECK(merged(*copy) == expected(1, 200));
}

TEST_CASE("a backup of a backup begins a third epoch, and all three merge", "[store]") {
  const Machine machine;
  const auto first = machine.open();
  ingest(*first, 1, 10);
  first->backup(machine.at("b"));
  const auto second = machine.open("b");
  ingest(*second, 11, 20);
  second->backup(machine.at("c"));
  const auto third = machine.open("c");
  ingest(*third, 21, 30);
  third->recompute(kNow);
  CHECK(third->status().epoch == 3);
  CHECK(merged(*third) == expected(1, 30));
}

TEST_CASE("a backup goes into a new folder only", "[store]") {
  const Machine machine;
  const auto engine = machine.open();
  CHECK_THROWS_AS(engine->backup(machine.at("store")), InputError);
  CHECK_THROWS_WITH(engine->backup(machine.at("none/copy")), Contains("there is no folder"));
  engine->backup(machine.at("copy") + "/");
  CHECK_THROWS_WITH(engine->backup(machine.at("copy")), Contains("is there already"));
  ingest(*engine, 1, 1);
}

TEST_CASE("an opening that is stopped before a new epoch begins is made good by the next one", "[store]") {
  const Machine machine;
  const auto engine = machine.open();
  ingest(*engine, 1, 30);
  engine->backup(machine.at("copy"));
  const Progress stop = [](std::string_view, std::uint64_t, std::uint64_t) { throw StoreError("stopped"); };
  EngineOptions options;
  options.store_path = machine.at("copy");
  options.machine_id_file = machine.at("machine-id");
  CHECK_THROWS_AS(Engine::open(options, kNow, stop), StoreError);
  const auto copy = machine.open("copy");
  CHECK(copy->status().epoch == 2);
  CHECK(merged(*copy) == expected(1, 30));
}

}  // namespace tidemark
