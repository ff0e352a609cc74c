#include <atomic>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "common/bench_host.hpp"
#include "common/engine_run.hpp"
#include "common/host.hpp"
#include "common/http_load.hpp"
#include "common/stopwatch.hpp"
#include "http/server.hpp"
#include "peers/landing_sql.hpp"
#include "render/table.hpp"
#include "scenarios/scenarios.hpp"

namespace tidemark::bench {
namespace {

constexpr Instant kNow{1'773'828'000'000'000};  // 2026-03-18T10:00:00Z
constexpr double kRate = 10'000;
constexpr double kOpenSeconds = 15, kClosedSeconds = 5;
constexpr int kTimes = 5;
const std::string kView = "landing_page_metrics";

std::unique_ptr<Engine> filled_engine(const Setup& setup, LandingSql& sql) {
  const auto definitions = std::filesystem::path(setup.schema).parent_path() / "examples" / "workflow_runs.toml";
  auto engine = open_new(options_of(setup.folder + "/landing", definitions.string()), kNow);
  IngestContext context = request_context(kNow);
  context.format = InputFormat::ndjson;
  context.backfill = true;
  std::uint64_t accepted = 0;
  sql.each_document([&](const std::string& ndjson) { accepted += engine->ingest(ndjson, context).accepted; });
  if (accepted != setup.spans) throw std::runtime_error("not every run was accepted");
  recompute_all(*engine, kNow);
  engine->put_table("account", sql.accounts(), TableFormat::csv, "accounts", false);
  return engine;
}

void refresh(Engine& engine) {
  const std::vector<Refresh> attempts = engine.refresh_views({kView}, [] { return kNow; });
  if (attempts.front().status != Refresh::Status::success) throw std::runtime_error(attempts.front().error);
}

void require_same(Engine& engine, const std::vector<std::string>& expected) {
  std::istringstream csv(table_csv(engine.view(kView).table));
  std::vector<std::string> rows;
  std::string line;
  std::getline(csv, line);  // The header.
  while (std::getline(csv, line)) rows.push_back(line.substr(0, line.find('\r')));
  if (rows != expected) throw std::runtime_error("the view and the SQL over the raw rows do not agree");
}

void set_latencies(const HttpLoadResult& result, const std::string& name, Figures& figures) {
  figures["landing." + name + "_rate"] = result.answers_per_second();
  figures["landing." + name + "_p50_ms"] = quantile(result.latencies_ms, 0.5);
  figures["landing." + name + "_p99_ms"] = quantile(result.latencies_ms, 0.99);
  figures["landing." + name + "_p999_ms"] = quantile(result.latencies_ms, 0.999);
  figures["landing." + name + "_max_ms"] = quantile(result.latencies_ms, 1);
}

/// CPU of the whole process for one answer, less the generator's.
double server_cpu_us(const HttpLoadResult& result, double process_cpu) {
  return (process_cpu - result.cpu_seconds) * 1e6 / static_cast<double>(result.latencies_ms.size());
}

void measure(Engine& engine, Figures& figures) {
  BenchHost host(engine, kNow);
  http::ServerOptions options;
  options.listeners.emplace_back();
  options.listeners[0].address = "127.0.0.1:0";
  http::Server server(host, options);
  server.publish(kView);
  server.start();
  HttpLoad load;
  load.address = server.addresses().front();
  load.path = "/api/v1/views/" + kView;
  load.seconds = kOpenSeconds;
  load.rate = kRate;
  const double cpu_before = cpu_seconds();
  const HttpLoadResult quiet = run_load(load);
  figures["landing.server_cpu_us"] = server_cpu_us(quiet, cpu_seconds() - cpu_before);
  figures["landing.answer_bytes"] = static_cast<double>(quiet.bytes) / static_cast<double>(quiet.latencies_ms.size());
  set_latencies(quiet, "quiet", figures);
  std::uint64_t refreshes = 0;
  {
    // One after the other, without a rest.
    const std::jthread refreshing([&](const std::stop_token& stop) {
      for (; !stop.stop_requested(); ++refreshes) {
        refresh(engine);
        server.publish(kView);
      }
    });
    set_latencies(run_load(load), "refreshing", figures);
  }
  figures["landing.refreshes"] = static_cast<double>(refreshes);
  load.rate = 0;
  load.seconds = kClosedSeconds;
  set_latencies(run_load(load), "closed", figures);
}

}  // namespace

void run_landing(const Setup& setup, Figures& figures) {
  LandingSql sql(setup.postgres_url, setup.spans, kNow);
  const auto engine = filled_engine(setup, sql);
  refresh(*engine);
  require_same(*engine, sql.page());
  figures["landing.sql_ms"] = median_ms_of(kTimes, [&] { sql.page(); });
  figures["landing.refresh_ms"] = median_ms_of(kTimes, [&] { refresh(*engine); });
  figures["landing.buckets"] = static_cast<double>(engine->status().rollups.front().buckets);
  measure(*engine, figures);
}

}  // namespace tidemark::bench
