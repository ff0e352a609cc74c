#include <tidemark/engine.hpp>

#include "agent/agent.hpp"
#include "agent/job_results.hpp"
#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "cli/running_agent.hpp"
#include "cli/sync_report.hpp"
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
  set.flag("retry-quarantined", "Also send rows that the sink has refused before.");
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
  if (sync.retry_quarantined)
    throw UsageError("--retry-quarantined: a running agent does not send again what was refused; stop it first");
  const std::string wanted = sink_name(sync.sink_url);
  std::string known;
  for (const auto& [job, result] : agent.jobs()) {
    if (!job.starts_with(agent::kSyncJob)) continue;
    const auto last = agent::parse_sync(result);
    if (last && last->sink == wanted) return understood(agent::parse_sync(agent.run_job(job)));
    if (last) known += (known.empty() ? "" : ", ") + last->sink;
  }
  throw InputError("the agent that runs on this store has no sink " + wanted + "; it has " +
                   (known.empty() ? "none" : known) + ". Add it to the agent's configuration, or stop the agent");
}

int run_sync(const Arguments& arguments, Console& console) {
  output_format(arguments);
  Engine::SyncOptions sync;
  sync.sink_url = required_sink(arguments);
  sync.unfinished = arguments.has("unfinished");
  sync.retry_quarantined = arguments.has("retry-quarantined");
  if (arguments.has("ddl")) return print_ddl(arguments, console, sync.sink_url);
  if (const auto agent = RunningAgent::find(arguments, console)) {
    print_sync_report(sync_by(*agent, sync), arguments, console);
    return kExitOk;
  }
  const Instant now = now_of(arguments);
  ProgressBar bar(console, quiet(arguments));
  const auto engine = open_engine(arguments, Access::write, now, bar.callback());
  const SyncReport done = engine->sync(sync, now, bar.callback());
  engine->close();
  bar.clear();
  print_sync_report(done, arguments, console);
  return kExitOk;
}

}  // namespace

const Command kSync = {"sync", "Send finished buckets to SQLite or PostgreSQL.", options, run_sync};

}  // namespace tidemark::cli
