#include <filesystem>

#include "common/engine_run.hpp"
#include "common/host.hpp"
#include "common/stopwatch.hpp"
#include "scenarios/scenarios.hpp"

namespace tidemark::bench {
namespace {

EngineOptions memory_options(const Setup& setup) {
  EngineOptions options = options_of(setup.folder + "/memory", job_definitions(setup.schema, setup.folder));
  if (setup.memory_mb != 0) options.fit_memory(setup.memory_mb << 20);
  return options;
}

}  // namespace

void run_memory(const Setup& setup, Figures& figures) {
  const std::string sink = setup.folder + "/memory.sqlite";
  for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(sink + ending);
  const WorkloadSource source(setup.spans);
  figures["memory.program_mb"] = resident_mb();
  const std::uint64_t written_before = bytes_written(setup.folder);
  const auto engine = open_new(memory_options(setup), source.now());
  const IngestTimes times = ingest_by_one(*engine, source);
  figures["memory.ingest_peak_mb"] = peak_resident_mb();
  const auto spans = static_cast<double>(source.size());
  figures["memory.ingest_written_per_span"] = static_cast<double>(bytes_written(setup.folder) - written_before) / spans;
  figures["memory.ingest"] = times.spans_per_second();
  const RecomputeTimes computed = recompute_all(*engine, source.now());
  figures["memory.recompute"] = computed.spans_per_second();
  figures["memory.peak_mb"] = peak_resident_mb();
  figures["memory.after_mb"] = resident_mb();
  figures["memory.written_per_span"] = static_cast<double>(bytes_written(setup.folder) - written_before) / spans;
  figures["memory.request_bytes_per_span"] = static_cast<double>(times.request_bytes) / spans;

  Engine::SyncOptions to;
  to.sink_url = "sqlite:" + sink;
  SyncReport report;
  const double seconds = seconds_of([&] { report = engine->sync(to, source.now()); });
  figures["memory.sync"] = static_cast<double>(report.rows) / seconds;
  figures["memory.owner_ms"] = median_ms_of(9, [&] { engine->query(busiest_owner(source), source.now()); });
  figures["memory.with_sync_and_reads_peak_mb"] = peak_resident_mb();
  engine->close();
}

void run_idle(const Setup& setup, Figures& figures) {
  const WorkloadSource source(setup.spans);
  const auto engine = Engine::open(memory_options(setup), source.now());
  figures["memory.idle_mb"] = resident_mb();
}

}  // namespace tidemark::bench
