#include <tidemark/engine.hpp>

#include "cli/command.hpp"
#include "cli/common_options.hpp"
#include "cli/input_file.hpp"
#include "cli/interrupt.hpp"
#include "cli/progress.hpp"
#include "cli/remote_ingest.hpp"
#include "render/ingest_report.hpp"
#include "render/text_table.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set(
      "[OPTION]… FILE…",
      "Reads spans from files, or from stdin as '-', and writes them to the store, which is made if there is\n"
      "none. What it reports as accepted is durable. Spans that the store has already are duplicates and change\n"
      "nothing, so a file may be ingested again after any failure.");
  set.value("format", "FORMAT", "auto, ndjson, otlp-json, otlp-protobuf, junit, or the webhooks of github, buildkite or gitlab: of the input. Default: auto.");
  set.values("set", "FIELD=VALUE", "A field that spans in the input leave out (owner, repository, branch, run, …).");
  set.flag("backfill", "Take spans that ended before the horizon up to which identities are remembered.");
  add_store_options(set);
  add_output_options(set, false);
  set.positionals("FILE… or '-'", 1);
  return set;
}

InputFormat input_format(const Arguments& arguments) {
  const std::string word =
      arguments.choice("format", "auto", {"auto", "ndjson", "otlp-json", "otlp-protobuf", "junit", "github", "buildkite", "gitlab"});
  if (word == "ndjson") return InputFormat::ndjson;
  if (word == "otlp-json") return InputFormat::otlp_json;
  if (word == "otlp-protobuf") return InputFormat::otlp_protobuf;
  if (word == "junit") return InputFormat::junit;
  if (word == "github") return InputFormat::github;
  if (word == "buildkite") return InputFormat::buildkite;
  if (word == "gitlab") return InputFormat::gitlab;
  return InputFormat::automatic;
}

IngestContext context_of(const Arguments& arguments, Instant now) {
  IngestContext context;
  context.format = input_format(arguments);
  context.now = now;
  context.backfill = arguments.has("backfill");
  for (const std::string& word : arguments.all("set")) context.defaults.insert(split_assignment("--set", word));
  return context;
}

std::uint64_t spans_in(const IngestReport& report) {
  return report.accepted + report.duplicates + report.decode.rejections.total();
}

/// Where spans go: an engine, or a running agent. As Engine::ingest_stream.
using Take = std::function<IngestReport(const Engine::ReadBytes&, const IngestContext&,
                                        const std::function<void(std::uint64_t, const IngestReport&)>&)>;

/// Ingests one file into `report`, which holds what was accepted so far also when this throws.
void ingest_file(const Take& take, const IngestContext& context, ProgressBar& bar, IngestReport& report) {
  InputFile file(context.name);
  // Lines stand for themselves; a document must not be cut. What it is shows when spans come before its end.
  bool lines = context.format == InputFormat::ndjson;
  const auto read = [&](char* buffer, std::size_t size) { return file.read(buffer, size, lines); };
  const auto progress = [&](std::uint64_t bytes, const IngestReport& so_far) {
    report = so_far;
    if (context.format == InputFormat::automatic && spans_in(so_far) != 0) lines = true;
    bar.update(context.name + ": " + counted(spans_in(so_far), "span") + ", bytes", bytes, file.size());
  };
  report = take(read, context, progress);
}

/// A wrong file spoils no other one; a store that fails ends it all.
void ingest_files(const Take& take, IngestContext context, const Arguments& arguments, ProgressBar& bar,
                  IngestOutcome& outcome) {
  for (const std::string& name : arguments.positionals()) {
    if (interrupted()) break;
    context.name = name;
    IngestReport report;
    try {
      ingest_file(take, context, bar, report);
      if (undecodable(report)) outcome.failed_files.emplace_back(name, "nothing in it could be decoded");
    } catch (const InputFile::Interrupted&) {
      // Seen by the loop.
    } catch (const InputError& e) {
      outcome.failed_files.emplace_back(name, e.what());
    }
    outcome.total.merge(report);
  }
  outcome.interrupted = interrupted();
}

void show_problems(const IngestOutcome& outcome, Console& console) {
  const Rejections& rejections = outcome.total.decode.rejections;
  for (const Rejection& r : rejections.examples()) {
    console.message("rejected: " + r.where + ": " + std::string(name_of(r.reason)) + ": " + r.message);
  }
  if (rejections.total() > rejections.examples().size() && !rejections.examples().empty()) {
    console.message("rejected " + with_commas(rejections.total()) + " in all; these were the first");
  }
  for (const auto& [name, message] : outcome.failed_files) console.message(name + ": " + message);
  if (outcome.interrupted) console.message("interrupted; what is reported as accepted is kept");
}

int run_ingest(const Arguments& arguments, Console& console) {
  const OutputFormat format = output_format(arguments, false);
  const Instant now = now_of(arguments);
  const IngestContext context = context_of(arguments, now);
  catch_interrupts();
  ProgressBar bar(console, quiet(arguments));
  IngestOutcome outcome;
  if (const auto agent = RunningAgent::find(arguments, console)) {
    const std::string word = arguments.find("format").value_or("auto");
    const Take take = [&](const auto& read, const auto& of_file, const auto& progress) {
      return ingest_remotely(*agent, read, of_file, word, progress);
    };
    ingest_files(take, context, arguments, bar, outcome);
  } else {
    const auto engine = open_engine(arguments, Access::create, now, bar.callback());
    const Take take = [&](const auto& read, const auto& of_file, const auto& progress) {
      return engine->ingest_stream(read, of_file, progress);
    };
    ingest_files(take, context, arguments, bar, outcome);
    engine->close();
  }
  bar.clear();
  show_problems(outcome, console);
  if (format == OutputFormat::json)
    console.out.write(ingest_json(outcome).json());
  else if (format == OutputFormat::csv)
    console.out.write(ingest_json(outcome).csv());
  else if (!quiet(arguments))
    console.out.write(summary_line(outcome.total) + '\n');
  if (outcome.interrupted) return interrupt_exit_code();
  return outcome.failed_files.empty() ? kExitOk : kExitUsage;
}

}  // namespace

const Command kIngest = {"ingest", "Read spans from files into the store.", options, run_ingest};

}  // namespace tidemark::cli
