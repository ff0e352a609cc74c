#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "cli/workload.hpp"

namespace tidemark::bench {

inline constexpr std::size_t kSpansPerRequest = 500;
/// A full hour, so that the same buckets fill on every day that this runs.
inline constexpr Instant kFrom{1'767'225'600'000'000};  // 2026-01-01T00:00:00Z
inline constexpr Instant kTo{kFrom.us + hours(48).count};

/// The spans of one request after the other, made when they are asked for. Both sides get the same.
class WorkloadSource {
 public:
  explicit WorkloadSource(std::uint64_t spans, std::uint64_t seed = 1)
      : workload_({.seed = seed, .spans = spans, .from = kFrom, .to = kTo}) {}

  std::size_t requests() const { return (workload_.size() + kSpansPerRequest - 1) / kSpansPerRequest; }

  std::vector<cli::WorkloadSpan> request(std::size_t number) const {
    std::vector<cli::WorkloadSpan> spans;
    const std::uint64_t first = number * kSpansPerRequest;
    const std::uint64_t end = std::min<std::uint64_t>(first + kSpansPerRequest, workload_.size());
    for (std::uint64_t i = first; i < end; ++i) spans.push_back(workload_.span(i));
    return spans;
  }

  const cli::Workload& workload() const { return workload_; }

 private:
  cli::Workload workload_;
};

}  // namespace tidemark::bench
