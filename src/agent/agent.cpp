#include "agent/agent.hpp"

#include <algorithm>

#include <unistd.h>

#include <tidemark/errors.hpp>

#include "agent/job_results.hpp"
#include "agent/jobs.hpp"
#include "agent/server_options.hpp"
#include "agent/view_jobs.hpp"
#include "http/server.hpp"
#include "sink/sink.hpp"

namespace tidemark::agent {
namespace {

/// Of the time for stopping, what requests that have come in get at most.
constexpr std::int64_t kRequestsShare = 3;
constexpr std::uint32_t kRetryAfterStopSeconds = 5;
constexpr std::uint32_t kRetryAfterFullDiskSeconds = 30;

const std::string* find_shown(const LoadedConfig& config, const std::string& key) {
  for (const ShownValue& value : config.shown)
    if (value.key == key) return &value.value;
  return nullptr;
}

/// Keys whose values differ and that only a restart takes over.
std::vector<std::string> keys_for_restart(const LoadedConfig& before, const LoadedConfig& after) {
  std::vector<std::string> keys;
  for (const auto& [one, other] : {std::pair{&before, &after}, std::pair{&after, &before}})
    for (const ShownValue& value : one->shown) {
      if (is_reloadable(value.key)) continue;
      const std::string* there = find_shown(*other, value.key);
      const bool differs = there == nullptr || *there != value.value;
      if (differs && std::find(keys.begin(), keys.end(), value.key) == keys.end()) keys.push_back(value.key);
    }
  return keys;
}

http::Host::Job host_job(const JobState& state) {
  http::Host::Job job;
  job.name = state.name;
  job.schedule = state.timing.text();
  job.time_zone = state.timing.zone_name();
  job.running = state.running;
  job.runs = state.runs;
  job.failures = state.failures;
  job.skipped = state.skipped;
  job.last_start = state.last_start;
  job.last_success = state.last_success;
  job.next = state.next;
  job.last_duration = state.last_duration;
  job.last_error = state.last_error;
  job.last_result = state.last_result;
  return job;
}

RecomputeReport recompute_all(Engine& engine, Instant now) {
  RecomputeReport total;
  do {
    const RecomputeReport pass = engine.recompute(now);
    total.spans += pass.spans;
    total.buckets += pass.buckets;
    total.chunks += pass.chunks;
    total.done = pass.done;
  } while (!total.done);
  return total;
}

}  // namespace

EngineOptions engine_options(const Config& config) {
  EngineOptions options;
  options.store_path = config.store;
  options.schema_paths = config.schemas;
  options.fit_memory(config.memory);
  options.recompute_threads = config.threads;
  options.ingest_helper = true;
  return options;
}

Agent::Agent(LoadedConfig config, const Secrets& secrets, Machine machine, Log& log, OnFailure on_failure)
    : machine_(std::move(machine)),
      log_(log),
      on_failure_(std::move(on_failure)),
      loaded_(std::move(config)),
      sinks_(secrets.sinks),
      disk_(loaded_.config.disk_floor) {
  check_time_zone(loaded_.config.loops);
  const EngineOptions options = engine_options(loaded_.config);
  // Half, so that the job writes a checkpoint before a sender has to.
  checkpoint_spans_ = options.checkpoint_spans / 2;
  engine_ = Engine::open(options, machine_.now());
  // Without making room: a store on a full disk must open all the same, and the job comes soon.
  disk_.look(machine_.disk_space(loaded_.config.store));
  if (disk_.full()) log_.warn("ingest is refused", {{"reason", disk_.text()}});
  server_ = std::make_unique<http::Server>(*this, server_options(loaded_.config, secrets));
}

Agent::~Agent() {
  stopping_ = true;
  // Requests use the scheduler, and what it runs publishes pages.
  server_->stop(Micros{0});
  scheduler_.reset();
  server_.reset();
}

/// One that cannot be read is no reason not to start.
void Agent::publish_views() {
  for (const ViewInfo& view : engine_->views()) {
    try {
      server_->publish(view.name);
    } catch (const Error& e) {
      log_.warn("a view cannot be read", {{"view", view.name}, {"error", e.what()}});
    }
  }
}

void Agent::start() {
  publish_views();
  scheduler_ = std::make_unique<Scheduler>(make_jobs(), machine_.now, machine_.random,
                                           [this](const JobState& state) { observe(state); });
  started_ = true;
  server_->start();
}

const std::vector<std::string>& Agent::addresses() const { return server_->addresses(); }

Config Agent::config() const {
  const std::lock_guard lock(config_mutex_);
  return loaded_.config;
}

std::string Agent::sink_url(const std::string& name) const {
  const std::lock_guard lock(config_mutex_);
  for (const Secrets::SinkUrl& sink : sinks_)
    if (sink.name == name) return sink.url;
  throw InputError("the configuration has no sink '" + name + "'");
}

bool Agent::sends_unfinished(const std::string& sink) const {
  const std::lock_guard lock(config_mutex_);
  const auto& sinks = loaded_.config.sinks;
  return std::any_of(sinks.begin(), sinks.end(), [&](const SinkConfig& s) { return s.name == sink && s.unfinished; });
}

std::vector<agent::Job> Agent::make_jobs() {
  const Config& config = loaded_.config;
  const auto when = [&](const Often& often) { return timing_of(often, config.loops); };
  std::vector<agent::Job> jobs;
  jobs.push_back(
      {"recompute", when(config.loops.recompute), [this](Instant at) { return to_text(recompute_all(*engine_, at)); }});
  for (const SinkConfig& sink : config.sinks) {
    const auto sync = [this, name = sink.name](Instant at) {
      Engine::SyncOptions options;
      options.sink_url = sink_url(name);
      options.unfinished = sends_unfinished(name);
      return to_text(noted(engine_->sync(options, at)));
    };
    SyncReport before;
    before.sink = sink_name(sink.url);
    jobs.push_back(
        {std::string(kSyncJob) + sink.name, when(sink.every.value_or(config.loops.sync)), sync, to_text(before)});
  }
  add_view_jobs(jobs, {});
  for (const SinkConfig& sink : config.sinks)
    if (sink.views) add_view_jobs(jobs, sink.name);
  jobs.push_back({"retain", when(config.loops.retain), [this](Instant at) { return to_text(engine_->retain(at)); }});
  jobs.push_back({"checkpoint", config.loops.checkpoint, [this](Instant) {
                    engine_->checkpoint(checkpoint_spans_);
                    return std::string();
                  }});
  jobs.push_back({"disk", config.loops.disk, [this](Instant at) { return look_at_disk(at); }});
  return jobs;
}

/// Those of the store, or of one sink, and what keeps their log short.
void Agent::add_view_jobs(std::vector<agent::Job>& jobs, const std::string& sink) {
  const auto url = [this, sink] { return sink.empty() ? std::string() : sink_url(sink); };
  const ViewPlace place{sink, url};
  const auto publish = [this](const std::string& view, const std::string& at) { server_->publish(view, at); };
  for (agent::Job& job : view_jobs(*engine_, place, machine_.now, publish)) jobs.push_back(std::move(job));
  const Config::Loops& loops = loaded_.config.loops;
  jobs.push_back(
      trim_job(*engine_, place, timing_of(loops.trim_refreshes, loops), [this] { return config().refresh_retention; }));
}

/// Below the floor, what has outlived its retention goes now. What is not computed yet stays; ingest alone stops.
std::string Agent::look_at_disk(Instant at) {
  const std::string store = config().store;
  const auto look = [&] { return disk_.look(machine_.disk_space(store)); };
  const bool was_full = disk_.full();
  look();
  if (disk_.full()) {
    engine_->retain(at);
    look();
  }
  if (disk_.full() && !was_full) log_.warn("ingest is refused", {{"reason", disk_.text()}});
  if (!disk_.full() && was_full) log_.info("ingest goes on", {{"disk", disk_.text()}});
  return disk_.text();
}

void Agent::observe(const JobState& state) {
  const std::string key = "job " + state.name;
  if (state.last_error.empty()) {
    if (log_.over(key)) log_.info("a job works again", {{"job", state.name}});
    if (state.name != "checkpoint" && state.name != "disk")
      log_.debug("a job ran", {{"job", state.name}, {"result", state.last_result}});
    return;
  }
  log_.repeated(Log::Level::error, key, "a job failed",
                {{"job", state.name}, {"error", state.last_error}, {"next", format_short(state.next)}});
  // Only what was not written makes a checkpoint fail, and a store that failed to write takes nothing more.
  if (state.name == "checkpoint" && on_failure_) on_failure_();
}

std::optional<http::Host::Refusal> Agent::refuses_ingest() const {
  if (stopping_) return Refusal{"the agent is stopping", kRetryAfterStopSeconds};
  if (disk_.full()) return Refusal{disk_.text(), kRetryAfterFullDiskSeconds};
  return std::nullopt;
}

std::vector<http::Host::Job> Agent::jobs() const {
  std::vector<Job> jobs;
  if (!started_) return jobs;
  for (const JobState& state : scheduler_->jobs()) jobs.push_back(host_job(state));
  return jobs;
}

http::Host::Job Agent::run_job(const std::string& name) { return host_job(scheduler_->run(name)); }

void Agent::backup(const std::string& folder) {
  engine_->backup(folder);
  log_.info("a backup was made", {{"folder", folder}});
}

void Agent::reload(LoadedConfig config, const Secrets& secrets) {
  check_time_zone(config.config.loops);
  const Config::Http http = this->config().http;
  if (!http.tls_key.empty()) server_->reload_tls({http.tls_certificate, http.tls_key});
  std::vector<std::string> keys;
  {
    const std::lock_guard lock(config_mutex_);
    keys = keys_for_restart(loaded_, config);
    // What needs a restart stays as it is, so that the next reload says so again.
    Config& live = loaded_.config;
    live.drain = config.config.drain;
    live.drain_timeout = config.config.drain_timeout;
    live.loops = config.config.loops;
    live.refresh_retention = config.config.refresh_retention;
    live.disk_floor = config.config.disk_floor;
    live.log_level = config.config.log_level;
    for (SinkConfig& sink : live.sinks)
      for (const SinkConfig& read : config.config.sinks)
        if (sink.name == read.name) reload_sink(sink, read, secrets);
  }
  server_->set_access(access_of(secrets));
  const Config live = this->config();
  disk_.set_floor(live.disk_floor);
  log_.set_level(live.log_level);
  const auto set = [&](const std::string& job, const Often& often) {
    scheduler_->set_timing(job, timing_of(often, live.loops));
  };
  set("recompute", live.loops.recompute);
  set("retain", live.loops.retain);
  set(job_name("trim-refreshes", {}), live.loops.trim_refreshes);
  set("checkpoint", live.loops.checkpoint);
  set("disk", live.loops.disk);
  for (const SinkConfig& sink : live.sinks) {
    set(std::string(kSyncJob) + sink.name, sink.every.value_or(live.loops.sync));
    if (sink.views) set(job_name("trim-refreshes", sink.name), live.loops.trim_refreshes);
  }
  std::string list;
  for (const std::string& key : keys) list += (list.empty() ? "" : ", ") + key;
  log_.info("the configuration was read again");
  if (!list.empty()) log_.warn("some changes need a restart", {{"keys", list}});
}

/// Its interval and its password; another place takes a restart.
void Agent::reload_sink(SinkConfig& sink, const SinkConfig& read, const Secrets& secrets) {
  sink.every = read.every;
  sink.unfinished = read.unfinished;
  if (mask_url(sink.url) != mask_url(read.url)) return;
  for (Secrets::SinkUrl& held : sinks_)
    for (const Secrets::SinkUrl& fresh : secrets.sinks)
      if (held.name == sink.name && fresh.name == sink.name) held.url = fresh.url;
}

/// Whatever goes wrong in one step of stopping is logged; the others follow.
bool Agent::attempt(const char* what, const std::function<std::string()>& work) {
  try {
    log_.info("stopping", {{"step", what}, {"result", work()}});
    return true;
  } catch (const std::exception& e) {
    log_.error("a step of stopping failed", {{"step", what}, {"error", e.what()}});
    return false;
  }
}

bool Agent::stop() {
  if (stopped_) return true;
  stopped_ = true;
  stopping_ = true;
  const Micros bound{config().drain_timeout.count / kRequestsShare};
  bool good = attempt("requests", [&] {
    return std::string(server_->stop(bound) ? "all were finished" : "some were cut off; their senders send again");
  });
  ::unlink(socket_path(config().store).c_str());
  if (scheduler_) scheduler_->stop();
  good &= drain();
  good &= attempt("close", [&] { return engine_->close(), std::string("done"); });
  return good;
}

/// What somebody should know of a sync.
SyncReport Agent::noted(SyncReport report) {
  for (const std::string& notice : report.notices) log_.warn("sync", {{"sink", report.sink}, {"note", notice}});
  return report;
}

bool Agent::drain() {
  const Config config = this->config();
  bool good = attempt("checkpoint", [&] { return engine_->checkpoint(), std::string("written"); });
  if (config.drain == Drain::none) return good;
  good &= attempt("recompute", [&] { return to_text(recompute_all(*engine_, machine_.now())); });
  if (config.drain == Drain::compute) return good;
  if (config.drain == Drain::seal)
    good &= attempt("seal", [&] { return engine_->drain(machine_.now()), std::string("takes no more spans"); });
  for (const SinkConfig& sink : config.sinks) {
    const std::string step = std::string(kSyncJob) + sink.name;
    good &= attempt(step.c_str(), [&] {
      Engine::SyncOptions options;
      options.sink_url = sink_url(sink.name);
      options.unfinished = true;
      options.retry_quarantined = config.drain == Drain::seal;  // there is no later
      const SyncReport report = noted(engine_->sync(options, machine_.now()));
      good &= config.drain != Drain::seal || report.quarantined == 0;
      return to_text(report);
    });
  }
  return good;
}

}  // namespace tidemark::agent
