#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>

#include <tidemark/engine.hpp>

namespace tidemark {
namespace {

namespace fs = std::filesystem;

constexpr Instant kNow{1767578400'000'000};  // 2026-01-05T02:00:00Z

constexpr const char* kSource = R"toml(
[source.saved_run]
time = "ended_at"
retention = "24h"
identity_retention = "2d"
[source.saved_run.fields]
workspace = "text"
labels = "labels"
published_run = "text"
published = "boolean"
title = "text"
ended_at = "instant"
took = "duration"
)toml";

constexpr const char* kRecent = R"toml(
[recent.workspace_recent_workflows]
source = "saved_run"
per = ["workspace"]
item = ["published_run"]
columns = ["title", "took"]
where = "published = true"
keep = 3
window = "10d"

[recent.by_labels]
source = "saved_run"
per = ["labels", "published"]
)toml";

struct Place {
  Place() {
    path = fs::temp_directory_path() / ("tidemark-recents-" + std::to_string(std::random_device{}()));
    fs::create_directories(path);
  }
  ~Place() { fs::remove_all(path); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  std::unique_ptr<Engine> open(const std::string& definitions = std::string(kSource) + kRecent) const {
    std::ofstream(path / "schema.toml") << definitions;
    EngineOptions options;
    options.store_path = (path / "store").string();
    options.schema_paths = {(path / "schema.toml").string()};
    return Engine::open(options, kNow);
  }
  std::string sink() const { return "sqlite:" + (path / "sink.db").string(); }
  fs::path path;
};

std::string run(int id, const std::string& workspace, const std::string& item, const std::string& ended,
                const std::string& more = {}) {
  return R"({"source":"saved_run","id":)" + std::to_string(id) + R"(,"workspace":")" + workspace +
         R"(","published_run":")" + item + R"(","published":true,"title":"T)" + std::to_string(id) + R"(","took":)" +
         std::to_string(id) + R"(,"ended_at":")" + ended + "\"" + more + "}\n";
}

void ingest(Engine& engine, const std::string& document, std::uint64_t accepted, bool backfill = false) {
  IngestContext context;
  context.name = "test";
  context.now = kNow;
  context.backfill = backfill;
  CHECK(engine.ingest(document, context).accepted == accepted);
}

std::vector<std::string> rows(const Table& table) {
  std::vector<std::string> lines;
  for (const Row row : table.rows) {
    std::string line;
    for (const Value value : row) line += "|" + value.to_string();
    lines.push_back(line.substr(1));
  }
  return lines;
}

std::vector<std::string> workflows(Engine& engine, const std::string& workspace, std::size_t limit = 10,
                                   const std::string& sink = {}) {
  return rows(engine.recent("workspace_recent_workflows", {workspace}, limit, kNow, sink));
}

}  // namespace

TEST_CASE_METHOD(Place, "the last used things of a group are read from memory, the store and both", "[store]") {
  auto engine = open();
  ingest(*engine,
         run(1, "w", "a", "2026-01-05T00:00:01Z") + run(2, "w", "b", "2026-01-05T00:00:02Z") +
             run(3, "v", "c", "2026-01-05T00:00:03Z"),
         3);
  const Table table = engine->recent("workspace_recent_workflows", {"w"}, 10, kNow);
  CHECK(table.columns == std::vector<std::string>{"workspace", "published_run", "used_at", "title", "took"});
  CHECK(table.key_columns == 2);
  CHECK(rows(table) ==
        std::vector<std::string>{"w|b|2026-01-05T00:00:02Z|T2|2.000000", "w|a|2026-01-05T00:00:01Z|T1|1.000000"});
  engine->close();
  engine = open();
  CHECK(workflows(*engine, "w").size() == 2);
  ingest(*engine,
         run(4, "w", "a", "2026-01-05T00:00:04Z") + run(2, "w", "b", "2026-01-05T00:00:02Z") +
             run(5, "w", "a", "2026-01-05T00:00:03Z"),
         2);
  CHECK(workflows(*engine, "w", 1) == std::vector<std::string>{"w|a|2026-01-05T00:00:04Z|T4|4.000000"});
  CHECK(workflows(*engine, "w")[1] == "w|b|2026-01-05T00:00:02Z|T2|2.000000");
  CHECK(workflows(*engine, "nobody").empty());
}

TEST_CASE_METHOD(Place, "history that is filled in later moves nothing that was used after it", "[store]") {
  const auto engine = open();
  ingest(*engine, run(1, "w", "a", "2026-01-05T00:00:01Z"), 1);
  ingest(*engine, run(2, "w", "a", "2026-01-01T00:00:00Z"), 0);  // too old, without backfill
  ingest(*engine,
         run(2, "w", "a", "2026-01-01T00:00:00Z") + run(3, "w", "b", "2026-01-01T00:00:01Z") +
             run(4, "w", "c", "2025-12-01T00:00:00Z"),
         3, true);
  CHECK(workflows(*engine, "w") ==
        std::vector<std::string>{"w|a|2026-01-05T00:00:01Z|T1|1.000000", "w|b|2026-01-01T00:00:01Z|T3|3.000000"});
  // Of the third the window has passed; with it goes a group that has nothing else.
  ingest(*engine, run(5, "old", "c", "2025-12-01T00:00:00Z"), 1, true);
  engine->recompute(kNow);
  engine->retain(kNow);
  CHECK(workflows(*engine, "old").empty());
  CHECK(workflows(*engine, "w").size() == 2);
}

TEST_CASE_METHOD(Place, "a recent that is declared later has what the surviving raw spans say", "[store]") {
  ingest(*open(kSource), run(1, "w", "a", "2026-01-05T00:00:01Z") + run(2, "w", "b", "2026-01-05T00:00:02Z"), 2);
  CHECK(workflows(*open(), "w").size() == 2);
  open(kSource)->close();
  CHECK_THROWS_WITH(open(kSource)->recent("workspace_recent_workflows", {"w"}, 10, kNow),
                    Catch::Contains("no recent 'workspace_recent_workflows'"));
  CHECK(workflows(*open(), "w").size() == 2);
}

TEST_CASE_METHOD(Place, "label sets and booleans make groups, and spans without an item are things of their own",
                 "[store]") {
  const auto engine = open();
  ingest(*engine,
         run(1, "w", "a", "2026-01-05T00:00:01Z", R"(,"labels":["x","y"])") +
             run(2, "w", "a", "2026-01-05T00:00:02Z", R"(,"labels":["y","x"])") +
             R"({"source":"saved_run","id":3,"ended_at":"2026-01-05T00:00:03Z"})" + "\n",
         3);
  const Table table = engine->recent("by_labels", {"y,x", "true"}, 10, kNow);
  CHECK(rows(table) == std::vector<std::string>{"x,y|true|2026-01-05T00:00:02Z", "x,y|true|2026-01-05T00:00:01Z"});
  CHECK(rows(engine->recent("by_labels", {"[]", ""}, 10, kNow)) == std::vector<std::string>{"||2026-01-05T00:00:03Z"});
}

TEST_CASE_METHOD(Place, "several stores' uses are merged at a sink, and only what moved goes again", "[store]") {
  Place elsewhere;
  const auto engine = open();
  const auto other = elsewhere.open();
  Engine::SyncOptions to_sink;
  to_sink.sink_url = sink();
  const auto sync = [&](Engine& from) { return from.sync(to_sink, kNow).rows; };
  ingest(*engine, run(1, "w", "a", "2026-01-05T00:00:01Z") + run(2, "w", "b", "2026-01-05T00:00:02Z"), 2);
  ingest(*other, run(3, "w", "a", "2026-01-05T00:00:03Z") + run(4, "w", "c", "2026-01-05T00:00:00Z"), 2);
  CHECK(sync(*engine) == 4);  // two uses in each of two recents
  CHECK(sync(*other) == 4);
  const std::vector<std::string> merged{"w|a|2026-01-05T00:00:03Z|T3|3.000000", "w|b|2026-01-05T00:00:02Z|T2|2.000000",
                                        "w|c|2026-01-05T00:00:00Z|T4|4.000000"};
  CHECK(workflows(*engine, "w", 10, sink()) == merged);
  CHECK(workflows(*other, "w", 10, sink()) == merged);
  CHECK(workflows(*engine, "w", 1, sink()).size() == 1);
  CHECK(sync(*engine) == 0);
  ingest(*engine, run(5, "w", "a", "2026-01-05T00:00:02.5Z"), 1);  // later than its own, earlier than the other's
  CHECK(sync(*engine) == 2);
  CHECK(workflows(*engine, "w", 10, sink()) == merged);
  fs::remove(path / "sink.db");
  fs::remove(path / "sink.db-wal");
  fs::remove(path / "sink.db-shm");
  CHECK(sync(*other) == 4);
  CHECK(sync(*engine) == 5);
  CHECK(workflows(*engine, "w", 10, sink()) == merged);
  const auto side = ReadSide::open(sink(), {(path / "schema.toml").string()}, "test");
  CHECK(rows(side->recent("workspace_recent_workflows", {"w"}, 10, kNow)) == merged);
}

TEST_CASE_METHOD(Place, "a recent's name and the values of a group are checked", "[store]") {
  const auto engine = open();
  CHECK_THROWS_WITH(
      engine->recent("workspace_recent_workflow", {"w"}, 10, kNow),
      Catch::Contains("no recent 'workspace_recent_workflow'") && Catch::Contains("workspace_recent_workflows"));
  CHECK_THROWS_WITH(engine->recent("workspace_recent_workflows", {}, 10, kNow),
                    Catch::Contains("expected a value for each of workspace") && Catch::Contains("found 0"));
  CHECK_THROWS_AS(engine->recent("by_labels", {"a"}, 10, kNow), InputError);
}

}  // namespace tidemark
