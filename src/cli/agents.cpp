#include <tidemark/engine.hpp>

#include "cli/command.hpp"
#include "cli/common_options.hpp"
#include "render/table.hpp"
#include "render/text_table.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set("[OPTION]…",
                "Lists the agents that sync to a sink, a row for each epoch: who they are, when they were last seen,\n"
                "what they have sent, and what of it may count twice. The sink is --sink, --sink-file, or TIDEMARK_SINK.");
  add_sink_options(set);
  add_output_options(set);
  return set;
}

int run_agents(const Arguments& arguments, Console& console) {
  const OutputFormat format = output_format(arguments);
  const Table table = list_agents(required_sink(arguments));
  switch (format) {
    case OutputFormat::table: console.out.write(table_text(table, console.out.terminal_columns())); break;
    case OutputFormat::csv: console.out.write(table_csv(table)); break;
    case OutputFormat::json: console.out.write(table_json(table)); break;
  }
  return kExitOk;
}

}  // namespace

const Command kAgents = {"agents", "List the agents that sync to a sink.", options, run_agents};

}  // namespace tidemark::cli
