#include <tidemark/engine.hpp>

#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "cli/summary.hpp"
#include "render/text_table.hpp"

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

int run_sync(const Arguments& arguments, Console& console) {
  output_format(arguments);
  Engine::SyncOptions sync;
  sync.sink_url = required_sink(arguments);
  sync.unfinished = arguments.has("unfinished");
  if (arguments.has("ddl")) return print_ddl(arguments, console, sync.sink_url);
  const Instant now = now_of(arguments);
  ProgressBar bar(console, quiet(arguments));
  const auto engine = open_engine(arguments, Access::write, now, bar.callback());
  const SyncReport done = engine->sync(sync, now, bar.callback());
  engine->close();
  bar.clear();
  Report report;
  report.set("sink", Value(done.sink));
  report.set("rows", done.rows).set("transactions", done.transactions).set("waiting", done.waiting);
  print_summary(arguments, console, report,
                "sent " + counted(done.rows, "row") + " to " + printable(done.sink) + " in " +
                    counted(done.transactions, "transaction") + "; " + counted(done.waiting, "bucket") +
                    (done.waiting == 1 ? " waits" : " wait") + " to be finished or computed\n");
  return kExitOk;
}

}  // namespace

const Command kSync = {"sync", "Send finished buckets to SQLite or PostgreSQL.", options, run_sync};

}  // namespace tidemark::cli
