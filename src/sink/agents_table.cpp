#include <numeric>

#include <tidemark/engine.hpp>

#include "model/rows_builder.hpp"
#include "sink/sink.hpp"

namespace tidemark {

Table list_agents(const std::string& sink_url) {
  Table table;
  table.columns = {"agent_id", "epoch", "state",      "host",           "store",    "version",
                   "began",    "first_seen", "last_seen", "spans", "unproven_spans", "rows_sent"};
  table.key_columns = 2;
  RowsBuilder rows(table.columns.size());
  const auto agents = open_sink(sink_url, std::make_shared<const Schema>(), 0)->agents(std::nullopt);
  for (const AgentRow& agent : agents) {
    auto row = rows.add_row();
    row.put(rows.text(to_text(agent.agent)));
    row.put(RowsBuilder::integer(agent.epoch));
    row.put(rows.text(agent.state));
    row.put(rows.text(agent.host));
    row.put(rows.text(agent.store));
    row.put(rows.text(agent.version));
    row.put(rows.text(agent.began));
    row.put(RowsBuilder::instant(agent.first_seen));
    row.put(RowsBuilder::instant(agent.last_seen));
    row.put(RowsBuilder::integer(agent.spans));
    row.put(RowsBuilder::integer(agent.unproven_spans));
    row.put(RowsBuilder::integer(agent.rows_sent));
  }
  std::vector<std::uint32_t> order(agents.size());
  std::iota(order.begin(), order.end(), 0u);
  table.rows = rows.finish(std::move(order));
  return table;
}

}  // namespace tidemark
