#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "fleet/simulate.hpp"

namespace tidemark::fleet {
namespace {

/// How it came to be is shown of so many.
constexpr std::size_t kFailuresShown = 3;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::set<std::string> words(const std::string& text) {
  std::set<std::string> all;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, ',');) all.insert(word);
  return all;
}

Switches switches_from_environment() {
  Switches switches;
  if (const std::string steps = variable("TIDEMARK_FLEET_STEPS"); !steps.empty()) switches.steps = std::stoi(steps);
  switches.trace = !variable("TIDEMARK_FLEET_TRACE").empty();
  switches.without = words(variable("TIDEMARK_FLEET_WITHOUT"));
  switches.beyond = words(variable("TIDEMARK_FLEET_BEYOND"));
  return switches;
}

Tally run(std::uint64_t first, std::uint64_t last) {
  Tally tally;
  const auto failed = simulate_all(first, last, switches_from_environment(), tally);
  std::string seeds;
  for (const Outcome& outcome : failed) {
    seeds += " " + std::to_string(outcome.seed);
    std::cerr << outcome.failure << '\n';
  }
  for (std::size_t i = 0; i < std::min(failed.size(), kFailuresShown); ++i) std::cerr << failed[i].story << '\n';
  INFO("of the seeds " << first << " to " << last << " these failed:" << seeds);
  CHECK(failed.empty());
  return tally;
}

std::string to_text(const Tally& tally) {
  std::string text;
  for (const auto& [what, n] : tally) text += what + ": " + std::to_string(n) + "\n";
  return text;
}

}  // namespace

TEST_CASE("a fleet counts everything once, whatever happens to it") { run(1, 49); }

TEST_CASE("fleets of a thousand seeds count everything once, and everything happens to them", "[slow]") {
  const Tally tally = run(1, 1000);
  INFO(to_text(tally));
  for (const char* what : {"send again",
                           "repeat",
                           "checkpoint",
                           "recompute",
                           "retain",
                           "sync",
                           "deliver late",
                           "kill",
                           "lose power",
                           "stop",
                           "jump",
                           "image",
                           "image soon",
                           "clone",
                           "restore",
                           "wipe",
                           "look at store",
                           "look at sink",
                           "meanwhile",
                           "forks found",
                           "deaths",
                           "restarts",
                           "syncs failed",
                           "transactions lost",
                           "answers lost",
                           "transactions late",
                           "transactions repeated",
                           "spans that count twice",
                           "spans gone with their disk"}) {
    INFO(what);
    const auto found = tally.find(what);
    CHECK((found != tally.end() && found->second != 0));
  }
}

TEST_CASE("the same seed gives the same run") {
  for (const std::uint64_t seed : {3u, 8u}) {
    Switches switches;
    switches.trace = true;
    const Outcome once = simulate(seed, switches), again = simulate(seed, switches);
    CHECK(once.story == again.story);
    CHECK(once.tally == again.tally);
    CHECK(once.tally.at("sync") > 0);
  }
}

/// scripts/simulate runs this.
TEST_CASE("the fleets of TIDEMARK_FLEET_SEEDS count everything once", "[.][simulate]") {
  std::istringstream seeds(variable("TIDEMARK_FLEET_SEEDS"));
  std::uint64_t first = 1, last = 0;
  seeds >> first;
  if (!(seeds >> last)) last = first;
  REQUIRE(first <= last);
  std::cout << to_text(run(first, last));
}

}  // namespace tidemark::fleet
