// What a program of somebody else's does with the installed library: two spans in, their median out.
#include <cstdio>
#include <filesystem>

#include <tidemark/engine.hpp>

int main() {
  const auto folder = std::filesystem::temp_directory_path() / "tidemark-consumer";
  std::filesystem::remove_all(folder);
  const tidemark::Instant now = *tidemark::parse_rfc3339("2026-01-01T12:00:00Z");

  tidemark::EngineOptions options;
  options.store_path = folder.string();
  const auto engine = tidemark::Engine::open(options, now);

  tidemark::IngestContext context;
  context.name = "example";
  context.now = now;
  const auto report = engine->ingest(
      R"({"source":"job","id":"1","job":"build","started_at":"2026-01-01T10:00:00Z","ended_at":"2026-01-01T10:00:10Z"}
{"source":"job","id":"2","job":"build","started_at":"2026-01-01T10:00:00Z","ended_at":"2026-01-01T10:00:20Z"}
)",
      context);
  engine->recompute(now);

  tidemark::Query query;
  query.rollup = "ci_job_metrics";
  query.by = {"job"};
  query.columns = {"median_duration_seconds"};
  const auto table = engine->query(query, now);
  engine->close();
  std::filesystem::remove_all(folder);

  const double median = table.rows.at(0).at(2).real();
  std::printf("accepted %d, median %.1f s\n", static_cast<int>(report.accepted), median);
  return report.accepted == 2 && median == 15 ? 0 : 1;
}
