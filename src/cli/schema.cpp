#include <tidemark/engine.hpp>

#include "cli/command.hpp"
#include "cli/common_options.hpp"
#include "engine/schema_files.hpp"
#include "engine/time_zones.hpp"
#include "model/schema_toml.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set(
      "check [FILE|DIR…] | show",
      "check: reads definitions and says what is wrong with them: file, line, key, and what was expected.\n"
      "       Without a file: those of --schema, else the shipped ones.\n"
      "show:  prints the definitions in force as TOML: those of --schema, else the store's, else the shipped\n"
      "       ones. For a store, comments say from when on a rollup is complete.");
  add_store_options(set);
  set.flag("quiet", "check: print nothing when all is well.");
  set.positionals("'check' or 'show'", 1);
  return set;
}

int check(const Arguments& arguments, Console& console) {
  std::vector<std::string> paths = arguments.all("schema");
  paths.insert(paths.end(), arguments.positionals().begin() + 1, arguments.positionals().end());
  check_time_zones(*read_or_shipped_schema(paths));
  if (!quiet(arguments)) console.out.write(paths.empty() ? "the shipped definitions are valid\n" : "valid\n");
  return kExitOk;
}

int show(const Arguments& arguments, Console& console) {
  if (arguments.positionals().size() > 1) throw UsageError("show: name files with --schema");
  const std::vector<std::string> paths = arguments.all("schema");
  if (!paths.empty() || !store_exists(arguments)) {
    // A store that was asked for and is not there is a mistake; the default one may well be missing.
    if (paths.empty() && arguments.has("store")) open_engine(arguments, Access::read, now_of(arguments));
    console.out.write(format_schema(*read_or_shipped_schema(paths)));
  } else {
    console.out.write(open_engine(arguments, Access::read, now_of(arguments))->schema_text());
  }
  return kExitOk;
}

int run_schema(const Arguments& arguments, Console& console) {
  const std::string& verb = arguments.positionals().front();
  if (verb == "check") return check(arguments, console);
  if (verb == "show") return show(arguments, console);
  throw UsageError("expected 'check' or 'show', found '" + verb + "'");
}

}  // namespace

const Command kSchema = {"schema", "Check definitions, or show those in force.", options, run_schema};

}  // namespace tidemark::cli
