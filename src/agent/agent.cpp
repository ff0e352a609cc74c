#include "agent/agent.hpp"

#include <algorithm>

#include <unistd.h>

#include <tidemark/errors.hpp>

#include "agent/loop_results.hpp"
#include "agent/server_options.hpp"
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

http::Host::Loop host_loop(const LoopState& state) {
  http::Host::Loop loop;
  loop.name = state.name;
  loop.running = state.running;
  loop.runs = state.runs;
  loop.failures = state.failures;
  loop.skipped = state.skipped;
  loop.last_start = state.last_start;
  loop.last_success = state.last_success;
  loop.next = state.next;
  loop.last_duration = state.last_duration;
  loop.last_error = state.last_error;
  loop.last_result = state.last_result;
  return loop;
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
  const EngineOptions options = engine_options(loaded_.config);
  // Half, so that the loop writes a checkpoint before a sender has to.
  checkpoint_spans_ = options.checkpoint_spans / 2;
  engine_ = Engine::open(options, machine_.now());
  // Without making room: a store on a full disk must open all the same, and the loop comes soon.
  disk_.look(machine_.disk_space(loaded_.config.store));
  if (disk_.full()) log_.warn("ingest is refused", {{"reason", disk_.text()}});
  server_ = std::make_unique<http::Server>(*this, server_options(loaded_.config, secrets));
}

Agent::~Agent() {
  stopping_ = true;
  server_.reset();
  scheduler_.reset();
}

void Agent::start() {
  scheduler_ = std::make_unique<Scheduler>(make_loops(), machine_.now, machine_.random,
                                           [this](const LoopState& state) { observe(state); });
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

std::vector<agent::Loop> Agent::make_loops() {
  const Config& config = loaded_.config;
  std::vector<agent::Loop> loops;
  loops.push_back(
      {"recompute", config.loops.recompute, [this](Instant at) { return to_text(recompute_all(*engine_, at)); }});
  for (const SinkConfig& sink : config.sinks) {
    const auto sync = [this, name = sink.name](Instant at) {
      Engine::SyncOptions options;
      options.sink_url = sink_url(name);
      return to_text(noted(engine_->sync(options, at)));
    };
    SyncReport before;
    before.sink = sink_name(sink.url);
    loops.push_back(
        {std::string(kSyncLoop) + sink.name, sink.every.value_or(config.loops.sync), sync, to_text(before)});
  }
  loops.push_back({"retain", config.loops.retain, [this](Instant at) { return to_text(engine_->retain(at)); }});
  loops.push_back({"checkpoint", config.loops.checkpoint, [this](Instant) {
                     engine_->checkpoint(checkpoint_spans_);
                     return std::string();
                   }});
  loops.push_back({"disk", config.loops.disk, [this](Instant at) { return look_at_disk(at); }});
  return loops;
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

void Agent::observe(const LoopState& state) {
  const std::string key = "loop " + state.name;
  if (state.last_error.empty()) {
    if (log_.over(key)) log_.info("a loop works again", {{"loop", state.name}});
    if (state.name != "checkpoint" && state.name != "disk")
      log_.debug("a loop ran", {{"loop", state.name}, {"result", state.last_result}});
    return;
  }
  log_.repeated(Log::Level::error, key, "a loop failed",
                {{"loop", state.name}, {"error", state.last_error}, {"next", format_short(state.next)}});
  // Only what was not written makes a checkpoint fail, and a store that failed to write takes nothing more.
  if (state.name == "checkpoint" && on_failure_) on_failure_();
}

std::optional<http::Host::Refusal> Agent::refuses_ingest() const {
  if (stopping_) return Refusal{"the agent is stopping", kRetryAfterStopSeconds};
  if (disk_.full()) return Refusal{disk_.text(), kRetryAfterFullDiskSeconds};
  return std::nullopt;
}

std::vector<http::Host::Loop> Agent::loops() const {
  std::vector<Loop> loops;
  if (!started_) return loops;
  for (const LoopState& state : scheduler_->loops()) loops.push_back(host_loop(state));
  return loops;
}

http::Host::Loop Agent::run_loop(const std::string& name) { return host_loop(scheduler_->run(name)); }

void Agent::backup(const std::string& folder) {
  engine_->backup(folder);
  log_.info("a backup was made", {{"folder", folder}});
}

void Agent::reload(LoadedConfig config, const Secrets& secrets) {
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
  scheduler_->set_every("recompute", live.loops.recompute);
  scheduler_->set_every("retain", live.loops.retain);
  scheduler_->set_every("checkpoint", live.loops.checkpoint);
  scheduler_->set_every("disk", live.loops.disk);
  for (const SinkConfig& sink : live.sinks)
    scheduler_->set_every(std::string(kSyncLoop) + sink.name, sink.every.value_or(live.loops.sync));
  std::string list;
  for (const std::string& key : keys) list += (list.empty() ? "" : ", ") + key;
  log_.info("the configuration was read again");
  if (!list.empty()) log_.warn("some changes need a restart", {{"keys", list}});
}

/// Its interval and its password; another place takes a restart.
void Agent::reload_sink(SinkConfig& sink, const SinkConfig& read, const Secrets& secrets) {
  sink.every = read.every;
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
    const std::string step = std::string(kSyncLoop) + sink.name;
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
