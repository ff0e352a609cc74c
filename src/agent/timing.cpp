#include "agent/timing.hpp"

namespace tidemark::agent {

Instant Timing::following(Instant due, Instant now) const {
  if (cron_) return next(now);
  const std::int64_t behind = (now - due).count / every_.count;
  return due + Micros{(behind + 1) * every_.count};
}

Micros Timing::gap(Instant now) const {
  if (!cron_) return every_;
  const Instant first = next(now);
  return next(first) - first;
}

}  // namespace tidemark::agent
