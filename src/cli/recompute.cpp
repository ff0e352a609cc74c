#include <tidemark/engine.hpp>

#include "agent/job_results.hpp"
#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "cli/running_agent.hpp"
#include "cli/summary.hpp"
#include "render/text_table.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set(
      "[OPTION]…",
      "Computes the percentiles of every bucket that has taken spans since the last time. A second run right\n"
      "after it has nothing to do.");
  add_store_options(set);
  add_compute_options(set);
  add_output_options(set);
  return set;
}

RecomputeReport recompute_here(const Arguments& arguments, ProgressBar& bar) {
  const Instant now = now_of(arguments);
  const auto engine = open_engine(arguments, Access::write, now, bar.callback());
  RecomputeReport total;
  do {
    const RecomputeReport pass = engine->recompute(now, bar.callback());
    total.spans += pass.spans;
    total.buckets += pass.buckets;
    total.chunks += pass.chunks;
    total.done = pass.done;
  } while (!total.done);
  engine->close();
  return total;
}

int run_recompute(const Arguments& arguments, Console& console) {
  output_format(arguments);  // A wrong one is better heard of before the work than after it.
  ProgressBar bar(console, quiet(arguments));
  const auto agent = RunningAgent::find(arguments, console);
  const RecomputeReport total =
      agent ? understood(agent::parse_recompute(agent->run_job("recompute"))) : recompute_here(arguments, bar);
  bar.clear();
  Report report;
  report.set("spans", total.spans).set("buckets", total.buckets).set("chunks", total.chunks);
  print_summary(arguments, console, report,
                "computed " + counted(total.buckets, "bucket") + " from " + counted(total.spans, "new span") + '\n');
  return kExitOk;
}

}  // namespace

const Command kRecompute = {"recompute", "Compute the percentiles of buckets that changed.", options, run_recompute};

}  // namespace tidemark::cli
