#include "agent/view_jobs.hpp"

#include <memory>

#include <tidemark/errors.hpp>

#include "engine/time_zones.hpp"
#include "model/cron.hpp"
#include "render/text_table.hpp"

namespace tidemark::agent {
namespace {

/// What those who refresh one view have in common.
struct ViewJob {
  Engine& engine;
  std::string view;
  ViewPlace place;
  Timing timing;
  Clock clock;
  OnRefresh on_refresh;

  std::string refresh() const {
    const Refresh attempt = engine.refresh_views({view}, clock, place.url()).front();
    on_refresh(view, place.sink);
    if (attempt.status != Refresh::Status::success) throw Error(attempt.error);
    return counted(attempt.rows, "row");
  }

  /// The first run: what somebody refreshed since it was last due is left alone.
  std::string refresh_if_due(Instant now) const {
    for (const ViewInfo& info : engine.views(place.url()))
      if (info.name == view && info.success && timing.next(info.last->started) > now) {
        on_refresh(view, place.sink);
        return "not due since " + format_short(info.last->started);
      }
    return refresh();
  }
};

bool is_due(const ViewInfo& view, const Timing& timing, Instant now) {
  return !view.success || !view.last || timing.next(view.last->started) <= now;
}

std::string lane_of(const ViewPlace& place) { return job_name("views", place.sink); }

}  // namespace

std::string job_name(const std::string& job, const std::string& sink) { return sink.empty() ? job : job + "@" + sink; }

std::optional<Timing> timing_of(const ViewInfo& view) {
  if (view.schedule.empty()) return std::nullopt;
  try {
    return Timing(Cron::parse(view.schedule), load_time_zone(view.time_zone), view.time_zone);
  } catch (const InputError& e) {
    throw InputError("[view." + view.name + "] refresh: " + e.what());
  }
}

std::vector<Job> view_jobs(Engine& engine, const ViewPlace& place, const Clock& clock, const OnRefresh& on_refresh) {
  std::vector<Job> jobs;
  for (const ViewInfo& view : engine.views()) {
    const auto timing = timing_of(view);
    if (!timing) continue;
    const auto shared = std::make_shared<ViewJob>(ViewJob{engine, view.name, place, *timing, clock, on_refresh});
    Job job{job_name("view:" + view.name, place.sink), *timing, {}};
    job.lane = lane_of(place);
    if (place.sink.empty()) {
      job.at_once = is_due(view, *timing, clock());
      job.run_once = [shared](Instant) { return shared->refresh(); };
    } else {
      job.at_once = true;
      job.run_once = [shared, looked = false](Instant now) mutable {
        if (looked) return shared->refresh();
        std::string done = shared->refresh_if_due(now);
        looked = true;
        return done;
      };
    }
    jobs.push_back(std::move(job));
  }
  return jobs;
}

Job trim_job(Engine& engine, const ViewPlace& place, Timing timing, std::function<Micros()> retention) {
  const auto trim = [&engine, place, retention = std::move(retention)](Instant now) {
    return counted(engine.trim_refresh_log(now - retention(), place.url()), "row") + " dropped";
  };
  Job job{job_name("trim-refreshes", place.sink), std::move(timing), trim};
  job.lane = lane_of(place);
  return job;
}

}  // namespace tidemark::agent
