#include "cli/command.hpp"
#include "cli/common_options.hpp"
#include "cli/running_agent.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set("[OPTION]…",
                "Shows the last spans that a running agent has rejected, with why and where from: up to fifty of each\n"
                "reason since it was started. Without an agent nobody keeps them; 'tidemark status' has the counts.");
  set.value("reason", "REASON", "Only those of one reason, as too_old.");
  set.value("store", "DIR", "The store of the agent. Default: TIDEMARK_STORE, else ./tidemark-store.");
  add_output_options(set);
  return set;
}

int run_rejects(const Arguments& arguments, Console& console) {
  const OutputFormat format = output_format(arguments);
  const auto agent = RunningAgent::find(arguments, console);
  if (!agent)
    throw InputError("no agent runs on " + store_path(arguments) + ", and only a running one keeps rejected spans");
  const char* word = format == OutputFormat::table ? "table" : format == OutputFormat::csv ? "csv" : "json";
  std::vector<std::pair<std::string, std::string>> parameters = {{"format", word}};
  if (const auto reason = arguments.find("reason")) parameters.emplace_back("reason", *reason);
  console.out.write(agent->get("/api/v1/rejects" + query_text(parameters)).body);
  return kExitOk;
}

}  // namespace

const Command kRejects = {"rejects", "Show what a running agent has rejected lately.", options, run_rejects};

}  // namespace tidemark::cli
