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
  const auto us_per_span = [](double spans_per_second) { return 1e6 / spans_per_second; };
  const auto engine = open_new(options_of(store, job_definitions(setup.schema, setup.folder)), source.now());
  figures[name + ".ingest_us"] = us_per_span(ingest_by_one(*engine, source).spans_per_second());
  figures[name + ".recompute_us"] = us_per_span(recompute_all(*engine, source.now()).spans_per_second());
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
