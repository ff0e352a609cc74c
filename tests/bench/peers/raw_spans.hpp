#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "common/workload_source.hpp"

namespace tidemark::bench {

/// A span with everything but its numbers taken out: texts are numbers already, the identity is a digest already.
struct RawSpan {
  std::array<char, 16> identity;
  std::int64_t ended_us, duration_us, queue_us;
  std::uint32_t key;  ///< Of (owner, repository, pipeline, job).
  std::uint32_t hour;
  std::uint16_t owner;
  std::uint16_t result;
};

/// The workload as raw spans, made before any clock runs.
std::vector<RawSpan> raw_spans_of(const WorkloadSource& source);

}  // namespace tidemark::bench
