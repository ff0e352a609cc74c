#pragma once
#include <string>
#include <vector>

#include "throughput/workload_source.hpp"

namespace tidemark::bench {

struct PostgresFigures {
  double ingest_spans_per_second = 0;
  double recompute_spans_per_second = 0;
  double owner_ms = 0;
  double job_ms = 0;
  double bytes_per_span = 0;
  std::vector<std::string> rows;  ///< As ProductFigures::rows.
};

/// The design that one writes without Tidemark: a table of spans, a row trigger that keeps the hourly bucket's counts,
/// sums and extremes, and a pass of percentile_cont over all spans that writes the percentiles into the buckets. A span
/// that is delivered twice fails the whole request, and nothing can be recomputed once spans have been deleted.
/// `url`: an empty database that makes every commit durable (checked).
PostgresFigures run_plain_postgres(const WorkloadSource& source, const std::string& url);

}  // namespace tidemark::bench
