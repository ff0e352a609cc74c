#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <tidemark/engine.hpp>

#include "agent/config.hpp"
#include "agent/disk_watch.hpp"
#include "agent/log.hpp"
#include "agent/scheduler.hpp"
#include "agent/secrets.hpp"
#include "http/host.hpp"

namespace tidemark::http {
class Server;
}

namespace tidemark::agent {

/// The socket by which commands find the agent of a store.
inline constexpr const char* kSocketName = "agent.sock";
inline constexpr std::string_view kSyncJob = "sync:";  ///< And the sink's name.

/// What an agent asks of its machine.
struct Machine {
  std::function<Instant()> now;
  std::function<double()> random;  ///< In [0, 1).
  std::function<DiskSpace(const std::string& folder)> disk_space;
};

/// A store with its jobs and its server: what `tidemark agent` runs, without signals.
/// Threads: start(), reload() and stop() by one thread; Host's methods by any.
class Agent final : public http::Host {
 public:
  /// Called, from any thread, when the store takes no more writes and only opening it again can help.
  using OnFailure = std::function<void()>;

  /// Opens the store; binds the addresses, which answer once start() was called.
  /// Errors: InputError, StoreError.
  Agent(LoadedConfig config, const Secrets& secrets, Machine machine, Log& log, OnFailure on_failure);
  /// Stops without a drain, when stop() was not called.
  ~Agent() override;
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  void start();
  /// Takes over what can be changed while it runs, and logs what cannot. Errors: InputError, and nothing has changed.
  void reload(LoadedConfig config, const Secrets& secrets);
  /// Takes nothing more, finishes what is open, then does what `drain` says and closes the store. Returns whether all
  /// of it succeeded; what failed is logged, and the rest is done all the same.
  bool stop();

  const std::vector<std::string>& addresses() const;
  Config config() const;

  Instant now() const override { return machine_.now(); }
  Engine& engine() override { return *engine_; }
  std::optional<Refusal> refuses_ingest() const override;
  bool ready() const override { return started_ && !stopping_; }
  std::vector<Job> jobs() const override;
  Job run_job(const std::string& name) override;
  void backup(const std::string& folder) override;
  std::string sink_url(const std::string& name) const override;

 private:
  std::vector<agent::Job> make_jobs();
  void add_view_jobs(std::vector<agent::Job>& jobs, const std::string& sink);
  void publish_views();
  bool sends_unfinished(const std::string& sink) const;
  std::string look_at_disk(Instant now);
  void observe(const JobState& state);
  void reload_sink(SinkConfig& sink, const SinkConfig& read, const Secrets& secrets);
  bool attempt(const char* what, const std::function<std::string()>& work);
  SyncReport noted(SyncReport report);
  bool drain();

  Machine machine_;
  Log& log_;
  OnFailure on_failure_;
  mutable std::mutex config_mutex_;  // guards the two below
  LoadedConfig loaded_;
  std::vector<Secrets::SinkUrl> sinks_;
  DiskWatch disk_;
  std::uint64_t checkpoint_spans_ = 0;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<http::Server> server_;
  std::atomic<bool> started_{false};
  std::atomic<bool> stopping_{false};
  bool stopped_ = false;
};

/// What `config` makes of a store's engine.
EngineOptions engine_options(const Config& config);

}  // namespace tidemark::agent
