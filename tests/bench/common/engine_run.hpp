#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <tidemark/engine.hpp>

#include "common/workload_source.hpp"

/// What the scenarios do with the library, through its public face alone.
namespace tidemark::bench {

/// The definitions that a scenario runs with, as a file below `folder`: of the shipped ones only `source.job` and the
/// rollups named. `retention`, where given, is how long raw spans stay.
std::string cut_definitions(const std::string& shipped, const std::string& folder,
                            const std::vector<std::string>& rollups, const std::string& retention = {});
/// `ci_job_metrics` alone, as the peers have it.
std::string job_definitions(const std::string& shipped, const std::string& folder);

EngineOptions options_of(const std::string& store, const std::string& schema);
/// A new store; what is at the path goes first.
std::unique_ptr<Engine> open_new(const EngineOptions& options, Instant now);

IngestContext request_context(Instant now);

struct IngestTimes {
  double seconds = 0;      ///< In the library.
  double cpu_seconds = 0;  ///< Of all threads, the load generator's making of requests taken out.
  std::uint64_t request_bytes = 0;
  std::uint64_t spans = 0;
  std::vector<double> latencies_ms;  ///< From handing over a request to its acknowledgement.

  double spans_per_second() const { return static_cast<double>(spans) / seconds; }
};

/// Makes each request only when it is due, so that the process's memory is the library's.
/// Throws unless every span was accepted.
IngestTimes ingest_by_one(Engine& engine, const WorkloadSource& source);

/// So many threads, each of which sends the next request when its last one is acknowledged.
IngestTimes ingest_by_many(Engine& engine, const std::vector<std::string>& requests, std::uint64_t spans, Instant now,
                           int clients = 8);

struct RecomputeTimes {
  double seconds = 0;
  double cpu_seconds = 0;
  std::uint64_t spans = 0;
  std::uint64_t buckets = 0;
  double spans_per_second() const { return static_cast<double>(spans) / seconds; }
};
/// Everything that waits.
RecomputeTimes recompute_all(Engine& engine, Instant now);

Query query_of(std::vector<std::pair<std::string, std::string>> where);
/// The owner, and the job, of the workload's first span: the busiest.
Query busiest_owner(const WorkloadSource& source);
Query busiest_job(const WorkloadSource& source);

/// `bucket_start|owner|repository|pipeline|job|runs|p95|p99` of every bucket, in that order: what all sides agree on.
std::vector<std::string> all_rows(Engine& engine, Instant now);

}  // namespace tidemark::bench
