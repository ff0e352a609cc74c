#include <tidemark/engine.hpp>

#include "cli/command.hpp"
#include "cli/common_options.hpp"
#include "cli/read_side.hpp"
#include "cli/running_agent.hpp"
#include "cli/table_output.hpp"
#include "http/target.hpp"

namespace tidemark::cli {

namespace {

constexpr std::uint64_t kDefaultLimit = 50;

OptionSet options() {
  OptionSet set("RECENT [VALUE…] [OPTION]…",
                "Prints the things of a group that were used last, the newest first.\n"
                "A VALUE for each field that makes the recent's groups; a label set as a,b, or [] for the empty one.");
  set.value("limit", "N", "How many. Default: 50.");
  add_sink_options(set);
  add_store_options(set);
  add_output_options(set);
  set.positionals("the name of one RECENT, and the values of one group", 1);
  return set;
}

std::string target_of(const Arguments& arguments, std::uint64_t limit) {
  std::string target = "/api/v1/recents";
  for (const std::string& word : arguments.positionals()) target += "/" + http::encode_component(word);
  return target + query_text({{"limit", std::to_string(limit)}});
}

int run_recents(const Arguments& arguments, Console& console) {
  const OutputFormat format = output_format(arguments);
  const std::uint64_t limit = arguments.count("limit", kDefaultLimit, 1);
  if (const auto agent = agent_of(arguments, console)) {
    print_answer(*agent, target_of(arguments, limit), format, console);
    return kExitOk;
  }
  const auto& words = arguments.positionals();
  const std::vector<std::string> group(words.begin() + 1, words.end());
  print_table(open_read_side(arguments, false)
                  ->recent(words.front(), group, static_cast<std::size_t>(limit), now_of(arguments)),
              format, console);
  return kExitOk;
}

}  // namespace

const Command kRecents = {"recents", "Print what was used last in a group.", options, run_recents};

}  // namespace tidemark::cli
