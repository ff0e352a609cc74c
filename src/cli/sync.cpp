#include <tidemark/engine.hpp>

#include "agent/agent.hpp"
#include "agent/loop_results.hpp"
#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "cli/running_agent.hpp"
#include "cli/summary.hpp"
#include "render/text_table.hpp"
#include "sink/sink.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set(
      "[OPTION]…",
      "Sends finished buckets that the sink does not have yet. The sink is --sink, --sink-file, or\n"
      "TIDEMARK_SINK. A PostgreSQL password comes from --sink-file, TIDEMARK_SINK, PGPASSFILE or PGPASSWORD.");
  add_sink_options(set);
  set.flag("unfinished", "Also send buckets that are not finished yet, marked so.");
  set.flag("ddl", "Send nothing; print the statements that would create what the sink needs.");
  add_store_options(set);
  add_output_options(set);
  return set;
}

int print_ddl(const Arguments& arguments, Console& console, const std::string& url) {
  const auto engine = open_engine(arguments, Access::read, now_of(arguments));
  console.out.write(engine->sink_ddl(url));
  return kExitOk;
}

/// A running agent syncs to the sinks of its configuration; which one is meant is told by the place that the URL names.
SyncReport sync_by(RunningAgent& agent, const Engine::SyncOptions& sync) {
  if (sync.unfinished) throw UsageError("--unfinished: a running agent sends finished buckets only; stop it first");
  const std::string wanted = sink_name(sync.sink_url);
  std::string known;
  for (const auto& [loop, result] : agent.loops()) {
    if (!loop.starts_with(agent::kSyncLoop)) continue;
    const auto last = agent::parse_sync(result);
    if (last && last->sink == wanted) return understood(agent::parse_sync(agent.run_loop(loop)));
    if (last) known += (known.empty() ? "" : ", ") + last->sink;
  }
  throw InputError("the agent that runs on this store has no sink " + wanted + "; it has " +
                   (known.empty() ? "none" : known) + ". Add it to the agent's configuration, or stop the agent");
}

void print(const SyncReport& done, const Arguments& arguments, Console& console) {
  Report report;
  report.set("sink", Value(done.sink));
  report.set("rows", done.rows).set("transactions", done.transactions).set("waiting", done.waiting);
  print_summary(arguments, console, report,
                "sent " + counted(done.rows, "row") + " to " + printable(done.sink) + " in " +
                    counted(done.transactions, "transaction") + "; " + counted(done.waiting, "bucket") +
                    (done.waiting == 1 ? " waits" : " wait") + " to be finished or computed\n");
}

int run_sync(const Arguments& arguments, Console& console) {
  output_format(arguments);
  Engine::SyncOptions sync;
  sync.sink_url = required_sink(arguments);
  sync.unfinished = arguments.has("unfinished");
  if (arguments.has("ddl")) return print_ddl(arguments, console, sync.sink_url);
  if (const auto agent = RunningAgent::find(arguments, console)) {
    print(sync_by(*agent, sync), arguments, console);
    return kExitOk;
  }
  const Instant now = now_of(arguments);
  ProgressBar bar(console, quiet(arguments));
  const auto engine = open_engine(arguments, Access::write, now, bar.callback());
  const SyncReport done = engine->sync(sync, now, bar.callback());
  engine->close();
  bar.clear();
  print(done, arguments, console);
  return kExitOk;
}

}  // namespace

const Command kSync = {"sync", "Send finished buckets to SQLite or PostgreSQL.", options, run_sync};

}  // namespace tidemark::cli
