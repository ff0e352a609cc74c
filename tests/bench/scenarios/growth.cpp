#include "common/engine_run.hpp"
#include "common/host.hpp"
#include "common/stopwatch.hpp"
#include "scenarios/scenarios.hpp"

namespace tidemark::bench {

void run_growth(const Setup& setup, Figures& figures) {
  constexpr std::uint64_t kSpansPerHour = 1'000'000 / kHours;
  const WorkloadSource source(setup.spans, 1, static_cast<std::int64_t>(setup.spans / kSpansPerHour));
  const std::string name = "growth_" + std::to_string(setup.spans);
  const std::string store = setup.folder + "/" + name;
  const auto set_us = [&](const std::string& what, double seconds, double cpu) {
    figures[name + "." + what + "_us"] = seconds * 1e6 / static_cast<double>(source.size());
    figures[name + "." + what + "_cpu_us"] = cpu * 1e6 / static_cast<double>(source.size());
  };
  const auto engine = open_new(options_of(store, job_definitions(setup.schema, setup.folder)), source.now());
  const IngestTimes ingested = ingest_by_one(*engine, source);
  set_us("ingest", ingested.seconds, ingested.cpu_seconds);
  const RecomputeTimes computed = recompute_all(*engine, source.now());
  set_us("recompute", computed.seconds, computed.cpu_seconds);
  figures[name + ".peak_mb"] = peak_resident_mb();
  for (const bool whole_owner : {true, false}) {
    Query query = whole_owner ? busiest_owner(source) : busiest_job(source);
    query.from = kFrom;
    query.to = kFrom + hours(kHours);
    figures[name + (whole_owner ? ".owner_ms" : ".job_ms")] =
        median_ms_of(31, [&] { engine->query(query, source.now()); });
  }
  engine->close();
  figures[name + ".bytes_per_span"] = static_cast<double>(bytes_below(store)) / static_cast<double>(setup.spans);
}

}  // namespace tidemark::bench
