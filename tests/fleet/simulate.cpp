#include "fleet/simulate.hpp"

#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

namespace tidemark::fleet {
namespace {

namespace fs = std::filesystem;

/// A folder in memory where there is one.
struct Scratch {
  explicit Scratch(std::uint64_t seed) {
    const fs::path memory = "/dev/shm";
    path = (fs::is_directory(memory) ? memory : fs::temp_directory_path()) /
           ("tidemark-fleet-" + std::to_string(::getpid()) + "-" + std::to_string(seed));
    fs::create_directories(path);
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  fs::path path;
};

std::string story_of(std::uint64_t seed, const World& world) {
  std::string text = "seed " + std::to_string(seed) + ", the end of it:\n";
  for (const std::string& event : world.trace()) text += "  " + event + "\n";
  return text + "again: scripts/simulate " + std::to_string(seed) +
         " (tests/fleet/simulate.hpp says how to shrink it)\n";
}

}  // namespace

Outcome simulate(std::uint64_t seed, const Switches& switches) {
  const Scratch scratch(seed);
  Outcome outcome;
  outcome.seed = seed;
  World world(seed, switches, scratch.path);
  try {
    world.run();
  } catch (const std::exception& e) {
    outcome.failure = "seed " + std::to_string(seed) + ": " + e.what();
  }
  if (!outcome.failure.empty() || switches.trace) outcome.story = story_of(seed, world);
  outcome.tally = world.tally();
  return outcome;
}

std::vector<Outcome> simulate_all(std::uint64_t first, std::uint64_t last, const Switches& switches, Tally& tally) {
  std::atomic<std::uint64_t> next{first};
  std::mutex mutex;
  std::vector<Outcome> failed;
  const auto work = [&] {
    for (std::uint64_t seed = next++; seed <= last; seed = next++) {
      Outcome outcome = simulate(seed, switches);
      const std::lock_guard lock(mutex);
      for (const auto& [what, n] : outcome.tally) tally[what] += n;
      if (!outcome.failure.empty()) failed.push_back(std::move(outcome));
    }
  };
  std::vector<std::thread> threads(std::max(1u, std::thread::hardware_concurrency()));
  for (std::thread& thread : threads) thread = std::thread(work);
  for (std::thread& thread : threads) thread.join();
  return failed;
}

}  // namespace tidemark::fleet
