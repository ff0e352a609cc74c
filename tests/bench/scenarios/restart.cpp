#include <unistd.h>

#include <limits>
#include <stdexcept>

#include "common/engine_run.hpp"
#include "common/stopwatch.hpp"
#include "scenarios/scenarios.hpp"

namespace tidemark::bench {
namespace {

EngineOptions crash_options(const Setup& setup) {
  EngineOptions options = options_of(setup.folder + "/crash", job_definitions(setup.schema, setup.folder));
  options.checkpoint_spans = std::numeric_limits<std::uint64_t>::max();
  return options;
}

}  // namespace

void run_crash(const Setup& setup, Figures&) {
  const WorkloadSource source(setup.spans);
  const auto engine = open_new(crash_options(setup), source.now());
  ingest_by_one(*engine, source);
  _exit(0);  // no destructor closes the store
}

void run_restart(const Setup& setup, Figures& figures) {
  const WorkloadSource source(setup.spans);
  std::unique_ptr<Engine> engine;
  const double seconds = seconds_of([&] { engine = Engine::open(crash_options(setup), source.now()); });
  const Status status = engine->status();
  if (status.totals.at("accepted") != source.size() || status.checkpoint_position != 0)
    throw std::runtime_error("the store was not left with every span past its checkpoint");
  figures["restart.ms"] = 1000 * seconds;
  figures["restart.spans"] = static_cast<double>(source.size()) / seconds;
}

}  // namespace tidemark::bench
