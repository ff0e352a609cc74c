#include <stdexcept>
#include <thread>

#include "common/background.hpp"
#include "common/engine_run.hpp"
#include "common/host.hpp"
#include "common/stopwatch.hpp"
#include "scenarios/scenarios.hpp"

namespace tidemark::bench {
namespace {

/// The checkpoint is the writer's work, and the raw program's store is flushed before its pass, too.
RecomputeTimes recompute(Engine& engine, const WorkloadSource& source) {
  engine.checkpoint();
  const RecomputeTimes times = recompute_all(engine, source.now());
  if (times.spans != source.size()) throw std::runtime_error("the recompute pass did not read every span");
  return times;
}

/// The rates of several rounds, and what they took of the CPU.
struct Rates {
  std::vector<double> per_second, cpu_us;

  template <typename Times>
  void add(const Times& times) {
    per_second.push_back(times.spans_per_second());
    cpu_us.push_back(times.cpu_seconds * 1e6 / static_cast<double>(times.spans));
  }
  void set(const std::string& name, Figures& figures) const {
    figures[name] = median(per_second);
    figures[name + "_cpu_us"] = median(cpu_us);
  }
};

/// When a thread of its own writes a checkpoint, as an agent's does: before a request finds one due.
constexpr std::uint64_t kSpansPerCheckpoint = 150'000;

/// `name` leads the figures' names. Returns after `rounds` stores, of which the last is closed and stays.
void one_client(const Setup& setup, const std::string& store, const std::string& schema, const std::string& name,
                Figures& figures) {
  const WorkloadSource source(setup.spans);
  EngineOptions options = options_of(store, schema);
  options.recompute_threads = 1;
  options.ingest_helper = true;
  Rates ingest, computed;
  for (int round = 0; round < setup.rounds; ++round) {
    const auto engine = open_new(options, source.now());
    Background background;
    background.add([&] { engine->checkpoint(kSpansPerCheckpoint); });
    const IngestTimes times = ingest_by_one(*engine, source);
    background.stop();
    ingest.add(times);
    computed.add(recompute(*engine, source));
    figures[name + ".request_bytes_per_span"] =
        static_cast<double>(times.request_bytes) / static_cast<double>(times.spans);
    figures[name + ".ack_p50_ms"] = quantile(times.latencies_ms, 0.5);
    figures[name + ".ack_p99_ms"] = quantile(times.latencies_ms, 0.99);
    engine->close();
  }
  ingest.set(name + ".one_client", figures);
  computed.set(name + ".recompute", figures);
  figures[name + ".closed_bytes_per_span"] = static_cast<double>(bytes_below(store)) / static_cast<double>(setup.spans);
}

/// The same in a program that has no other thread: now and then a request writes the checkpoint.
void one_client_alone(const Setup& setup, const std::string& schema, Figures& figures) {
  const WorkloadSource source(setup.spans);
  Rates ingest;
  for (int round = 0; round < setup.rounds; ++round) {
    const auto engine = open_new(options_of(setup.folder + "/alone", schema), source.now());
    ingest.add(ingest_by_one(*engine, source));
    engine->close();
  }
  ingest.set("ingest.one_client_alone", figures);
}

void many_clients(const Setup& setup, const std::string& store, const std::string& schema, const std::string& name,
                  Figures& figures) {
  const WorkloadSource source(setup.spans);
  const std::vector<std::string> requests = encode_all(source);
  EngineOptions options = options_of(store, schema);
  options.recompute_threads = 2;
  options.ingest_helper = true;
  Rates ingest, computed;
  for (int round = 0; round < setup.rounds; ++round) {
    const auto engine = open_new(options, source.now());
    Background background;
    background.add([&] { engine->checkpoint(kSpansPerCheckpoint); });
    ingest.add(ingest_by_many(*engine, requests, source.size(), source.now()));
    background.stop();
    computed.add(recompute(*engine, source));
    engine->close();
  }
  ingest.set(name + ".8_clients", figures);
  computed.set(name + ".recompute_2", figures);
}

}  // namespace

void run_ingest(const Setup& setup, Figures& figures) {
  const std::string store = setup.folder + "/store";
  const std::string schema = job_definitions(setup.schema, setup.folder);
  one_client_alone(setup, schema, figures);
  one_client(setup, store, schema, "ingest", figures);
  const WorkloadSource source(setup.spans);
  const auto engine = Engine::open(options_of(store, schema), source.now());
  const std::vector<std::string> rows = all_rows(*engine, source.now());
  figures["ingest.buckets"] = static_cast<double>(rows.size());
  write_lines(setup.folder + "/tidemark.rows", rows);
}

void run_clients(const Setup& setup, Figures& figures) {
  many_clients(setup, setup.folder + "/clients", job_definitions(setup.schema, setup.folder), "ingest", figures);
}

void run_two_rollups(const Setup& setup, Figures& figures) {
  const std::string schema = cut_definitions(setup.schema, setup.folder, {"ci_job_metrics", "runner_metrics"});
  one_client(setup, setup.folder + "/two-rollups", schema, "two_rollups", figures);
  many_clients(setup, setup.folder + "/clients", schema, "two_rollups", figures);
}

}  // namespace tidemark::bench
