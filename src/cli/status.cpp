#include <tidemark/engine.hpp>

#include "cli/command.hpp"
#include "cli/running_agent.hpp"
#include "cli/summary.hpp"
#include "render/status.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set("[OPTION]…", "Says what the store holds, what waits, and what was counted since it was made.");
  add_store_options(set);
  add_output_options(set);
  return set;
}

int run_status(const Arguments& arguments, Console& console) {
  const OutputFormat format = output_format(arguments);
  if (const auto agent = RunningAgent::find(arguments, console)) {
    const char* word = format == OutputFormat::table ? "table" : format == OutputFormat::csv ? "csv" : "json";
    const std::string answer = agent->get(std::string("/api/v1/status?format=") + word).body;
    if (format != OutputFormat::table || !quiet(arguments)) console.out.write(answer);
    return kExitOk;
  }
  const auto engine = open_engine(arguments, Access::read, now_of(arguments));
  const Status status = engine->status();
  print_summary(arguments, console, status_json(status), status_text(status));
  return kExitOk;
}

}  // namespace

const Command kStatus = {"status", "Say what the store holds and what waits.", options, run_status};

}  // namespace tidemark::cli
