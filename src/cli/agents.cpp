#include <tidemark/engine.hpp>

#include "cli/command.hpp"
#include "cli/common_options.hpp"
#include "cli/table_output.hpp"

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
  print_table(list_agents(required_sink(arguments)), format, console);
  return kExitOk;
}

}  // namespace

const Command kAgents = {"agents", "List the agents that sync to a sink.", options, run_agents};

}  // namespace tidemark::cli
