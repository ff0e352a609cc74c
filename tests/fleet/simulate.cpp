#include "fleet/simulate.hpp"

#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

namespace tidemark::fleet {
namespace {

namespace fs = std::filesystem;

/// In memory, where there is enough of it: containers have 64 MB there.
fs::path place_for_scratch() {
  constexpr std::uintmax_t kEnough = 1u << 30;
  const fs::path memory = "/dev/shm";
  std::error_code none;
  const fs::space_info space = fs::space(memory, none);
  return !none && space.available >= kEnough ? memory : fs::temp_directory_path();
}

/// An empty folder, also where an earlier process of the same number was killed.
struct Scratch {
  explicit Scratch(std::uint64_t seed) {
    path = place_for_scratch() / ("tidemark-fleet-" + std::to_string(::getpid()) + "-" + std::to_string(seed));
    fs::remove_all(path);
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
