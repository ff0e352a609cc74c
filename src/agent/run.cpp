#include "agent/run.hpp"

#include <csignal>
#include <thread>

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <tidemark/engine.hpp>
#include <tidemark/version.hpp>

#include "agent/notify.hpp"

namespace tidemark::agent {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitBySignal = 128;
/// Wakes the thread that waits for signals.
constexpr int kWake = SIGUSR1;

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, kWake}) sigaddset(&set, number);
  return set;
}

/// The next signal; 0 when none came in time.
int wait_for_signal(Micros longest) {
  const sigset_t set = handled_signals();
  timespec timeout{};
  timeout.tv_sec = longest.count / 1'000'000;
  timeout.tv_nsec = longest.count % 1'000'000 * 1000;
  const int number = ::sigtimedwait(&set, nullptr, &timeout);
  return number < 0 ? 0 : number;
}

/// Many threads take and give back buffers of all sizes here. As glibc does it by itself, each has a heap of its own, and
/// what is free in it stays there: half as much again as is in use. docs/decisions/heap-of-the-agent.md has the figures.
void keep_heap_small() {
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 16 << 20);
}

/// Ends the process when stopping takes too long, or a second signal comes: all that was acknowledged is durable.
class StopGuard {
 public:
  StopGuard(Micros bound, Log& log) : thread_([this, bound, &log] { watch(bound, log); }) {}
  ~StopGuard() {
    done_ = true;
    ::pthread_kill(thread_.native_handle(), kWake);
    thread_.join();
  }
  StopGuard(const StopGuard&) = delete;
  StopGuard& operator=(const StopGuard&) = delete;

 private:
  void watch(Micros bound, Log& log) const {
    while (!done_) {
      const int number = wait_for_signal(bound);
      if (number == kWake || number == SIGHUP) continue;
      if (number == 0) {
        log.error("stopping took too long; ending now, what was acknowledged is kept",
                  {{"drain_timeout", format_duration(bound)}});
        ::_exit(kExitFailure);
      }
      ::_exit(kExitBySignal + number);
    }
  }

  std::atomic<bool> done_{false};
  std::thread thread_;  // last: it uses what is above
};

/// Connections and the store's files take more descriptors than the usual limit, which is as low as it is for programs
/// that use select().
void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // where it fails, the server gets by with fewer connections
}

class Process {
 public:
  explicit Process(const RunOptions& options)
      : options_(options),
        loaded_(options.load()),
        secrets_(read_secrets(loaded_.config)),
        log_(options.machine.now, loaded_.config.log_json) {
    log_.set_level(loaded_.config.log_level);
    tell_warnings(loaded_, secrets_);
    const std::string store = loaded_.config.store;
    agent_ = std::make_unique<Agent>(std::move(loaded_), secrets_, options_.machine, log_, [this] { fail(); });
    agent_->start();
    log_.info("started",
              {{"version", std::string(version())}, {"commit", std::string(git_commit())}, {"store", store}});
    for (const std::string& address : agent_->addresses()) log_.info("listening", {{"address", address}});
    notify(options_.notify_socket, "READY=1");
  }

  int run() {
    const auto watchdog = watchdog_interval(options_.watchdog_usec);
    for (;;) {
      const int number = wait_for_signal(watchdog.value_or(hours(1)));
      if (watchdog) notify(options_.notify_socket, "WATCHDOG=1");
      if (number == SIGHUP) reload();
      if (number == SIGTERM || number == SIGINT || failed_) return stop();
    }
  }

 private:
  void tell_warnings(const LoadedConfig& loaded, const Secrets& secrets) {
    for (const std::string& warning : loaded.warnings) log_.warn(warning);
    for (const std::string& warning : secrets.warnings) log_.warn(warning);
  }

  void fail() {
    failed_ = true;
    ::kill(::getpid(), kWake);
  }

  /// A file that cannot be read or understood changes nothing.
  void reload() {
    notify(options_.notify_socket, "RELOADING=1");
    try {
      LoadedConfig loaded = options_.load();
      const Secrets secrets = read_secrets(loaded.config);
      tell_warnings(loaded, secrets);
      agent_->reload(std::move(loaded), secrets);
    } catch (const std::exception& e) {
      log_.error("the configuration stays as it was", {{"error", e.what()}});
    }
    notify(options_.notify_socket, "READY=1");
  }

  int stop() {
    notify(options_.notify_socket, "STOPPING=1");
    if (failed_)
      log_.error("the store takes no more writes; ending, so that whoever watches starts this again and opens it anew");
    const StopGuard guard(agent_->config().drain_timeout, log_);
    const bool good = agent_->stop();
    log_.info("stopped");
    return good && !failed_ ? 0 : kExitFailure;
  }

  const RunOptions& options_;
  LoadedConfig loaded_;
  Secrets secrets_;
  Log log_;
  std::atomic<bool> failed_{false};
  std::unique_ptr<Agent> agent_;
};

}  // namespace

int run_agent(const RunOptions& options) {
  // Before any thread starts: all of them inherit it, and only waiting for a signal gets one.
  const sigset_t set = handled_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  allow_many_files();
  keep_heap_small();
  Process process(options);
  return process.run();
}

}  // namespace tidemark::agent
