#include <tidemark/engine.hpp>

#include "agent/job_results.hpp"
#include "cli/command.hpp"
#include "cli/running_agent.hpp"
#include "cli/summary.hpp"
#include "render/text_table.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set("[OPTION]…",
                "Drops what has outlived its declared retention: raw spans that every bucket has been computed from,\n"
                "identities, idle label sets, and where declared distributions and synced buckets.");
  add_store_options(set);
  add_output_options(set);
  return set;
}

std::string text_of(const RetainReport& done) {
  std::string text =
      "dropped " + counted(done.spans_dropped, "raw span") + " in " + counted(done.blocks_dropped, "block") + ", " +
      counted(done.distributions_dropped, "distribution") + ", " + counted(done.buckets_dropped, "bucket") + ", " +
      (done.identities_dropped == 1 ? "1 identity" : with_commas(done.identities_dropped) + " identities") +
      ", " + counted(done.label_sets_dropped, "label set");
  if (done.blocks_kept_for_compute != 0) {
    text += "\nkept " + counted(done.blocks_kept_for_compute, "expired block") +
            " that nothing has been computed from yet: run 'tidemark recompute' first";
  }
  return text + '\n';
}

RetainReport retain_here(const Arguments& arguments) {
  const Instant now = now_of(arguments);
  const auto engine = open_engine(arguments, Access::write, now);
  const RetainReport done = engine->retain(now);
  engine->close();
  return done;
}

int run_retain(const Arguments& arguments, Console& console) {
  output_format(arguments);
  const auto agent = RunningAgent::find(arguments, console);
  const RetainReport done = agent ? understood(agent::parse_retain(agent->run_job("retain"))) : retain_here(arguments);
  Report report;
  report.set("blocks_dropped", done.blocks_dropped).set("spans_dropped", done.spans_dropped);
  report.set("blocks_kept_for_compute", done.blocks_kept_for_compute);
  report.set("distributions_dropped", done.distributions_dropped).set("buckets_dropped", done.buckets_dropped);
  report.set("identities_dropped", done.identities_dropped).set("label_sets_dropped", done.label_sets_dropped);
  print_summary(arguments, console, report, text_of(done));
  return kExitOk;
}

}  // namespace

const Command kRetain = {"retain", "Drop what has outlived its retention.", options, run_retain};

}  // namespace tidemark::cli
