#include "cli/command.hpp"
#include "cli/running_agent.hpp"
#include "cli/summary.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set(
      "[run NAME] [OPTION]…",
      "Shows what a running agent does on a schedule: refreshing views, computing, syncing, cleaning up; when each\n"
      "of it ran last, for how long, how it ended, and when it is due next.\n"
      "run: does one of them now, and waits for its end.");
  set.value("store", "DIR", "The store of the agent. Default: TIDEMARK_STORE, else ./tidemark-store.");
  add_output_options(set);
  set.positionals("nothing, or 'run' and a job's name", 0, 2);
  return set;
}

int run_jobs(const Arguments& arguments, Console& console) {
  const OutputFormat format = output_format(arguments);
  const auto& words = arguments.positionals();
  if (!words.empty() && (words.size() != 2 || words.front() != "run"))
    throw UsageError("expected nothing or 'run NAME', found '" + words.front() + "'");
  const auto agent = RunningAgent::find(arguments, console);
  if (!agent)
    throw InputError("no agent runs on " + store_path(arguments) +
                     ", and only a running one has jobs: start 'tidemark agent', or use 'recompute', 'sync', 'retain' "
                     "and 'views refresh', which do the same once");
  if (!words.empty()) {
    const std::string result = agent->run_job(words[1]);
    print_summary(arguments, console, Report().set("name", Value(words[1])).set("result", Value(result)),
                  words[1] + ": " + (result.empty() ? "done" : result) + '\n');
    return kExitOk;
  }
  const char* word = format == OutputFormat::table ? "table" : format == OutputFormat::csv ? "csv" : "json";
  console.out.write(agent->get("/api/v1/jobs" + query_text({{"format", word}})).body);
  return kExitOk;
}

}  // namespace

const Command kJobs = {"jobs", "Show what a running agent does on a schedule, or do one of it now.", options, run_jobs};

}  // namespace tidemark::cli
