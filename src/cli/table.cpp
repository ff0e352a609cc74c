#include <tidemark/engine.hpp>

#include "cli/command.hpp"
#include "cli/common_options.hpp"
#include "cli/input_file.hpp"
#include "cli/read_side.hpp"
#include "cli/running_agent.hpp"
#include "cli/table_output.hpp"
#include "http/target.hpp"
#include "render/text_table.hpp"

namespace tidemark::cli {

namespace {

constexpr std::size_t kReadBytes = 64u << 10;
constexpr std::size_t kMaxBytes = 256u << 20;

OptionSet options() {
  OptionSet set(
      "put TABLE FILE | show TABLE",
      "put:  sets the rows of a dimension table, at once, to those of a CSV or NDJSON file (- is stdin). The\n"
      "      CSV begins with a header: the key and attributes, in any order.\n"
      "show: prints them.\n"
      "With --sink: the table that is kept at that sink, for the views there.");
  set.flag("merge", "put: rows of other keys stay. Default: they go.");
  set.value("format", "csv|ndjson", "put: what the file is. Default: by its name, else csv.");
  add_sink_options(set);
  add_store_options(set);
  add_output_options(set, false);
  set.positionals("'put' or 'show'", 2, 3);
  return set;
}

TableFormat format_of(const Arguments& arguments, const std::string& file) {
  const std::string by_name = file.ends_with(".ndjson") || file.ends_with(".jsonl") ? "ndjson" : "csv";
  return arguments.choice("format", by_name, {"csv", "ndjson"}) == "csv" ? TableFormat::csv : TableFormat::ndjson;
}

std::string read_file(const std::string& path) {
  std::string document;
  try {
    InputFile file(path);
    for (;;) {
      const std::size_t size = document.size();
      document.resize(size + kReadBytes);
      const std::size_t n = file.read(document.data() + size, kReadBytes, false);
      document.resize(size + n);
      if (n == 0) return document;
      if (document.size() > kMaxBytes) throw InputError("it has more than " + std::to_string(kMaxBytes >> 20) + " MiB");
    }
  } catch (const InputError& error) {
    throw InputError(path + ": " + error.what());
  }
}

void print_put(const Arguments& arguments, const std::string& table, std::uint64_t rows, Console& console) {
  Report report;
  report.set("table", Report(Value(std::string_view(table)))).set("rows", rows);
  switch (output_format(arguments, false)) {
    case OutputFormat::json: console.out.write(report.json()); break;
    case OutputFormat::csv: console.out.write(report.csv()); break;
    case OutputFormat::table:
      if (!quiet(arguments)) console.out.write("put " + counted(rows, "row") + " into " + table + '\n');
  }
}

int put(const Arguments& arguments, Console& console) {
  if (arguments.positionals().size() != 3) throw UsageError("put: expected the name of a table and a file");
  output_format(arguments, false);
  const std::string& table = arguments.positionals()[1];
  const std::string& file = arguments.positionals()[2];
  const TableFormat format = format_of(arguments, file);
  const std::string document = read_file(file);
  const bool merge = arguments.has("merge");
  const auto agent = agent_of(arguments, console);
  print_put(arguments, table,
            agent ? agent->put_table(table, document, format, merge)
                  : open_read_side(arguments, true)->put_table(table, document, format, file, merge),
            console);
  return kExitOk;
}

int show(const Arguments& arguments, Console& console) {
  if (arguments.positionals().size() != 2) throw UsageError("show: expected the name of one table");
  const OutputFormat format = output_format(arguments, false);
  const std::string& table = arguments.positionals()[1];
  if (const auto agent = agent_of(arguments, console)) {
    print_answer(*agent, "/api/v1/tables/" + http::encode_component(table), format, console);
    return kExitOk;
  }
  print_table(open_read_side(arguments, false)->table(table), format, console);
  return kExitOk;
}

int run_table(const Arguments& arguments, Console& console) {
  const std::string& verb = arguments.positionals().front();
  if (verb == "put") return put(arguments, console);
  if (verb == "show") return show(arguments, console);
  throw UsageError("expected 'put' or 'show', found '" + verb + "'");
}

}  // namespace

const Command kTable = {"table", "Put or show the rows of a dimension table.", options, run_table};

}  // namespace tidemark::cli
