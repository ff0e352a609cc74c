#include "agent/jobs.hpp"

#include <tidemark/errors.hpp>

#include "engine/time_zones.hpp"

namespace tidemark::agent {

Timing timing_of(const Often& often, const Config::Loops& loops) {
  if (!often.cron) return often.every;
  return {*often.cron, load_time_zone(loops.time_zone), loops.time_zone};
}

void check_time_zone(const Config::Loops& loops) {
  try {
    load_time_zone(loops.time_zone);
  } catch (const InputError& e) {
    throw InputError(std::string("loops.time_zone: ") + e.what());
  }
}

}  // namespace tidemark::agent
