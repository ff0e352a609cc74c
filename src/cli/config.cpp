#include <tidemark/engine.hpp>

#include "agent/jobs.hpp"
#include "agent/secrets.hpp"
#include "cli/agent_config.hpp"
#include "cli/command.hpp"
#include "cli/summary.hpp"
#include "engine/schema_files.hpp"
#include "engine/time_zones.hpp"
#include "sink/sink.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set("check|show [OPTION]…",
                "check: reads the configuration of the agent, its definitions and its secret files, and says what is\n"
                "wrong. show: prints what is in force, with passwords masked, and where each value comes from.\n"
                "Both take the options of 'tidemark agent'. Every key is in docs/agent.md.");
  add_config_options(set);
  add_output_options(set, false);
  set.positionals("check or show", 1, 1);
  return set;
}

void tell(const std::vector<std::string>& warnings, Console& console) {
  for (const std::string& warning : warnings) console.message("warning: " + warning);
}

int check(const Arguments& arguments, Console& console) {
  const agent::LoadedConfig loaded = read_agent_config(arguments);
  tell(loaded.warnings, console);
  agent::check_time_zone(loaded.config.loops);
  for (const agent::SinkConfig& sink : loaded.config.sinks) sink_name(sink.url);
  if (!loaded.config.schemas.empty()) check_time_zones(*read_or_shipped_schema(loaded.config.schemas));
  tell(agent::read_secrets(loaded.config).warnings, console);
  const std::string file = config_file(arguments);
  print_summary(arguments, console, Report().set("file", Value(file)).set("valid", Value(true)),
                (file.empty() ? std::string("there is no file; everything else") : file) + " is fine\n");
  return kExitOk;
}

std::string shown_text(const std::vector<agent::ShownValue>& shown) {
  std::size_t width = 0;
  for (const auto& value : shown) width = std::max(width, value.key.size() + value.value.size() + 3);
  width = std::min<std::size_t>(width, 60);
  std::string out;
  for (const auto& [key, value, origin] : shown) {
    const std::string line = key + " = " + value;
    out += line + std::string(line.size() < width ? width - line.size() : 0, ' ') + "  # " + origin.text + '\n';
  }
  return out;
}

int show(const Arguments& arguments, Console& console) {
  const agent::LoadedConfig loaded = read_agent_config(arguments);
  tell(loaded.warnings, console);
  Report report = Report::list();
  for (const auto& [key, value, origin] : loaded.shown)
    report.add(Report().set("key", Value(key)).set("value", Value(value)).set("from", Value(origin.text)));
  print_summary(arguments, console, report, shown_text(loaded.shown));
  return kExitOk;
}

int run_config(const Arguments& arguments, Console& console) {
  const std::string& what = arguments.positionals().front();
  if (what == "check") return check(arguments, console);
  if (what == "show") return show(arguments, console);
  throw UsageError("expected check or show, found '" + what + "'");
}

}  // namespace

const Command kConfig = {"config", "Check or show the configuration of the agent.", options, run_config};

}  // namespace tidemark::cli
