#include "peers/raw_spans.hpp"

#include <cstring>
#include <map>
#include <tuple>

namespace tidemark::bench {

std::vector<RawSpan> raw_spans_of(const WorkloadSource& source) {
  std::map<std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>, std::uint32_t> keys;
  std::map<std::string_view, std::uint16_t> owners;
  std::vector<RawSpan> spans(source.size());
  for (std::uint64_t i = 0; i < source.size(); ++i) {
    const cli::WorkloadSpan from = source.workload().span(i);
    RawSpan& to = spans[i];
    const std::uint64_t words[2] = {cli::mix64(from.id), cli::mix64(~from.id)};
    std::memcpy(to.identity.data(), words, sizeof words);
    to.ended_us = from.ended_at.us;
    to.duration_us = (from.ended_at - from.started_at).count;
    to.queue_us = (from.started_at - from.queued_at).count;
    to.hour = static_cast<std::uint32_t>(from.ended_at.us / hours(1).count);
    to.key = keys.try_emplace({from.owner, from.repository, from.pipeline, from.job}, keys.size()).first->second;
    to.owner = owners.try_emplace(from.owner, owners.size()).first->second;
    to.result = from.result == "success" ? 0 : from.result == "failure" ? 1 : 2;
  }
  return spans;
}

}  // namespace tidemark::bench
