#include <set>
#include <stdexcept>

#include "common/engine_run.hpp"
#include "common/host.hpp"
#include "common/stopwatch.hpp"
#include "scenarios/scenarios.hpp"

namespace tidemark::bench {
namespace {

/// A span of every hour of another history of the same fleet; another one for each round.
std::vector<cli::WorkloadSpan> late_spans(const cli::Workload& other) {
  std::vector<cli::WorkloadSpan> late;
  std::set<std::int64_t> hours_seen;
  for (std::uint64_t i = 0; i < other.size(); ++i) {
    const cli::WorkloadSpan span = other.span(i);
    if (hours_seen.insert(window_start(span.ended_at, hours(1)).us).second) late.push_back(span);
  }
  return late;
}

}  // namespace

void run_late(const Setup& setup, Figures& figures) {
  const std::string store = setup.folder + "/late";
  copy_store(setup.folder + "/store", store);
  const WorkloadSource source(setup.spans);
  const auto engine = Engine::open(options_of(store, job_definitions(setup.schema, setup.folder)), source.now());
  std::vector<double> milliseconds;
  for (std::uint64_t seed = 2; seed < 11; ++seed) {
    const WorkloadSource other(10'000, seed);
    const std::vector<cli::WorkloadSpan> spans = late_spans(other.workload());
    const std::string request = encode(spans);
    IngestReport report;
    RecomputeTimes pass;
    milliseconds.push_back(1000 * seconds_of([&] {
                             report = engine->ingest(request, request_context(source.now()));
                             pass = recompute_all(*engine, source.now());
                           }));
    if (report.accepted != kHours || pass.spans != kHours) throw std::runtime_error("not every late span was taken in");
  }
  figures["late.ms"] = median(milliseconds);
}

}  // namespace tidemark::bench
