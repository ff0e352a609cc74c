#include <stdexcept>

#include "common/engine_run.hpp"
#include "common/stopwatch.hpp"
#include "scenarios/scenarios.hpp"

namespace tidemark::bench {
namespace {

constexpr std::uint64_t kSpansPerPass = 50'000;

/// The same spans, all of one job, and 48 hours pressed into one.
std::vector<cli::WorkloadSpan> hot_request(const WorkloadSource& source, std::size_t number) {
  const cli::WorkloadSpan job = source.workload().span(0);
  std::vector<cli::WorkloadSpan> spans = source.request(number);
  for (cli::WorkloadSpan& span : spans) {
    span.owner = job.owner;
    span.repository = job.repository;
    span.pipeline = job.pipeline;
    span.job = job.job;
    const Micros earlier{(span.ended_at - kFrom).count / kHours * (kHours - 1)};
    for (Instant* time : {&span.queued_at, &span.started_at, &span.ended_at}) *time = *time - earlier;
  }
  return spans;
}

}  // namespace

void run_hot_bucket(const Setup& setup, Figures& figures) {
  const WorkloadSource source(setup.spans);
  const auto engine =
      open_new(options_of(setup.folder + "/hot", job_definitions(setup.schema, setup.folder)), source.now());
  std::vector<double> acknowledged, passes;
  double pass_seconds = 0;
  std::uint64_t spans = 0;
  for (std::size_t i = 0; i < source.requests(); ++i) {
    const std::string request = encode(hot_request(source, i));
    acknowledged.push_back(
        1000 * seconds_of([&] { spans += engine->ingest(request, request_context(source.now())).accepted; }));
    if (spans % kSpansPerPass != 0 && i + 1 != source.requests()) continue;
    passes.push_back(recompute_all(*engine, source.now()).seconds);
    pass_seconds += passes.back();
  }
  const Table table = engine->query(busiest_job(source), source.now());
  if (spans != source.size() || table.rows.size() != 1)
    throw std::runtime_error("the hot bucket does not hold every span");
  figures["hot.p999_ms"] = quantile(acknowledged, 0.999);
  figures["hot.first_pass_ms"] = passes.front() * 1000;
  figures["hot.last_pass_ms"] = passes.back() * 1000;
  figures["hot.pass_us_per_span"] = pass_seconds * 1e6 / static_cast<double>(spans);

  // The same number of passes over the usual workload, for comparison.
  const auto usual =
      open_new(options_of(setup.folder + "/usual", job_definitions(setup.schema, setup.folder)), source.now());
  double usual_seconds = 0;
  for (std::size_t i = 0; i < source.requests(); ++i) {
    usual->ingest(encode(source.request(i)), request_context(source.now()));
    if ((i + 1) * kSpansPerRequest % kSpansPerPass == 0 || i + 1 == source.requests())
      usual_seconds += recompute_all(*usual, source.now()).seconds;
  }
  figures["hot.usual_us_per_span"] = usual_seconds * 1e6 / static_cast<double>(spans);
}

}  // namespace tidemark::bench
