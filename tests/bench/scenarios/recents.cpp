#include <fstream>
#include <random>
#include <stdexcept>

#include "common/engine_run.hpp"
#include "common/host.hpp"
#include "common/stopwatch.hpp"
#include "peers/postgres_client.hpp"
#include "scenarios/scenarios.hpp"

namespace tidemark::bench {
namespace {

/// Of one workspace, and of all others together.
constexpr std::uint64_t kRuns = 1'780'569;
constexpr std::uint64_t kOtherRuns = 219'431;
constexpr std::uint64_t kOthers = 1'000;
constexpr std::uint64_t kItems = 5;
constexpr std::uint64_t kRunsPerRequest = 1'000;
constexpr std::size_t kShown = 4;
constexpr int kReads = 1'001;
constexpr int kSelects = 5;

constexpr const char* kSource = R"toml(
[source.saved_run]
time = "ended_at"
[source.saved_run.fields]
workspace = "text"
published_run = "text"
title = "text"
ended_at = "instant"
[rollup.saved_runs]
source = "saved_run"
every = "1h"
by = ["workspace"]
inline = true
[rollup.saved_runs.columns]
total_runs = "count()"
)toml";
constexpr const char* kRecent = R"toml(
[recent.workflows]
source = "saved_run"
per = ["workspace"]
item = ["published_run"]
columns = ["title"]
)toml";

struct Run {
  std::string workspace, item, title;
  Instant ended;
};

/// Every one ends at another time; within a request they come in any order.
class Runs {
 public:
  std::vector<Run> next() {
    std::vector<Run> runs;
    for (std::uint64_t i = 0; i < kRunsPerRequest && made_ < kRuns + kOtherRuns; ++i, ++made_) {
      const bool other = random_() % (kRuns + kOtherRuns) >= kRuns;
      const std::uint64_t item = random_() % kItems;
      const std::uint64_t place = made_ - i + i * 617 % kRunsPerRequest;
      runs.push_back({other ? "workspace-" + std::to_string(random_() % kOthers) : "busy",
                      "workflow-" + std::to_string(item), "Run " + std::to_string(made_),
                      kFrom + Micros{static_cast<std::int64_t>(place) * 50'000}});
    }
    return runs;
  }

 private:
  std::mt19937_64 random_{1};
  std::uint64_t made_ = 0;
};

Instant now() { return kFrom + hours(kHours); }

std::string request_of(const std::vector<Run>& runs, std::uint64_t first) {
  std::string text;
  for (const Run& run : runs)
    text += R"({"source":"saved_run","id":)" + std::to_string(first++) + R"(,"workspace":")" + run.workspace +
            R"(","published_run":")" + run.item + R"(","title":")" + run.title + R"(","ended_at":")" +
            format_rfc3339(run.ended) + "\"}\n";
  return text;
}

std::unique_ptr<Engine> open_store(const Setup& setup, const std::string& name, const std::string& definitions,
                                   bool is_new) {
  const std::string schema = setup.folder + "/" + name + ".toml";
  std::ofstream(schema) << definitions;
  const EngineOptions options = options_of(setup.folder + "/" + name, schema);
  return is_new ? open_new(options, now()) : Engine::open(options, now());
}

/// Of both stores in turn, so that whatever else the machine does hits both.
struct Ingest {
  std::unique_ptr<Engine> engine;
  double seconds = 0, cpu_seconds = 0;

  void add(const std::string& request, std::uint64_t runs) {
    IngestContext context = request_context(now());
    context.format = InputFormat::ndjson;
    const double cpu_before = bench::cpu_seconds();
    seconds += seconds_of([&] {
      if (engine->ingest(request, context).accepted != runs) throw std::runtime_error("runs were not accepted");
    });
    cpu_seconds += bench::cpu_seconds() - cpu_before;
  }
};

std::vector<std::string> lines_of(const Table& table) {
  std::vector<std::string> lines;
  for (const auto& row : table.rows)
    lines.push_back(row[1].to_string() + " " + row[2].to_string() + " " + row[3].to_string());
  return lines;
}

Table read(Engine& engine) { return engine.recent("workflows", {"busy"}, kShown, now()); }

double read_us(Engine& engine) {
  return median_ms_of(kReads, [&] { read(engine); }) * 1000;
}

void fill_peer(PostgresClient& db) {
  db.run("DROP TABLE IF EXISTS saved_runs");
  db.run("CREATE TABLE saved_runs (workspace text, published_run text, title text, ended_at timestamptz)");
  Runs runs;
  for (std::vector<Run> some = runs.next(); !some.empty(); some = runs.next()) {
    std::string rows;
    for (const Run& run : some)
      rows += run.workspace + "," + run.item + "," + run.title + "," + format_rfc3339(run.ended) + "\n";
    db.copy("COPY saved_runs FROM STDIN (FORMAT csv)", rows);
  }
  db.run("CREATE INDEX ON saved_runs (workspace, published_run, ended_at DESC) INCLUDE (title)");
  db.run("VACUUM ANALYZE saved_runs");
}

/// What one writes without recents, with an index that has all it asks for.
std::vector<std::string> select_distinct(PostgresClient& db) {
  const PostgresResult rows = db.run(
      "SELECT published_run || ' ' || to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || '|' || "
      "title"
      " FROM (SELECT DISTINCT ON (published_run) published_run, ended_at, title FROM saved_runs"
      " WHERE workspace = 'busy' ORDER BY published_run, ended_at DESC) AS last ORDER BY ended_at DESC LIMIT 4");
  std::vector<std::string> lines;
  for (int r = 0; r < PQntuples(rows.get()); ++r) lines.emplace_back(PQgetvalue(rows.get(), r, 0));
  return lines;
}

/// The same line, however each writes a time's fraction.
void compare(const std::vector<std::string>& ours, const std::vector<std::string>& theirs) {
  if (ours.size() != kShown || theirs.size() != kShown) throw std::runtime_error("the recent does not have four rows");
  for (std::size_t i = 0; i < kShown; ++i) {
    const std::string& line = ours[i];
    const std::string item_and_second = line.substr(0, line.find('T') + 9);
    const std::string title = line.substr(line.find(" Run ") + 1);
    if (!theirs[i].starts_with(item_and_second) || !theirs[i].ends_with("|" + title))
      throw std::runtime_error("the recent says " + line + ", and PostgreSQL " + theirs[i]);
  }
}

}  // namespace

void run_recents(const Setup& setup, Figures& figures) {
  Ingest with{open_store(setup, "recents", std::string(kSource) + kRecent, true)};
  Ingest without{open_store(setup, "no-recents", kSource, true)};
  Runs runs;
  std::uint64_t first = 0;
  for (std::vector<Run> some = runs.next(); !some.empty(); some = runs.next()) {
    const std::string request = request_of(some, first);
    first += some.size();
    // Who is first finds the request colder.
    const bool in_turn = first / kRunsPerRequest % 2 == 0;
    (in_turn ? with : without).add(request, some.size());
    (in_turn ? without : with).add(request, some.size());
  }
  const auto spans = static_cast<double>(kRuns + kOtherRuns);
  figures["recents.ingest"] = spans / with.seconds;
  figures["recents.ingest_without"] = spans / without.seconds;
  figures["recents.cpu_us"] = with.cpu_seconds * 1e6 / spans;
  figures["recents.cpu_us_without"] = without.cpu_seconds * 1e6 / spans;
  without.engine.reset();
  figures["recents.read_memory_us"] = read_us(*with.engine);
  const std::vector<std::string> rows = lines_of(read(*with.engine));
  with.engine->close();
  with.engine.reset();
  const auto reopened = open_store(setup, "recents", std::string(kSource) + kRecent, false);
  figures["recents.read_us"] = read_us(*reopened);
  if (lines_of(read(*reopened)) != rows) throw std::runtime_error("a recent differs after opening the store again");
  if (setup.postgres_url.empty()) return;
  PostgresClient db(setup.postgres_url);
  fill_peer(db);
  compare(rows, select_distinct(db));
  figures["recents.distinct_on_us"] = median_ms_of(kSelects, [&] { select_distinct(db); }) * 1000;
  db.run("DROP TABLE saved_runs");
}

}  // namespace tidemark::bench
