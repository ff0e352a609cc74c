#include <filesystem>

#include <tidemark/engine.hpp>

#include "cli/command.hpp"
#include "cli/running_agent.hpp"
#include "cli/summary.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set(
      "[OPTION]… DIR",
      "Makes a consistent copy of the store in a new folder, also while an agent runs. On the same filesystem\n"
      "it takes hardly any space at first. A store that is opened from it begins a new epoch.");
  add_store_options(set);
  add_output_options(set);
  set.positionals("a new folder DIR", 1, 1);
  return set;
}

int run_backup(const Arguments& arguments, Console& console) {
  output_format(arguments);
  // An agent has a working directory of its own.
  const std::string folder = std::filesystem::absolute(arguments.positionals().front()).lexically_normal().string();
  if (const auto agent = RunningAgent::find(arguments, console)) {
    std::string body = "{\"folder\": ";
    append_json_text(body, folder);
    agent->post("/api/v1/backup", body + "}");
  } else {
    const auto engine = open_engine(arguments, Access::write, now_of(arguments));
    engine->backup(folder);
    engine->close();
  }
  print_summary(arguments, console, Report().set("folder", Value(folder)), "copied the store to " + folder + '\n');
  return kExitOk;
}

}  // namespace

const Command kBackup = {"backup", "Copy the store, also while an agent runs.", options, run_backup};

}  // namespace tidemark::cli
