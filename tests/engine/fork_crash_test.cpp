#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <latch>
#include <random>
#include <thread>

#include "engine/environment.hpp"
#include "sink/forwarding_sink.hpp"
#include "support/memory_kv.hpp"

namespace tidemark::test {
namespace {

namespace fs = std::filesystem;

constexpr Instant kNow{1767585600'000'000};  // 2026-01-05T04:00:00Z

/// Spans `first` to `last`; three jobs, of which some begin late.
std::string jobs(int first, int last) {
  std::string lines;
  for (int id = first; id <= last; ++id) {
    char ended[64];
    std::snprintf(ended, sizeof ended, "2026-01-05T0%d:%02d:%02dZ", id % 2, id / 60, id % 60);
    lines += R"({"source":"job","id":)" + std::to_string(id) +
             R"(,"owner":"acme","repository":"acme/api","pipeline":"ci","job":"build)" + std::to_string(id / 5 % 3) +
             R"(","result":"success","runner":"r","labels":["x64"],"started_at":"2026-01-05T00:00:00Z","ended_at":")" +
             ended + "\"}\n";
  }
  return lines;
}

/// Calls that reach sinks, counted together; one of them fails, before or after it was done.
struct Network {
  std::atomic<int> calls = 0;
  int fails_at = 0;  ///< 0: none.
  bool after = false;
  std::function<void()> connected = [] {};  ///< Runs when a sink has been reached.
  std::function<void()> meanwhile = [] {};  ///< Runs when the agents' rows have been read.

  void fail(int at, bool after_it) {
    calls = 0;
    fails_at = at;
    after = after_it;
  }

  template <typename Call>
  auto reach(const Call& call) {
    const bool fails = ++calls == fails_at;
    if (fails && !after) throw SinkError(SinkError::Kind::transient, "the network is gone");
    auto answer = call();
    if (fails) throw SinkError(SinkError::Kind::in_doubt, "the answer was lost");
    return answer;
  }
};

class FarSink final : public ForwardingSink {
 public:
  FarSink(std::unique_ptr<Sink> sink, Network& network) : ForwardingSink(std::move(sink)), network_(network) {}
  bool prepare() override {
    network_.connected();
    return sink().prepare();
  }
  bool upsert(int rollup, std::span<const Bucket> buckets, Instant synced_at) override {
    return network_.reach([&] { return sink().upsert(rollup, buckets, synced_at); });
  }
  std::vector<AgentRow> agents(const std::optional<AgentId>& agent) override {
    auto rows = network_.reach([&] { return sink().agents(agent); });
    network_.meanwhile();
    return rows;
  }
  std::vector<AgentRow> agents_in(const std::string& host, const std::string& store) override {
    return network_.reach([&] { return sink().agents_in(host, store); });
  }
  bool check_in(const AgentRow& row, const std::optional<Nonce>& expected) override {
    return network_.reach([&] { return sink().check_in(row, expected); });
  }

 private:
  Network& network_;
};

/// Stores on disks in memory, and sinks in files of a folder.
struct World {
  World() {
    path = fs::temp_directory_path() / ("tidemark-fork-crash-" + std::to_string(std::random_device{}()));
    fs::create_directories(path);
  }
  ~World() { fs::remove_all(path); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  std::string sink(const std::string& name) const { return "sqlite:" + (path / name).string(); }
  void copy_sink(const std::string& from, const std::string& to) const {
    fs::copy_file(path / from, path / to, fs::copy_options::overwrite_existing);
  }

  std::unique_ptr<Engine> open(const std::shared_ptr<MemoryDisk>& disk) {
    Environment environment = real_environment();
    environment.open_kv = [disk](const std::string&, const KvOptions&) { return open_memory(disk); };
    environment.open_sink = [this](const std::string& url, SchemaPtr schema, std::int64_t version) {
      return std::make_unique<FarSink>(open_sink(url, std::move(schema), version), network);
    };
    environment.find_place = [this](const EngineOptions&) { return Place{"machine", inode, 1, 0}; };
    environment.make_place = [this](const EngineOptions&) { return Place{"machine", inode, 1, 0}; };
    EngineOptions options;
    options.store_path = "/store";
    return open_engine(options, kNow, {}, environment);
  }

  Network network;
  std::uint64_t inode = 1;
  fs::path path;
};

void take(Engine& engine, int first, int last) {
  IngestContext context;
  context.now = kNow;
  engine.ingest(jobs(first, last), context);
  engine.recompute(kNow);
}

SyncReport send(Engine& engine, const std::string& sink) {
  Engine::SyncOptions options;
  options.sink_url = sink;
  options.rows_per_transaction = 2;
  return engine.sync(options, kNow);
}

Query all_rows() {
  Query query;
  query.rollup = "ci_job_metrics";
  query.by.emplace();
  query.windows = Query::Windows::all;
  query.columns = {"total_runs"};
  return query;
}

std::int64_t runs(const Table& table) {
  std::int64_t n = 0;
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c] == "total_runs")
      for (const Row row : table.rows) n += std::stoll(row[c].to_string());
  return n;
}

}  // namespace

TEST_CASE("a sync that finds a fork, or a sink put back, loses and repeats nothing wherever it stops",
          "[store][slow]") {
  World world;
  auto disk = std::make_shared<MemoryDisk>();
  {
    const auto engine = world.open(disk);
    take(*engine, 1, 20);
    send(*engine, world.sink("ci.db"));
  }
  const MemoryDisk image = *disk;
  world.copy_sink("ci.db", "alone.db");
  {
    const auto engine = world.open(disk);
    take(*engine, 21, 30);
    send(*engine, world.sink("ci.db"));
  }
  world.copy_sink("ci.db", "other.db");
  const MemoryDisk ahead = *disk;
  struct Case {
    const char* name;
    const MemoryDisk& disk;
    const char* sink;
    std::int64_t at_sink, in_store;
    std::uint32_t epoch;
    std::uint64_t inode;
  };
  const Case cases[] = {
      {"fork", image, "other.db", 30 + 12, 32, 2, 1},
      {"copy", image, "other.db", 30 + 12, 32, 2, 2},
      {"sink put back", ahead, "alone.db", 42, 42, 1, 1},
      {"nothing", image, "alone.db", 32, 32, 1, 1},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    world.inode = c.inode;
    std::size_t disturbed = 0;
    const auto run = [&](std::uint64_t writes, int call, bool after, bool power_loss) {
      CAPTURE(writes, call, after, power_loss);
      world.copy_sink(c.sink, "ci.db");
      const auto own = std::make_shared<MemoryDisk>(c.disk);
      bool threw = false;
      {
        const auto engine = world.open(own);
        take(*engine, 31, 42);
        world.network.fail(call, after);
        own->writes_left = writes;
        try {
          send(*engine, world.sink("ci.db"));
        } catch (const Error&) {
          threw = true;
        }
      }
      world.network.fail(0, false);
      own->writes_left = std::numeric_limits<std::uint64_t>::max();
      if (power_loss) own->lose_power();
      const auto engine = world.open(own);
      engine->recompute(kNow);
      send(*engine, world.sink("ci.db"));
      REQUIRE(engine->status().epoch == c.epoch);
      REQUIRE(runs(engine->query(all_rows(), kNow)) == c.in_store);
      REQUIRE(engine->verify().mismatches == 0);
      REQUIRE(runs(query_sink(world.sink("ci.db"), {}, all_rows())) == c.at_sink);
      REQUIRE(send(*engine, world.sink("ci.db")).rows == 0);
      disturbed += threw;
      return threw;
    };
    for (const bool power_loss : {false, true}) {
      for (std::uint64_t writes = 0; run(writes, 0, false, power_loss); ++writes) {
      }
      for (const bool after : {false, true})
        for (int call = 1; run(std::numeric_limits<std::uint64_t>::max(), call, after, power_loss); ++call) {
        }
    }
    CHECK(disturbed > 20);
  }
}

TEST_CASE("two sinks that find a fork at the same time get one new epoch, and all of it", "[store]") {
  World world;
  const std::array<std::string, 2> sinks = {world.sink("one.db"), world.sink("two.db")};
  auto disk = std::make_shared<MemoryDisk>();
  {
    const auto engine = world.open(disk);
    take(*engine, 1, 20);
    for (const std::string& sink : sinks) send(*engine, sink);
  }
  const auto image = std::make_shared<MemoryDisk>(*disk);
  {
    const auto engine = world.open(disk);
    take(*engine, 21, 30);
    for (const std::string& sink : sinks) send(*engine, sink);
  }
  const auto engine = world.open(image);
  take(*engine, 31, 42);
  // Neither goes on before both have read whose the epoch is.
  std::latch both(2);
  std::atomic<int> looks = 0;
  world.network.meanwhile = [&] {
    if (++looks <= 2) both.arrive_and_wait();
  };
  std::array<SyncReport, 2> reports;
  std::array<std::string, 2> errors;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < sinks.size(); ++i)
      threads.emplace_back([&, i] {
        try {
          reports[i] = send(*engine, sinks[i]);
        } catch (const std::exception& e) {
          errors[i] = e.what();
        }
      });
    // Others work on it all the while.
    for (int id = 43; id <= 60; ++id) take(*engine, id, id);
  }
  CHECK(errors == std::array<std::string, 2>{});
  CHECK(reports[0].notices.size() + reports[1].notices.size() == 1);
  CHECK(engine->status().epoch == 2);
  for (const std::string& sink : sinks) {
    send(*engine, sink);
    CHECK(runs(query_sink(sink, {}, all_rows())) == 30 + 30);
  }
  CHECK(runs(engine->query(all_rows(), kNow)) == 50);
  CHECK(engine->verify().mismatches == 0);
}

TEST_CASE("a sink is told of all spans in the rows that go to it, also of those that came while it was reached",
          "[store]") {
  World world;
  const auto engine = world.open(std::make_shared<MemoryDisk>());
  take(*engine, 1, 4);
  world.network.connected = [&] { take(*engine, 5, 9); };
  send(*engine, world.sink("ci.db"));
  CHECK(runs(query_sink(world.sink("ci.db"), {}, all_rows())) == 9);
  CHECK(open_sink(world.sink("ci.db"), std::make_shared<const Schema>(), 0)->agents(std::nullopt).at(0).spans == 9);
}

}  // namespace tidemark::test
