#include "http/counters.hpp"

namespace tidemark::http {

void Counters::answered(const std::string& route, unsigned status, Micros took) {
  const std::lock_guard lock(mutex_);
  ++requests_[{route, status}];
  Durations& durations = durations_[route];
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
  return requests_;
}

std::map<std::string, Counters::Durations> Counters::durations() const {
  const std::lock_guard lock(mutex_);
  return durations_;
}

}  // namespace tidemark::http
