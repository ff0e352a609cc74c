#pragma once
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "cli/workload.hpp"

namespace tidemark::bench {

inline constexpr std::size_t kSpansPerRequest = 500;
/// A full hour, so that the same buckets fill on every day that this runs.
inline constexpr Instant kFrom{1'767'225'600'000'000};  // 2026-01-01T00:00:00Z
inline constexpr std::int64_t kHours = 48;

/// The spans of one request after the other, made when they are asked for. All sides get the same.
class WorkloadSource {
 public:
  explicit WorkloadSource(std::uint64_t spans, std::uint64_t seed = 1, std::int64_t hours = kHours)
      : to_(kFrom + tidemark::hours(hours)), workload_({.seed = seed, .spans = spans, .from = kFrom, .to = to_}) {}

  std::size_t requests() const { return (workload_.size() + kSpansPerRequest - 1) / kSpansPerRequest; }

  std::vector<cli::WorkloadSpan> request(std::size_t number) const {
    std::vector<cli::WorkloadSpan> spans;
    const std::uint64_t first = number * kSpansPerRequest;
    const std::uint64_t end = std::min<std::uint64_t>(first + kSpansPerRequest, workload_.size());
    for (std::uint64_t i = first; i < end; ++i) spans.push_back(workload_.span(i));
    return spans;
  }

  std::uint64_t size() const { return workload_.size(); }
  /// When the spans are taken in: all hours are over, and finished.
  Instant now() const { return to_ + hours(1); }
  const cli::Workload& workload() const { return workload_; }

 private:
  Instant to_;
  cli::Workload workload_;
};

/// The spans as one OTLP protobuf request.
std::string encode(const std::vector<cli::WorkloadSpan>& spans);
/// All requests of a workload, in memory.
std::vector<std::string> encode_all(const WorkloadSource& source);

}  // namespace tidemark::bench
