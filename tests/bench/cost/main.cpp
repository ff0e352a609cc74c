// What a span costs, in figures that do not drift with the machine: how often memory is allocated, and, under callgrind,
// how many instructions run. The input is always the same.
//
// bench_cost --folder DIR --schema TOML [--spans N]
//
// `valgrind --tool=callgrind --toggle-collect=measured_decode` (or `measured_ingest`, `measured_recompute`) counts what
// runs below that function, in its thread.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <stdexcept>

#include "common/engine_run.hpp"
#include "common/scenario.hpp"
#include "cost/allocations.hpp"
#include "decode/decode.hpp"
#include "engine/schema_files.hpp"

using namespace tidemark;

// Names that callgrind finds, and calls that no compiler takes apart.
extern "C" {
[[gnu::noinline]] void measured_decode(std::string_view request, const DecodeContext& context, SpanBatch& batch,
                                       DecodeReport& report) {
  decode_otlp_protobuf(request, context, batch, report);
}
[[gnu::noinline]] void measured_ingest(Engine& engine, const std::string& request, const IngestContext& context,
                                       IngestReport& report) {
  report.merge(engine.ingest(request, context));
}
[[gnu::noinline]] void measured_recompute(Engine& engine, Instant now, RecomputeReport& report) {
  report = engine.recompute(now);
}
}

namespace tidemark::bench {
namespace {

/// Adds up what `work` allocates, all threads together.
template <typename Work>
void count(Allocations& sum, const Work& work) {
  const Allocations before = allocations();
  work();
  const Allocations after = allocations();
  sum.count += after.count - before.count;
  sum.bytes += after.bytes - before.bytes;
}

void run(const std::map<std::string, std::string>& arguments) {
  const std::string& folder = arguments.at("--folder");
  const WorkloadSource source(std::stoull(arguments.at("--spans")));
  const std::vector<std::string> requests = encode_all(source);
  const std::string definitions = job_definitions(arguments.at("--schema"), folder);
  const SchemaPtr schema = read_or_shipped_schema({definitions});
  std::map<std::string, Allocations> stages;
  std::uint64_t decoded = 0;
  for (const std::string& request : requests) {
    DecodeReport report;
    count(stages["decode"], [&] {
      SpanBatch batch;
      measured_decode(request, {*schema, "request", source.now(), {}}, batch, report);
      decoded += batch.size();
    });
  }
  const auto engine = open_new(options_of(folder + "/cost", definitions), source.now());
  const IngestContext context = request_context(source.now());
  IngestReport ingested;
  for (const std::string& request : requests)
    count(stages["ingest"], [&] { measured_ingest(*engine, request, context, ingested); });
  RecomputeReport computed;
  count(stages["recompute"], [&] { measured_recompute(*engine, source.now(), computed); });
  if (decoded != source.size() || ingested.accepted != source.size() || computed.spans != source.size())
    throw std::runtime_error("not every span went all the way");

  Figures figures;
  for (const auto& [stage, sum] : stages) {
    figures["allocations." + stage] = static_cast<double>(sum.count) / static_cast<double>(source.size());
    figures["allocations." + stage + "_bytes"] = static_cast<double>(sum.bytes) / static_cast<double>(source.size());
  }
  append_figures(folder, "cost", figures);
}

}  // namespace
}  // namespace tidemark::bench

int main(int argc, char** argv) {
  try {
    std::map<std::string, std::string> arguments = {{"--spans", "20000"}};
    for (int i = 1; i + 1 < argc; i += 2) arguments[argv[i]] = argv[i + 1];
    tidemark::bench::run(arguments);
    return EXIT_SUCCESS;
  } catch (const std::exception& e) {
    std::cerr << "bench_cost: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
