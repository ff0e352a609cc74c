#pragma once
#include <functional>
#include <string>
#include <vector>

#include <tidemark/engine.hpp>

#include "agent/scheduler.hpp"

/// Views are refreshed by jobs of the names `view:NAME` and, at a sink, `view:NAME@SINK`.
namespace tidemark::agent {

/// Where views are kept.
struct ViewPlace {
  std::string sink;                  ///< Its name in the configuration; empty: the store.
  std::function<std::string()> url;  ///< Of the sink; asked for in each run. Gives nothing for the store.
};

/// Told, in the job's thread, of each attempt to refresh a view that has ended: the view's name, and the sink's.
using OnRefresh = std::function<void(const std::string& view, const std::string& sink)>;

/// When a view is due; nothing when it has no schedule. Errors: InputError when the machine does not know its time zone.
std::optional<Timing> timing_of(const ViewInfo& view);

/// A job for each view of the engine's definitions that has a schedule; those of one place are one lane. A view that was
/// never refreshed, or whose time has gone by since, is due at once. What a sink has is looked up in its job's first run,
/// because the sink may be away.
/// The engine and what the functions refer to outlive the jobs.
/// Errors: InputError when the machine does not know a view's time zone; StoreError.
std::vector<Job> view_jobs(Engine& engine, const ViewPlace& place, const Clock& clock, const OnRefresh& on_refresh);

/// Forgets rows of the refresh log that are older than `retention()`: `trim-refreshes`, `trim-refreshes@SINK`.
Job trim_job(Engine& engine, const ViewPlace& place, Timing timing, std::function<Micros()> retention);

/// The name of a place's job: `view:landing`, `view:landing@central`.
std::string job_name(const std::string& job, const std::string& sink);

}  // namespace tidemark::agent
