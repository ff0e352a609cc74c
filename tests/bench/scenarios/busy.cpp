#include <atomic>
#include <chrono>
#include <exception>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

#include "common/engine_run.hpp"
#include "common/stopwatch.hpp"
#include "scenarios/scenarios.hpp"

namespace tidemark::bench {
namespace {

/// How long each of the other threads rests between two calls: a thousand times as often as the agent does it, and yet not
/// one thread each that does nothing but spin.
constexpr std::chrono::milliseconds kPause{50};

/// Checkpoints come from a thread of their own, as in an agent, so that no sender has to write one.
constexpr std::uint64_t kSpansPerCheckpoint = 100'000;

/// Work that goes on, each in a thread of its own and one call after the other, as long as this lives.
class Background {
 public:
  void add(std::function<void()> work) {
    threads_.emplace_back([this, work = std::move(work)](const std::stop_token& stop) {
      try {
        for (; !stop.stop_requested(); std::this_thread::sleep_for(kPause)) work();
      } catch (...) {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
      }
    });
  }
  /// Ends all of it, and throws what it threw.
  void stop() {
    threads_.clear();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::vector<std::jthread> threads_;  // last: they end before the rest does
};

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
