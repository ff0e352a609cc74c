#include <stdexcept>

#include "common/engine_run.hpp"
#include "common/stopwatch.hpp"
#include "scenarios/scenarios.hpp"

namespace tidemark::bench {
namespace {

constexpr int kTimes = 31;

/// The median time of a query, and how many rows it gives.
double query_ms(Engine& engine, const Query& query, Instant now, double& rows) {
  rows = static_cast<double>(engine.query(query, now).rows.size());
  if (rows == 0) throw std::runtime_error("a query of " + query.rollup + " gave no rows");
  return median_ms_of(kTimes, [&] { engine.query(query, now); });
}

}  // namespace

void run_reads(const Setup& setup, Figures& figures) {
  const WorkloadSource source(setup.spans);
  const auto engine =
      Engine::open(options_of(setup.folder + "/store", job_definitions(setup.schema, setup.folder)), source.now());
  figures["reads.owner_ms"] = query_ms(*engine, busiest_owner(source), source.now(), figures["reads.owner_rows"]);
  figures["reads.job_ms"] = query_ms(*engine, busiest_job(source), source.now(), figures["reads.job_rows"]);
  Query total = query_of({});
  total.windows = Query::Windows::all;
  total.by = std::vector<std::string>{"owner"};
  figures["reads.total_ms"] = query_ms(*engine, total, source.now(), figures["reads.total_rows"]);
}

void run_month(const Setup& setup, Figures& figures) {
  constexpr std::int64_t kMonthHours = 30 * 24;
  const WorkloadSource source(setup.spans / 5, 1, kMonthHours);
  const auto engine =
      open_new(options_of(setup.folder + "/month", job_definitions(setup.schema, setup.folder)), source.now());
  ingest_by_one(*engine, source);
  recompute_all(*engine, source.now());
  Query owner = busiest_owner(source);
  owner.windows = Query::Windows::width;
  owner.width = days(1);
  owner.by = std::vector<std::string>{"owner"};
  figures["month.owner_by_day_ms"] = query_ms(*engine, owner, source.now(), figures["month.owner_by_day_rows"]);
  Query jobs = busiest_owner(source);
  jobs.windows = Query::Windows::width;
  jobs.width = days(1);
  figures["month.owner_jobs_by_day_ms"] =
      query_ms(*engine, jobs, source.now(), figures["month.owner_jobs_by_day_rows"]);
}

}  // namespace tidemark::bench
