#include <tidemark/engine.hpp>

#include "cli/command.hpp"
#include "cli/common_options.hpp"
#include "cli/read_side.hpp"
#include "cli/running_agent.hpp"
#include "cli/table_output.hpp"
#include "http/target.hpp"
#include "render/view_tables.hpp"
#include "render/views.hpp"

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

std::string path_of(const std::string& view) { return "/api/v1/views/" + http::encode_component(view); }

std::vector<Refresh> refresh_all(const Arguments& arguments, Console& console) {
  std::vector<std::string> names = names_of(arguments, SIZE_MAX);
  const auto agent = agent_of(arguments, console);
  if (!agent) return open_read_side(arguments, true)->refresh_views(names, clock_of(arguments));
  if (names.empty()) names = agent->views();
  std::vector<Refresh> attempts;
  for (const std::string& name : names) attempts.push_back(agent->refresh_view(name));
  return attempts;
}

int refresh(const Arguments& arguments, Console& console) {
  const OutputFormat format = output_format(arguments);
  const std::vector<Refresh> attempts = refresh_all(arguments, console);
  if (format == OutputFormat::json)
    console.out.write(Report().set("refreshes", refreshes_json(attempts)).json());
  else if (!quiet(arguments))
    print_table(refreshes_table(attempts), format, console);
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
  if (const auto agent = agent_of(arguments, console)) {
    print_answer(*agent, path_of(names.front()) + "/rows", format, console);
    return kExitOk;
  }
  const ViewRows view = open_read_side(arguments, false)->view(names.front());
  if (!view.info.success)
    throw InputError("view " + names.front() + " has no rows yet: " +
                     (view.info.last && view.info.last->status == Refresh::Status::failed
                          ? "its last refresh failed: " + view.info.last->error
                          : "run 'tidemark views refresh " + names.front() + "'"));
  print_table(view.table, format, console);
  if (!quiet(arguments) && format == OutputFormat::table)
    console.message("refreshed at " +
                    format_rfc3339(view.info.success->completed.value_or(view.info.success->started)));
  return kExitOk;
}

int list(const Arguments& arguments, Console& console) {
  const OutputFormat format = output_format(arguments);
  if (const auto agent = agent_of(arguments, console)) {
    print_answer(*agent, "/api/v1/views", format, console);
    return kExitOk;
  }
  const std::vector<ViewInfo> views = open_read_side(arguments, false)->views();
  if (format == OutputFormat::json)
    console.out.write(Report().set("views", views_json(views)).json());
  else
    print_table(views_table(views), format, console);
  return kExitOk;
}

int log(const Arguments& arguments, Console& console) {
  const OutputFormat format = output_format(arguments);
  const auto names = names_of(arguments, 1);
  const std::uint64_t limit = arguments.count("limit", kDefaultLogRows, 1);
  if (const auto agent = agent_of(arguments, console)) {
    const std::string path = names.empty() ? "/api/v1/refreshes" : path_of(names.front()) + "/log";
    print_answer(*agent, path + "?limit=" + std::to_string(limit), format, console);
    return kExitOk;
  }
  const auto attempts = open_read_side(arguments, false)
                            ->refresh_log(names.empty() ? "" : names.front(), static_cast<std::size_t>(limit));
  if (format == OutputFormat::json)
    console.out.write(Report().set("refreshes", refreshes_json(attempts)).json());
  else
    print_table(refreshes_table(attempts), format, console);
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
