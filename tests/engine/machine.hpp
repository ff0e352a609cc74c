#pragma once
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <tidemark/engine.hpp>

/// Stores of one machine that are copied, put back and wiped, jobs of one bucket, and what a sink says of them.
namespace tidemark::test {

namespace fs = std::filesystem;
inline constexpr Instant kNow{1767585600'000'000};  // 2026-01-05T04:00:00Z
inline constexpr const char* kPlace = "tidemark-place";

inline std::string job(int id) {
  char ended[64];
  std::snprintf(ended, sizeof ended, "2026-01-05T00:%02d:%02dZ", id / 60, id % 60);
  return R"({"source":"job","id":)" + std::to_string(id) +
         R"(,"owner":"acme","repository":"acme/api","pipeline":"ci","job":"build","result":"success","runner":"r",)" +
         R"("labels":["x64"],"started_at":"2026-01-05T00:00:00Z","ended_at":")" + ended + "\"}\n";
}

inline Query one_row() {
  Query query;
  query.rollup = "ci_job_metrics";
  query.columns = {"total_runs", "min_duration_seconds", "median_duration_seconds", "max_duration_seconds"};
  return query;
}

/// Stores of one machine and the sink that they share.
struct Machine {
  Machine() {
    path = fs::temp_directory_path() / ("tidemark-machine-" + std::to_string(std::random_device{}()));
    fs::create_directories(path);
    std::ofstream(path / "machine-id") << "one\n";
  }
  ~Machine() { fs::remove_all(path); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  std::string at(const std::string& name) const { return (path / name).string(); }
  std::string sink(const std::string& name = "ci.db") const { return "sqlite:" + at(name); }

  std::unique_ptr<Engine> open(const std::string& name = "store") const {
    EngineOptions options;
    options.store_path = at(name);
    options.machine_id_file = at("machine-id");
    return Engine::open(options, kNow);
  }

  /// An image of a machine's disk: put back, nothing of it looks like a copy.
  void take_image(const std::string& name) const { fs::copy(at("store"), at(name), fs::copy_options::recursive); }
  void put_back(const std::string& name) const {
    for (const auto& entry : fs::directory_iterator(at("store")))
      if (entry.path().filename() != kPlace) fs::remove_all(entry.path());
    for (const auto& entry : fs::directory_iterator(at(name)))
      if (entry.path().filename() != kPlace)
        fs::copy(entry.path(), fs::path(at("store")) / entry.path().filename(), fs::copy_options::recursive);
  }

  fs::path path;
};

inline void take(Engine& engine, int first, int last) {
  std::string lines;
  for (int id = first; id <= last; ++id) lines += job(id);
  IngestContext context;
  context.name = "test";
  context.now = kNow;
  engine.ingest(lines, context);
  engine.recompute(kNow);
}

inline SyncReport send(Engine& engine, const std::string& sink) {
  Engine::SyncOptions options;
  options.sink_url = sink;
  return engine.sync(options, kNow);
}

/// The only row's cells.
inline std::vector<std::string> only_row(const Table& table) {
  REQUIRE(table.rows.size() == 1);
  std::vector<std::string> cells;
  for (const std::string& column : one_row().columns)
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      if (table.columns[c] == column) cells.push_back(table.rows[0][c].to_string());
  return cells;
}
inline std::vector<std::string> at_sink(const Machine& machine) {
  return only_row(query_sink(machine.sink(), {}, one_row()));
}
inline std::string runs_at_sink(const Machine& machine) { return at_sink(machine)[0]; }

/// `epoch began unproven spans` of each row of the table agents.
inline std::vector<std::string> agents(const Machine& machine) {
  const Table table = list_agents(machine.sink());
  const auto column = [&](const Row& row, const std::string& name) {
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      if (table.columns[c] == name) return row[c].to_string();
    return std::string("none");
  };
  std::vector<std::string> rows;
  for (const Row row : table.rows)
    rows.push_back(column(row, "epoch") + " " + column(row, "began") + " " + column(row, "unproven_spans") + " " +
                   column(row, "spans"));
  return rows;
}

}  // namespace tidemark::test
