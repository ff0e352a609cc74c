#include "fleet/world.hpp"

#include <fstream>

#include "fleet/mismatch.hpp"

namespace tidemark::fleet {
namespace {

/// 2026-01-05T00:00:00Z, a Monday, and some hours.
constexpr Instant kStart{1767571200'000'000 + 5 * 3600'000'000LL};
/// Events that are kept for the report of a failure.
constexpr std::size_t kTraceLength = 60;

std::string write_definitions(const std::filesystem::path& folder) {
  const std::string path = folder / "fleet.toml";
  std::ofstream(path) << definitions_toml();
  return path;
}

}  // namespace

World::World(std::uint64_t seed, const Switches& switches, const std::filesystem::path& folder)
    : seed_(seed),
      switches_(switches),
      plan_(plan_of(seed, switches)),
      definitions_path_(write_definitions(folder)),
      chance_(seed),
      span_chance_(chance_.fork()),
      network_(folder, static_cast<std::size_t>(plan_.sinks), chance_.fork()),
      now_(kStart) {
  for (std::size_t s = 0; s < network_.sinks(); ++s)
    sinks_.push_back(std::make_unique<SinkCheck>(network_.url(s), definitions_path_));
  for (int a = 0; a < plan_.agents; ++a)
    agents_.push_back(std::make_unique<Agent>(a, plan_, definitions_path_, network_, chance_.fork()));
}

const std::vector<World::Event>& World::events() {
  static const std::vector<Event> all = {
      {"send", 40, &World::send_new},
      {"send again", 12, &World::send_again},
      {"repeat", 4, &World::repeat},
      {"checkpoint", 3, &World::checkpoint},
      {"recompute", 12, &World::recompute},
      {"retain", 4, &World::retain},
      {"sync", 14, &World::sync},
      {"deliver late", 5, &World::deliver_late},
      {"kill", 2, &World::kill},
      {"lose power", 2, &World::lose_power},
      {"stop", 1, &World::stop},
      {"jump", 2, &World::jump},
      {"image", 2, &World::take_image},
      {"image soon", 2, &World::take_image_soon},
      {"clone", 2, &World::clone},
      {"restore", 2, &World::restore},
      {"wipe", 1, &World::wipe},
      {"look at store", 3, &World::look_at_store},
      {"look at sink", 2, &World::look_at_sink},
  };
  return all;
}

void World::note(const Agent& agent, const std::string& what) {
  trace_.push_back(format_short(now_) + " agent " + std::to_string(agent.number) + ": " + what);
  if (trace_.size() > kTraceLength && !switches_.trace) trace_.pop_front();
}

/// One event for one agent. What is left out by a switch takes its turn all the same, so that the rest stays as it was.
void World::step() {
  now_ = now_ + Micros{static_cast<std::int64_t>(chance_.next() % static_cast<std::uint64_t>(plan_.pace.count))};
  int total = 0;
  for (const Event& event : events()) total += event.weight;
  int at = chance_.below(total);
  const Event* event = events().data();
  while (at >= event->weight) at -= (event++)->weight;
  Agent& agent = *agents_[chance_.index(agents_.size())];
  const bool fails = chance_.percent(plan_.crashes);
  if (switches_.without.contains(event->name)) return;
  if (fails && !switches_.without.contains("fail")) fail_soon(agent);
  const int deaths = agent.deaths;
  if (!agent.running() && !start(agent)) return;
  if ((this->*event->happen)(agent)) count(event->name);
  if (agent.deaths != deaths) count("deaths", static_cast<std::uint64_t>(agent.deaths - deaths));
}

void World::run() {
  network_.set_trouble(switches_.without.contains("network") ? 0 : plan_.network_trouble);
  const int steps = switches_.steps < 0 ? plan_.steps : std::min(switches_.steps, plan_.steps);
  for (int i = 0; i < steps; ++i) {
    step();
    send_what_is_due();
  }
  heal();
  check_end();
  const Network::Counts& counts = network_.counts();
  count("transactions", counts.transactions);
  count("transactions lost", counts.lost);
  count("answers lost", counts.answers_lost);
  count("transactions late", counts.late);
  count("transactions repeated", counts.repeated);
  count("spans", spans_.size());
}

Branches World::branches() const {
  Branches all;
  for (const Record& record : graves_) all.add(record);
  for (const auto& agent : agents_) all.add(agent->record());
  return all;
}

}  // namespace tidemark::fleet
