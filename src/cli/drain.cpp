#include <tidemark/engine.hpp>

#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "cli/running_agent.hpp"
#include "cli/sync_report.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set(
      "[OPTION]…",
      "Ends a store's work, for a runner that is thrown away: computes everything, seals the epoch, and sends\n"
      "complete rows, those of the running hour included, to --sink, --sink-file, or TIDEMARK_SINK.\n"
      "A drained store takes no more spans; opened again by a command that writes, it begins a new epoch.");
  add_sink_options(set);
  add_store_options(set);
  add_output_options(set);
  return set;
}

int run_drain(const Arguments& arguments, Console& console) {
  output_format(arguments);
  if (RunningAgent::find(arguments, console))
    throw InputError(
        "an agent runs on this store; stop it, with `drain = \"seal\"` in its configuration it drains by itself");
  Engine::SyncOptions sync;
  sync.sink_url = required_sink(arguments);
  sync.retry_quarantined = true;  // there is no later
  const Instant now = now_of(arguments);
  ProgressBar bar(console, quiet(arguments));
  const auto engine = open_engine(arguments, Access::write, now, bar.callback());
  engine->drain(now, bar.callback());
  const SyncReport done = engine->sync(sync, now, bar.callback());
  engine->close();
  bar.clear();
  print_sync_report(done, arguments, console);
  return done.waiting == 0 && done.quarantined == 0 ? kExitOk : kExitFailure;
}

}  // namespace

const Command kDrain = {"drain", "Seal a store and send all it has.", options, run_drain};

}  // namespace tidemark::cli
