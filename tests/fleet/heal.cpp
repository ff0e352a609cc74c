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
      sync_until_done(*agent, s);
    }
  while (network_.deliver_late()) {
  }
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

void World::sync_until_done(Agent& agent, std::size_t sink) {
  bool failed = false;
  SyncReport report;
  require(agent.sync(now_, sink, false, failed, report) && !failed, "a sync failed though nothing is wrong");
  require_equal(report.waiting, std::uint64_t{0}, "buckets that wait after everything is computed and over");
  require(agent.sync(now_, sink, false, failed, report) && !failed, "a sync failed though nothing is wrong");
  require_equal(report.rows, std::uint64_t{0}, "rows that go again though nothing has changed");
  note(agent, "has synced everything to sink " + std::to_string(sink));
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
  std::vector<int> rows(spans_.size());
  for (const auto& [key, row] : sink.rows())
    if (key.rollup == 0)
      for (const Span* span : row.spans) ++rows[static_cast<std::size_t>(span->number)];
  std::uint64_t twice = 0;
  std::vector<bool> gone(spans_.size());
  for (const Record& record : graves_)
    for (const Accepted& entry : record.accepted) gone[static_cast<std::size_t>(entry.span->number)] = true;
  for (std::size_t n = 0; n < spans_.size(); ++n) {
    const std::string which = "span s" + std::to_string(n);
    require(!acknowledged_[n] || rows[n] != 0 || gone[n], which + " was acknowledged and is lost");
    require(acknowledged_[n] || rows[n] == 0, which + " counts, but was never acknowledged");
    require(rows[n] <= 1 || plan_.forks, which + " counts " + std::to_string(rows[n]) + " times");
    count("spans that count", rows[n] != 0);
    twice += static_cast<std::uint64_t>(std::max(0, rows[n] - 1));
    count("spans gone with their disk", acknowledged_[n] && rows[n] == 0);
  }
  const std::uint64_t unproven = sink.unproven_spans();
  require(twice <= unproven, std::to_string(twice) +
                                 " spans count more than once, but the sink's table of agents says that at most " +
                                 std::to_string(unproven) + " may");
  count("spans that count twice", twice);
  count("spans that may count twice, as reported", unproven);
}

}  // namespace tidemark::fleet
