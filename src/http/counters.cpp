#include "http/counters.hpp"

namespace tidemark::http {

void Counters::answered(const std::string& route, unsigned status, Micros took) {
  const std::lock_guard lock(mutex_);
  OfRoute& counts = routes_[route];
  ++counts.by_status[status];
  Durations& durations = counts.durations;
  ++durations.count;
  durations.sum = durations.sum + took;
  for (std::size_t i = 0; i < kDurationBounds.size(); ++i) {
    if (static_cast<double>(took.count) > kDurationBounds[i] * 1e6) continue;
    ++durations.at_most[i];
    break;
  }
}

std::map<std::pair<std::string, unsigned>, std::uint64_t> Counters::requests() const {
  const std::lock_guard lock(mutex_);
  std::map<std::pair<std::string, unsigned>, std::uint64_t> requests;
  for (const auto& [route, counts] : routes_)
    for (const auto& [status, n] : counts.by_status) requests[{route, status}] = n;
  return requests;
}

std::map<std::string, Counters::Durations> Counters::durations() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, Durations> durations;
  for (const auto& [route, counts] : routes_) durations[route] = counts.durations;
  return durations;
}

}  // namespace tidemark::http
