#include "cli/command.hpp"

#include <algorithm>
#include <array>
#include <new>

#include <tidemark/engine.hpp>

#include "cli/library_versions.hpp"
#include "render/text_table.hpp"

namespace tidemark::cli {

namespace {

constexpr std::array<const Command*, 20> kCommands = {
    &kAgent, &kConfig,  &kIngest, &kRecompute, &kRetain,  &kSync,   &kDrain,  &kAgents, &kQuery,    &kViews,
    &kTable, &kRecents, &kStatus, &kJobs,      &kRejects, &kVerify, &kBackup, &kSchema, &kGenerate, &kHelp};
/// What a shell reports for a program that SIGPIPE ended.
constexpr int kExitBrokenPipe = 141;

int run_command(const Command& command, const std::vector<std::string>& words, Console& console) {
  try {
    const OptionSet options = command.options();
    const Arguments arguments = options.parse(words);
    if (arguments.has("help")) {
      console.out.write(options.help(command.name));
      return kExitOk;
    }
    return command.run(arguments, console);
  } catch (const UsageError& e) {
    const std::string name(command.name);
    console.message(name + ": " + e.what() + "\nTry 'tidemark help " + name + "'.");
    return kExitUsage;
  }
}

int dispatch(const std::vector<std::string>& words, Console& console) {
  if (words.empty()) {
    console.error_text(overview());
    return kExitUsage;
  }
  const std::string& name = words.front();
  if (name == "--version") {
    console.out.write(version_text() + library_versions() + '\n');
    return kExitOk;
  }
  if (name == "--help" || name == "-h") {
    console.out.write(overview());
    return kExitOk;
  }
  if (const Command* command = find_command(name)) {
    return run_command(*command, {words.begin() + 1, words.end()}, console);
  }
  console.message(
      (name.starts_with('-') ? "the command comes first, then its options; found '" : "no such command: '") + name +
      "'\nTry 'tidemark help'.");
  return kExitUsage;
}

}  // namespace

std::span<const Command* const> commands() { return kCommands; }

const Command* find_command(std::string_view name) {
  const auto it = std::find_if(kCommands.begin(), kCommands.end(), [&](const Command* c) { return c->name == name; });
  return it == kCommands.end() ? nullptr : *it;
}

std::string overview() {
  std::string out =
      "tidemark keeps exact rollups of CI jobs, pipelines and tests, and syncs them to SQLite or PostgreSQL.\n\n"
      "usage: tidemark COMMAND [OPTION]… [ARGUMENT]…\n\n";
  for (const Command* command : kCommands) {
    out += "  " + std::string(command->name) + std::string(12 - command->name.size(), ' ');
    out += std::string(command->summary) + '\n';
  }
  return out + "\n'tidemark help COMMAND' explains one; 'tidemark --version' says what is installed.\n";
}

// The one place where a command's failure becomes an exit code.
int run(const std::vector<std::string>& words, Console& console) {
  try {
    const int code = dispatch(words, console);
    console.out.flush();
    return code;
  } catch (const BrokenPipe&) {
    return kExitBrokenPipe;
  } catch (const InputError& e) {
    console.message(e.what());
    return kExitUsage;
  } catch (const std::bad_alloc&) {
    console.message("out of memory");
    return kExitFailure;
  } catch (const std::exception& e) {
    console.message(e.what());
    return kExitFailure;
  }
}

}  // namespace tidemark::cli
