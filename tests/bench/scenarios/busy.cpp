#include <atomic>
#include <filesystem>

#include "common/background.hpp"
#include "common/engine_run.hpp"
#include "common/stopwatch.hpp"
#include "scenarios/scenarios.hpp"

namespace tidemark::bench {
namespace {

/// Checkpoints come from a thread of their own, as in an agent, so that no sender has to write one.
constexpr std::uint64_t kSpansPerCheckpoint = 100'000;

void set_latencies(const IngestTimes& times, const std::string& name, Figures& figures) {
  figures[name + ".ingest"] = times.spans_per_second();
  figures[name + ".p50_ms"] = quantile(times.latencies_ms, 0.5);
  figures[name + ".p99_ms"] = quantile(times.latencies_ms, 0.99);
  figures[name + ".p999_ms"] = quantile(times.latencies_ms, 0.999);
  figures[name + ".max_ms"] = quantile(times.latencies_ms, 1);
}

}  // namespace

void run_busy(const Setup& setup, Figures& figures) {
  const WorkloadSource source(setup.spans);
  const std::vector<std::string> requests = encode_all(source);
  // Raw spans of the first day are past their retention as soon as they are computed, so that it has work.
  const std::string schema = cut_definitions(setup.schema, setup.folder, {"ci_job_metrics"}, "24h");
  const EngineOptions options = options_of(setup.folder + "/busy", schema);
  {
    const auto engine = open_new(options, source.now());
    Background background;
    background.add([&] { engine->checkpoint(kSpansPerCheckpoint); });
    const IngestTimes times = ingest_by_many(*engine, requests, source.size(), source.now());
    background.stop();
    set_latencies(times, "calm", figures);
  }
  const std::string sqlite = setup.folder + "/busy.sqlite";
  for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(sqlite + ending);
  const auto engine = open_new(options, source.now());
  std::atomic<std::uint64_t> passes = 0, rows = 0, dropped = 0;
  Background background;
  background.add([&] { engine->checkpoint(kSpansPerCheckpoint); });
  background.add([&] {
    engine->recompute(source.now());
    ++passes;
  });
  background.add([&] { dropped += engine->retain(source.now()).spans_dropped; });
  background.add([&] {
    Engine::SyncOptions to;
    to.sink_url = "sqlite:" + sqlite;
    rows += engine->sync(to, source.now()).rows;
  });
  const IngestTimes times = ingest_by_many(*engine, requests, source.size(), source.now());
  background.stop();
  set_latencies(times, "busy", figures);
  figures["busy.passes"] = static_cast<double>(passes);
  figures["busy.rows"] = static_cast<double>(rows);
  figures["busy.dropped"] = static_cast<double>(dropped);
}

}  // namespace tidemark::bench
