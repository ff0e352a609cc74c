#include <tidemark/engine.hpp>

#include "cli/command.hpp"
#include "cli/common_options.hpp"
#include "cli/running_agent.hpp"
#include "cli/table_output.hpp"
#include "cli/time_argument.hpp"
#include "http/target.hpp"
#include "read/query_text.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set("ROLLUP [OPTION]…",
                "Prints a rollup's buckets, or exact merges of them over longer windows and fewer dimensions.\n"
                "Times are RFC 3339, dates, or before now: 2026-01-01T00:00:00Z, 2026-01-01, -7d.");
  set.values("where", "DIM=VALUE", "Only this value of a dimension; may be repeated. A label set as a,b.");
  set.value("from", "TIME", "Windows that start here or later.");
  set.value("to", "TIME", "Windows that start before this.");
  set.value("every", "1h|1d|7d|all",
            "The width of windows, a multiple of the rollup's; all: one window.\n"
            "Default: the rollup's own buckets.");
  set.value("by", "DIM,…", "The dimensions to keep; '' merges over all. Default: all of them.");
  set.value("columns", "A,B", "Which aggregates. Default: all.");
  add_sink_options(set);
  add_store_options(set);
  add_output_options(set);
  set.positionals("the name of one ROLLUP", 1, 1);
  return set;
}

void set_windows(Query& query, const Arguments& arguments) {
  const auto every = arguments.find("every");
  if (!every) return;
  if (!parse_query_windows(*every, query))
    throw UsageError("--every: " + std::string(kQueryWindowsExpected) + "; found '" + *every + "'");
}

Query query_of(const Arguments& arguments, Instant now) {
  Query query;
  query.rollup = arguments.positionals().front();
  for (const std::string& word : arguments.all("where")) query.where.push_back(split_assignment("--where", word));
  if (const auto from = arguments.find("from")) query.from = parse_time_argument("--from", *from, now);
  if (const auto to = arguments.find("to")) query.to = parse_time_argument("--to", *to, now);
  set_windows(query, arguments);
  if (const auto by = arguments.find("by")) query.by = split_names(*by);
  if (const auto columns = arguments.find("columns")) query.columns = split_names(*columns);
  return query;
}

/// A sink is read without a store, unless one is named for its definitions.
Table answer(const Arguments& arguments, const Query& query, Instant now) {
  const std::string sink = named_sink(arguments);
  if (!sink.empty() && !arguments.has("store")) return query_sink(sink, arguments.all("schema"), query);
  return open_engine(arguments, Access::read, now)->query(query, now, sink);
}

/// Times go as instants: a sender's `-7d` counts from its own now.
std::string target_of(const Arguments& arguments, const Query& query, OutputFormat format, std::size_t width) {
  const char* word = format == OutputFormat::table ? "table" : format == OutputFormat::csv ? "csv" : "json";
  std::vector<std::pair<std::string, std::string>> parameters = {{"format", word}, {"limit", "all"}};
  if (format == OutputFormat::table) parameters.emplace_back("width", std::to_string(width));
  for (const std::string& where : arguments.all("where")) parameters.emplace_back("where", where);
  if (query.from) parameters.emplace_back("from", format_rfc3339(*query.from));
  if (query.to) parameters.emplace_back("to", format_rfc3339(*query.to));
  for (const char* name : {"every", "by", "columns"})
    if (const auto value = arguments.find(name)) parameters.emplace_back(name, *value);
  return "/api/v1/rollups/" + http::encode_component(query.rollup) + query_text(parameters);
}

int query_agent(RunningAgent& agent, const Arguments& arguments, OutputFormat format, Console& console) {
  const Query query = query_of(arguments, now_of(arguments));
  const auto answer = agent.get(target_of(arguments, query, format, console.out.terminal_columns()));
  console.out.write(answer.body);
  console.out.flush();
  if (format == OutputFormat::json) return kExitOk;
  for (const auto& [name, value] : answer.headers)
    if (name == "Tidemark-Note") console.message("note: " + value);
  return kExitOk;
}

int run_query(const Arguments& arguments, Console& console) {
  const OutputFormat format = output_format(arguments);
  if (named_sink(arguments).empty())
    if (const auto agent = RunningAgent::find(arguments, console))
      return query_agent(*agent, arguments, format, console);
  const Instant now = now_of(arguments);
  const Table table = answer(arguments, query_of(arguments, now), now);
  print_table(table, format, console);
  return kExitOk;
}

}  // namespace

const Command kQuery = {"query", "Print buckets, or exact merges of them.", options, run_query};

}  // namespace tidemark::cli
