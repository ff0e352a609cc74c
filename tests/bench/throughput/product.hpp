#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "throughput/workload_source.hpp"

namespace tidemark::bench {

struct ProductFigures {
  double ingest_spans_per_second = 0;
  double ingest_8_clients_spans_per_second = 0;
  double recompute_spans_per_second = 0;
  double late_ms = 0;        ///< 48 spans into 48 finished hours, and the pass that takes them in.
  double owner_ms = 0;       ///< All rows of the busiest owner.
  double job_ms = 0;         ///< All rows of its busiest job.
  double bytes_per_span = 0; ///< The closed store: log, identities and buckets.
  double resident_mb = 0;    ///< The process's peak during ingest by one client and recompute.
  std::uint64_t buckets = 0;
  /// `bucket_start|owner|repository|pipeline|job|runs|p95|p99` of every bucket, in that order: what must agree.
  std::vector<std::string> rows;
};

/// Runs the workload through the library, in stores below `folder`, which must be empty.
ProductFigures run_product(const WorkloadSource& source, const std::string& folder, const std::string& schema_path);

}  // namespace tidemark::bench
