#include "common/engine_run.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "cli/workload_otlp.hpp"
#include "common/host.hpp"
#include "common/stopwatch.hpp"

namespace tidemark::bench {
namespace {

void require_all(std::uint64_t accepted, std::uint64_t expected) {
  if (accepted != expected)
    throw std::runtime_error("accepted " + std::to_string(accepted) + " of " + std::to_string(expected) + " spans");
}

}  // namespace

std::string encode(const std::vector<cli::WorkloadSpan>& spans) {
  std::string bytes;
  cli::append_otlp_protobuf(bytes, spans);
  return bytes;
}

std::vector<std::string> encode_all(const WorkloadSource& source) {
  std::vector<std::string> requests;
  for (std::size_t i = 0; i < source.requests(); ++i) requests.push_back(encode(source.request(i)));
  return requests;
}

std::string cut_definitions(const std::string& shipped, const std::string& folder,
                            const std::vector<std::string>& rollups, const std::string& retention) {
  std::ifstream in(shipped);
  if (!in) throw std::runtime_error("cannot read " + shipped);
  std::string path =
      folder + "/job" + (retention.empty() ? "" : "-" + retention) + "-" + std::to_string(rollups.size()) + ".toml";
  std::ofstream out(path);
  bool wanted = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("["))
      wanted = line.starts_with("[source.job") || std::any_of(rollups.begin(), rollups.end(), [&](const auto& name) {
                 return line.starts_with("[rollup." + name);
               });
    if (!wanted) continue;
    if (!retention.empty() && line.starts_with("retention ")) line = "retention = \"" + retention + '"';
    out << line << '\n';
  }
  return path;
}

std::string job_definitions(const std::string& shipped, const std::string& folder) {
  return cut_definitions(shipped, folder, {"ci_job_metrics"});
}

EngineOptions options_of(const std::string& store, const std::string& schema) {
  EngineOptions options;
  options.store_path = store;
  options.schema_paths = {schema};
  return options;
}

std::unique_ptr<Engine> open_new(const EngineOptions& options, Instant now) {
  std::filesystem::remove_all(options.store_path);
  return Engine::open(options, now);
}

IngestContext request_context(Instant now) {
  IngestContext context;
  context.name = "request";
  context.format = InputFormat::otlp_protobuf;
  context.now = now;
  return context;
}

IngestTimes ingest_by_one(Engine& engine, const WorkloadSource& source) {
  const IngestContext context = request_context(source.now());
  IngestTimes times;
  const double cpu_before = cpu_seconds();
  double making = 0;
  for (std::size_t i = 0; i < source.requests(); ++i) {
    const double thread_before = thread_cpu_seconds();
    const std::string request = encode(source.request(i));
    making += thread_cpu_seconds() - thread_before;
    const double seconds = seconds_of([&] { times.spans += engine.ingest(request, context).accepted; });
    times.seconds += seconds;
    times.request_bytes += request.size();
    times.latencies_ms.push_back(seconds * 1000);
  }
  times.cpu_seconds = cpu_seconds() - cpu_before - making;
  require_all(times.spans, source.size());
  return times;
}

IngestTimes ingest_by_many(Engine& engine, const std::vector<std::string>& requests, std::uint64_t spans, Instant now,
                           int clients) {
  IngestTimes times;
  times.latencies_ms.resize(requests.size());
  std::atomic<std::size_t> next = 0;
  std::atomic<std::uint64_t> accepted = 0;
  std::mutex failure_mutex;
  std::exception_ptr failure;
  const auto client = [&] {
    try {
      const IngestContext context = request_context(now);
      for (std::size_t i = next++; i < requests.size(); i = next++)
        times.latencies_ms[i] = 1000 * seconds_of([&] { accepted += engine.ingest(requests[i], context).accepted; });
    } catch (...) {
      const std::lock_guard lock(failure_mutex);
      failure = std::current_exception();
    }
  };
  const double cpu_before = cpu_seconds();
  times.seconds = seconds_of([&] {
    std::vector<std::jthread> threads;
    for (int c = 0; c < clients; ++c) threads.emplace_back(client);
  });
  times.cpu_seconds = cpu_seconds() - cpu_before;
  if (failure) std::rethrow_exception(failure);
  for (const std::string& request : requests) times.request_bytes += request.size();
  times.spans = accepted;
  require_all(times.spans, spans);
  return times;
}

RecomputeTimes recompute_all(Engine& engine, Instant now) {
  RecomputeTimes times;
  const double cpu_before = cpu_seconds();
  times.seconds = seconds_of([&] {
    for (bool done = false; !done;) {
      const RecomputeReport pass = engine.recompute(now);
      times.spans += pass.spans;
      times.buckets += pass.buckets;
      done = pass.done;
    }
  });
  times.cpu_seconds = cpu_seconds() - cpu_before;
  return times;
}

Query query_of(std::vector<std::pair<std::string, std::string>> where) {
  Query query;
  query.rollup = "ci_job_metrics";
  query.where = std::move(where);
  return query;
}

Query busiest_owner(const WorkloadSource& source) {
  return query_of({{"owner", std::string(source.workload().span(0).owner)}});
}

Query busiest_job(const WorkloadSource& source) {
  const cli::WorkloadSpan span = source.workload().span(0);
  return query_of({{"owner", std::string(span.owner)},
                   {"repository", std::string(span.repository)},
                   {"pipeline", std::string(span.pipeline)},
                   {"job", std::string(span.job)}});
}

std::vector<std::string> all_rows(Engine& engine, Instant now) {
  Query query = query_of({});
  query.columns = {"total_runs", "p95_duration_seconds", "p99_duration_seconds"};
  const Table table = engine.query(query, now);
  std::vector<std::string> rows;
  for (const Row row : table.rows) {
    std::string line;
    for (std::size_t c = 0; c < 8; ++c) line += (c == 0 ? "" : "|") + row[c].to_string();
    rows.push_back(std::move(line));
  }
  return rows;
}

}  // namespace tidemark::bench
