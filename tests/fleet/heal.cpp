#include <algorithm>

#include "fleet/mismatch.hpp"
#include "fleet/world.hpp"

/// The end of a run: everything works again, and then the numbers have to be right.
namespace tidemark::fleet {

void World::heal() {
  network_.set_trouble(0);
  for (const auto& agent : agents_) drain(*agent);
  now_ = now_ + hours(3);  // all hours are over, and lateness with them
  for (const auto& agent : agents_)
    for (std::size_t s = 0; s < network_.sinks(); ++s) {
      if (chance_.percent(30)) network_.deliver_late();
      sync_everything(*agent, s);
    }
  while (network_.deliver_late()) {
  }
  // What an agent learned at one sink of spans that may count twice, the others hear of now.
  for (const auto& agent : agents_)
    for (std::size_t s = 0; s < network_.sinks(); ++s) sync_nothing(*agent, s);
}

/// Everything that its sender has is accepted, and computed.
void World::drain(Agent& agent) {
  agent.calm_disk();
  agent.clock_offset = {};
  if (!agent.running()) require(start(agent), "an agent died though nothing is wrong");
  for (const Request& request : agent.unanswered)
    require(deliver(agent, request), "a request was not answered though nothing is wrong");
  agent.unanswered.clear();
  require(agent.recompute(now_), "an agent died though nothing is wrong");
}

SyncReport World::sync_calmly(Agent& agent, std::size_t sink) {
  bool failed = false;
  SyncReport report;
  require(agent.sync(now_, sink, false, failed, report) && !failed, "a sync failed though nothing is wrong");
  for (const std::string& notice : report.notices) note(agent, "is told: " + notice);
  return report;
}

void World::sync_everything(Agent& agent, std::size_t sink) {
  require_equal(sync_calmly(agent, sink).waiting, std::uint64_t{0},
                "buckets that wait after everything is computed and over");
  sync_nothing(agent, sink);
  note(agent, "has synced everything to sink " + std::to_string(sink));
}

void World::sync_nothing(Agent& agent, std::size_t sink) {
  require_equal(sync_calmly(agent, sink).rows, std::uint64_t{0}, "rows that go again though nothing has changed");
}

void World::check_end() {
  for (std::size_t s = 0; s < network_.sinks(); ++s) check_sink(s);
}

void World::check_sink(std::size_t s) {
  SinkCheck& sink = *sinks_[s];
  sink.check_rows(branches(), true);
  check_live(sink);
  check_nothing_lost(sink);
  std::array<Covered, kRollups> covered;
  for (const auto& [key, row] : sink.rows()) covered[key.rollup].add(row.spans, row.computed);
  Agent& reader = *agents_[chance_.index(agents_.size())];
  for (std::size_t r = 0; r < kRollups; ++r)
    check_query(reader.engine(), now_, network_.url(s), rollups()[r], covered[r], true);
  count("rows", sink.rows().size());
}

/// Everything that a living store has accepted is at the sink.
void World::check_live(const SinkCheck& sink) {
  for (const auto& agent : agents_)
    for (const auto& [key, spans] : Branches::of(agent->record())) {
      const auto row = sink.rows().find(key);
      require(row != sink.rows().end(), "the sink lacks " + to_text(key));
      // One that covers more was sent by a store that is gone since.
      require(row->second.finished || row->second.computed > spans.size(),
              "the sink's row is not finished: " + to_text(key));
      const Spans& sent = row->second.spans;
      const bool all = row->second.computed >= spans.size() && std::equal(spans.begin(), spans.end(), sent.begin());
      require(all, "the sink's row lacks spans that agent " + std::to_string(agent->number) + " has: " + to_text(key) +
                       ": it has " + to_text(sent) + ", and the agent " + to_text(spans));
    }
}

/// Every span that was acknowledged is in one row. More than one, or none, can be only where a store was copied or
/// restored or wiped: in epochs of their own; or gone with the disk, before anybody else had it.
void World::check_nothing_lost(const SinkCheck& sink) {
  std::vector<std::vector<std::string>> agents_of(spans_.size());  // of each row that has the span
  for (const auto& [key, row] : sink.rows())
    if (key.rollup == 0)
      for (const Span* span : row.spans) agents_of[static_cast<std::size_t>(span->number)].push_back(key.agent);
  std::vector<bool> gone(spans_.size());
  for (const Record& record : graves_)
    for (const Accepted& entry : record.accepted) gone[static_cast<std::size_t>(entry.span->number)] = true;
  for (std::size_t n = 0; n < spans_.size(); ++n) {
    const std::string which = "span s" + std::to_string(n);
    const std::size_t rows = agents_of[n].size();
    require(!acknowledged_[n] || rows != 0 || gone[n], which + " was acknowledged and is lost");
    require(acknowledged_[n] || rows == 0, which + " counts, but was never acknowledged");
    require(rows <= 1 || plan_.forks, which + " counts " + std::to_string(rows) + " times");
    count("spans that count", rows != 0);
    count("spans gone with their disk", acknowledged_[n] && rows == 0);
  }
  check_told_twice(sink, agents_of);
}

/// What counts twice is told by the agents that have it: where spans of some agents count in rows of several of them, the
/// numbers of these agents together are no smaller.
void World::check_told_twice(const SinkCheck& sink, const std::vector<std::vector<std::string>>& agents_of) {
  std::map<std::string, std::string> parent;  // agents that share spans, as trees
  const auto root = [&](std::string agent) {
    for (auto at = parent.find(agent); at != parent.end(); at = parent.find(agent)) agent = at->second;
    return agent;
  };
  for (const auto& agents : agents_of)
    for (const std::string& agent : agents)
      if (root(agent) != root(agents[0])) parent[root(agent)] = root(agents[0]);
  std::map<std::string, std::uint64_t> twice, told;
  for (const auto& agents : agents_of)
    if (agents.size() > 1) twice[root(agents[0])] += agents.size() - 1;
  for (const auto& [agent, spans] : sink.unproven_spans()) {
    told[root(agent)] += spans;
    count("spans that may count twice, as reported", spans);
  }
  for (const auto& [agent, spans] : twice) {
    require(spans <= told[agent],
            std::to_string(spans) + " spans count more than once, but the sink's table says that " + "at most " +
                std::to_string(told[agent]) + " of agent " + agent.substr(0, 8) + " and those with the same spans may");
    count("spans that count twice", spans);
  }
}

}  // namespace tidemark::fleet
