#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/console.hpp"
#include "cli/options.hpp"

namespace tidemark::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;  ///< The store, a sink, or the machine failed.
inline constexpr int kExitUsage = 2;    ///< The command line or the input is wrong.

/// One command of the `tidemark` executable.
struct Command {
  std::string_view name;
  std::string_view summary;  ///< One line for `tidemark help`.
  OptionSet (*options)();
  /// Returns the exit code. Errors: as the library throws them.
  int (*run)(const Arguments& arguments, Console& console);
};

extern const Command kAgent, kConfig, kJobs, kRejects, kBackup;
extern const Command kIngest, kRecompute, kRetain, kSync, kQuery, kStatus, kVerify, kAgents, kDrain, kSchema, kGenerate, kHelp;
extern const Command kViews, kTable, kRecents;

/// All of them, in the order in which help lists them.
std::span<const Command* const> commands();

/// Nullptr when there is none.
const Command* find_command(std::string_view name);

/// The overview that `tidemark help` prints.
std::string overview();

/// Everything after the program's name. Returns the exit code; prints errors; throws nothing.
int run(const std::vector<std::string>& words, Console& console);

}  // namespace tidemark::cli
