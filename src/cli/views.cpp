#include <tidemark/engine.hpp>

#include "cli/command.hpp"
#include "cli/common_options.hpp"
#include "cli/read_side.hpp"
#include "cli/table_output.hpp"
#include "render/view_tables.hpp"

namespace tidemark::cli {

namespace {

constexpr std::uint64_t kDefaultLogRows = 20;

OptionSet options() {
  OptionSet set(
      "[list] | show VIEW | refresh [VIEW…] | log [VIEW]",
      "list:    prints how each view stands: its schedule, when it was refreshed, and how the last attempt ended.\n"
      "show:    prints a view's rows, as of its last complete refresh.\n"
      "refresh: refreshes the named views now, or all of them. One that fails keeps its rows and stops no other.\n"
      "log:     prints the last attempts, the newest first.\n"
      "With --sink: the views that are kept at that sink.");
  set.value("limit", "N", "log: how many rows. Default: 20.");
  add_sink_options(set);
  add_store_options(set);
  add_output_options(set);
  set.positionals("'list', 'show', 'refresh' or 'log'", 0);
  return set;
}

std::vector<std::string> names_of(const Arguments& arguments, std::size_t most) {
  const auto& words = arguments.positionals();
  std::vector<std::string> names(words.begin() + 1, words.end());
  if (names.size() > most) throw UsageError(words.front() + ": expected one view, found more");
  return names;
}

int refresh(const Arguments& arguments, Console& console) {
  const OutputFormat format = output_format(arguments);
  const auto attempts =
      open_read_side(arguments, true)->refresh_views(names_of(arguments, SIZE_MAX), clock_of(arguments));
  if (!quiet(arguments)) print_table(refreshes_table(attempts), format, console);
  int code = kExitOk;
  for (const Refresh& attempt : attempts) {
    if (attempt.status == Refresh::Status::success) continue;
    console.message("view " + attempt.view + " was not refreshed: " + attempt.error);
    code = kExitFailure;
  }
  return code;
}

int show(const Arguments& arguments, Console& console) {
  const OutputFormat format = output_format(arguments);
  const auto names = names_of(arguments, 1);
  if (names.empty()) throw UsageError("show: expected the name of a view");
  const ViewRows view = open_read_side(arguments, false)->view(names.front());
  if (!view.info.success)
    throw InputError("view " + names.front() + " has no rows yet: " +
                     (view.info.last ? "its last refresh failed: " + view.info.last->error
                                     : "run 'tidemark views refresh " + names.front() + "'"));
  print_table(view.table, format, console);
  if (!quiet(arguments) && format == OutputFormat::table)
    console.message("refreshed at " +
                    format_rfc3339(view.info.success->completed.value_or(view.info.success->started)));
  return kExitOk;
}

int list(const Arguments& arguments, Console& console) {
  const OutputFormat format = output_format(arguments);
  print_table(views_table(open_read_side(arguments, false)->views()), format, console);
  return kExitOk;
}

int log(const Arguments& arguments, Console& console) {
  const OutputFormat format = output_format(arguments);
  const auto names = names_of(arguments, 1);
  const std::uint64_t limit = arguments.count("limit", kDefaultLogRows, 1);
  print_table(refreshes_table(open_read_side(arguments, false)
                                  ->refresh_log(names.empty() ? "" : names.front(), static_cast<std::size_t>(limit))),
              format, console);
  return kExitOk;
}

int run_views(const Arguments& arguments, Console& console) {
  const std::string verb = arguments.positionals().empty() ? "list" : arguments.positionals().front();
  if (verb == "list") return list(arguments, console);
  if (verb == "show") return show(arguments, console);
  if (verb == "refresh") return refresh(arguments, console);
  if (verb == "log") return log(arguments, console);
  throw UsageError("expected 'list', 'show', 'refresh' or 'log', found '" + verb + "'");
}

}  // namespace

const Command kViews = {"views", "List, show or refresh views; show the refresh log.", options, run_views};

}  // namespace tidemark::cli
