#pragma once
#include <functional>
#include <string>

#include "agent/agent.hpp"
#include "agent/config.hpp"

namespace tidemark::agent {

/// What the process around an agent gives it.
struct RunOptions {
  /// Reads the configuration, again at each SIGHUP. Errors: InputError.
  std::function<LoadedConfig()> load;
  Machine machine;
  std::string notify_socket;  ///< NOTIFY_SOCKET.
  std::string watchdog_usec;  ///< WATCHDOG_USEC.
};

/// Runs an agent until SIGTERM or SIGINT, which stop it as its configuration says: within `drain_timeout`, or at once
/// with the second one. SIGHUP reads the configuration again. Returns the process's exit code: 0, or 1 when something
/// failed while stopping, or the store failed.
/// To be called by the only thread of a process: signals are blocked from then on.
/// Errors: those of starting: InputError, StoreError.
int run_agent(const RunOptions& options);

}  // namespace tidemark::agent
