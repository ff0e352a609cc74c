#include "cli/command.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set("[COMMAND]", "Explains a command, or lists them all.");
  set.positionals("the name of one COMMAND", 0, 1);
  return set;
}

int run_help(const Arguments& arguments, Console& console) {
  if (arguments.positionals().empty()) {
    console.out.write(overview());
    return kExitOk;
  }
  const std::string& name = arguments.positionals().front();
  const Command* command = find_command(name);
  if (command == nullptr) throw UsageError("no such command: '" + name + "'");
  console.out.write(command->options().help(name));
  return kExitOk;
}

}  // namespace

const Command kHelp = {"help", "Explain a command.", options, run_help};

}  // namespace tidemark::cli
