#include <cstdlib>
#include <memory>
#include <random>

#include <sys/statvfs.h>

#include <tidemark/errors.hpp>

#include "agent/run.hpp"
#include "cli/agent_config.hpp"
#include "cli/clock.hpp"
#include "cli/command.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set("[OPTION]…",
                "Runs a store as a daemon: takes spans over HTTP, computes, syncs and retains by itself, answers\n"
                "queries. SIGTERM stops it cleanly, SIGHUP reads the configuration again. Every key of the\n"
                "configuration is in docs/agent.md.");
  add_config_options(set);
  return set;
}

agent::DiskSpace disk_space(const std::string& folder) {
  struct statvfs info {};
  if (::statvfs(folder.c_str(), &info) != 0)
    throw StoreError("cannot ask how much of the disk of " + folder + " is free");
  return {static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize,
          static_cast<std::uint64_t>(info.f_blocks) * info.f_frsize};
}

/// Numbers in [0, 1) for jitter; every job asks under the scheduler's lock.
std::function<double()> random_numbers() {
  auto engine = std::make_shared<std::mt19937_64>(std::random_device{}());
  return [engine] { return static_cast<double>((*engine)() >> 11) * 0x1p-53; };
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

int run_agent_command(const Arguments& arguments, Console&) {
  agent::RunOptions options;
  options.load = [&arguments] { return read_agent_config(arguments); };
  options.machine = {real_now, random_numbers(), disk_space};
  options.notify_socket = variable("NOTIFY_SOCKET");
  options.watchdog_usec = variable("WATCHDOG_USEC");
  return agent::run_agent(options);
}

}  // namespace

const Command kAgent = {"agent", "Run a store as a daemon with an HTTP server.", options, run_agent_command};

}  // namespace tidemark::cli
