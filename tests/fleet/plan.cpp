#include "fleet/plan.hpp"

#include "fleet/chance.hpp"

namespace tidemark::fleet {

Plan plan_of(std::uint64_t seed, const Switches& switches) {
  Chance chance(seed ^ 0x706c616e);
  Plan plan;
  const bool many = seed % 100 == 50;
  plan.agents = many ? 1000 : chance.percent(70) ? chance.between(2, 6) : chance.between(7, 20);
  plan.sinks = chance.percent(30) && !many ? 2 : 1;
  plan.steps = many ? 4000 : chance.between(100, 500);
  plan.pace = chance.percent(50) ? minutes(chance.between(1, 10)) : minutes(chance.between(20, 90));
  plan.owners = chance.between(1, 4);
  plan.jobs = chance.between(1, 4);
  plan.largest_request = many ? 3 : chance.between(1, 20);
  plan.checkpoint_spans = static_cast<std::uint64_t>(chance.between(3, 120));
  plan.chunk_spans = static_cast<std::uint64_t>(chance.between(1, 100));
  plan.rows_per_transaction = static_cast<std::size_t>(chance.percent(50) ? chance.between(1, 10) : 1000);
  plan.threads = chance.percent(10) ? 3 : 1;
  plan.network_trouble = chance.percent(20) ? 0 : chance.between(2, 30);
  plan.crashes = chance.percent(20) ? 0 : chance.between(2, 15);
  plan.forks = chance.percent(40);
  plan.clocks_jump = chance.percent(50);
  plan.unnoticed = plan.forks && (plan.sinks == 1 || switches.beyond.contains("sinks")) && chance.percent(60);
  return plan;
}

}  // namespace tidemark::fleet
