#include "throughput/product.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <thread>

#include <tidemark/engine.hpp>

#include "cli/workload_otlp.hpp"
#include "throughput/stopwatch.hpp"

namespace tidemark::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kClients = 8;
const std::vector<std::string> kKey = {"owner", "repository", "pipeline", "job"};

std::unique_ptr<Engine> open(const std::string& path, const std::string& schema) {
  EngineOptions options;
  options.store_path = path;
  options.schema_paths = {schema};
  return Engine::open(options, kTo);
}

IngestContext request_context() {
  IngestContext context;
  context.name = "request";
  context.format = InputFormat::otlp_protobuf;
  context.now = kTo;
  return context;
}

std::string encode(const std::vector<cli::WorkloadSpan>& spans) {
  std::string bytes;
  cli::append_otlp_protobuf(bytes, spans);
  return bytes;
}

void require_all(std::uint64_t accepted, std::uint64_t expected) {
  if (accepted != expected)
    throw std::runtime_error("accepted " + std::to_string(accepted) + " of " + std::to_string(expected) + " spans");
}

/// Makes each request only when it is due, so that the process's memory is the library's.
double ingest_by_one(Engine& engine, const WorkloadSource& source) {
  const IngestContext context = request_context();
  double seconds = 0;
  std::uint64_t accepted = 0;
  for (std::size_t i = 0; i < source.requests(); ++i) {
    const std::string request = encode(source.request(i));
    seconds += seconds_of([&] { accepted += engine.ingest(request, context).accepted; });
  }
  require_all(accepted, source.workload().size());
  return static_cast<double>(accepted) / seconds;
}

double ingest_by_many(Engine& engine, const WorkloadSource& source) {
  std::vector<std::string> requests;
  for (std::size_t i = 0; i < source.requests(); ++i) requests.push_back(encode(source.request(i)));
  std::atomic<std::size_t> next = 0;
  std::atomic<std::uint64_t> accepted = 0;
  const double seconds = seconds_of([&] {
    std::vector<std::jthread> clients;
    for (int c = 0; c < kClients; ++c)
      clients.emplace_back([&] {
        const IngestContext context = request_context();
        for (std::size_t i = next++; i < requests.size(); i = next++)
          accepted += engine.ingest(requests[i], context).accepted;
      });
  });
  require_all(accepted, source.workload().size());
  return static_cast<double>(accepted) / seconds;
}

double recompute(Engine& engine) {
  std::uint64_t spans = 0;
  const double seconds = seconds_of([&] {
    for (bool done = false; !done;) {
      const RecomputeReport pass = engine.recompute(kTo);
      spans += pass.spans;
      done = pass.done;
    }
  });
  return static_cast<double>(spans) / seconds;
}

/// The first span of every hour of another history of the same fleet.
std::vector<cli::WorkloadSpan> late_spans(const cli::Workload& other) {
  std::vector<cli::WorkloadSpan> late;
  std::set<std::int64_t> hours_seen;
  for (std::uint64_t i = 0; i < other.size(); ++i) {
    const cli::WorkloadSpan span = other.span(i);
    if (hours_seen.insert(window_start(span.ended_at, hours(1)).us).second) late.push_back(span);
  }
  return late;
}

double take_late_spans_ms(Engine& engine) {
  const WorkloadSource other(10'000, 2);
  const std::string request = encode(late_spans(other.workload()));
  return 1000 * seconds_of([&] {
    engine.ingest(request, request_context());
    recompute(engine);
  });
}

Query query_of(std::vector<std::pair<std::string, std::string>> where) {
  Query query;
  query.rollup = "ci_job_metrics";
  query.where = std::move(where);
  return query;
}

std::vector<std::string> all_rows(Engine& engine) {
  Query query = query_of({});
  query.columns = {"total_runs", "p95_duration_seconds", "p99_duration_seconds"};
  const Table table = engine.query(query, kTo);
  std::vector<std::string> rows;
  for (const Row row : table.rows) {
    std::string line;
    for (std::size_t c = 0; c < 8; ++c) line += (c == 0 ? "" : "|") + row[c].to_string();
    rows.push_back(std::move(line));
  }
  return rows;
}

double bytes_below(const fs::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) bytes += entry.file_size();
  return static_cast<double>(bytes);
}

double peak_resident_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmHWM:") {
      double kb = 0;
      status >> kb;
      return kb / 1024;
    }
  return 0;
}

}  // namespace

ProductFigures run_product(const WorkloadSource& source, const std::string& folder, const std::string& schema_path) {
  ProductFigures figures;
  const std::string path = folder + "/one-client";
  const cli::WorkloadSpan busy = source.workload().span(0);
  {
    const auto engine = open(path, schema_path);
    figures.ingest_spans_per_second = ingest_by_one(*engine, source);
    figures.recompute_spans_per_second = recompute(*engine);
    figures.resident_mb = peak_resident_mb();
    const std::string owner(busy.owner);
    figures.owner_ms = median_ms_of(9, [&] { engine->query(query_of({{"owner", owner}}), kTo); });
    figures.job_ms = median_ms_of(9, [&] {
      engine->query(query_of({{"owner", owner},
                              {"repository", std::string(busy.repository)},
                              {"pipeline", std::string(busy.pipeline)},
                              {"job", std::string(busy.job)}}),
                    kTo);
    });
    figures.rows = all_rows(*engine);
    figures.buckets = figures.rows.size();
    engine->close();
  }
  figures.bytes_per_span = bytes_below(path) / static_cast<double>(source.workload().size());
  {
    const auto engine = open(path, schema_path);
    figures.late_ms = take_late_spans_ms(*engine);
  }
  {
    const auto engine = open(folder + "/8-clients", schema_path);
    figures.ingest_8_clients_spans_per_second = ingest_by_many(*engine, source);
  }
  return figures;
}

}  // namespace tidemark::bench
