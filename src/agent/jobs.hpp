#pragma once
#include <tidemark/engine.hpp>

#include "agent/config.hpp"
#include "agent/scheduler.hpp"

/// What of a configuration and of definitions becomes a job.
namespace tidemark::agent {

/// When something is due that is to be done so often, a cron expression in the configuration's time zone.
/// Errors: InputError when the machine does not know that zone.
Timing timing_of(const Often& often, const Config::Loops& loops);

/// Errors: InputError when the machine does not know the time zone of the configuration.
void check_time_zone(const Config::Loops& loops);

}  // namespace tidemark::agent
