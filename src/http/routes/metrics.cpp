#include "http/metrics_text.hpp"

#include <tidemark/version.hpp>

#include "http/process_numbers.hpp"
#include "http/routes/routes.hpp"

namespace tidemark::http {
namespace {

double seconds_of(Instant t) { return static_cast<double>(t.us) / 1e6; }
double seconds_of(Micros d) { return static_cast<double>(d.count) / 1e6; }
std::uint64_t flag(bool b) { return b ? 1 : 0; }

void add_totals(MetricsText& page, const Status& status) {
  constexpr std::string_view kRejected = "rejected.";
  const auto of = [&](const std::string& name) {
    const auto at = status.totals.find(name);
    return at == status.totals.end() ? std::uint64_t{0} : at->second;
  };
  page.family("tidemark_spans_accepted_total", "counter", "Spans in the store since it was made.");
  page.sample({}, of("accepted"));
  page.family("tidemark_spans_rejected_total", "counter", "Spans that were not taken, by reason.");
  for (std::size_t i = 0; i < kRejectReasons; ++i) {
    const std::string reason(name_of(static_cast<RejectReason>(i)));
    page.sample({{"reason", reason}}, of(std::string(kRejected) + reason));
  }
  page.family("tidemark_ingest_events_total", "counter",
              "What else was counted while spans were taken in, as status names it.");
  for (const auto& [name, n] : status.totals)
    if (name != "accepted" && !name.starts_with(kRejected)) page.sample({{"event", name}}, n);
}

void add_store(MetricsText& page, const Status& status) {
  const auto gauge = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    page.family(name, "gauge", help);
    page.sample({}, value);
  };
  gauge("tidemark_log_blocks", "Blocks of the log that survive.", status.log_next - status.log_first);
  gauge("tidemark_log_spans", "Raw spans that survive.", status.raw_spans);
  gauge("tidemark_log_bytes", "Their size on the disk.", status.raw_bytes);
  gauge("tidemark_backlog_spans", "Spans that no percentile covers yet.", status.dirty_spans);
  gauge("tidemark_epoch", "The number of the store's unbroken history.", status.epoch);
  gauge("tidemark_schema_version", "Goes up with each change of definitions.",
        static_cast<std::uint64_t>(status.schema_version));
  page.family("tidemark_buckets", "gauge", "Buckets of each rollup.");
  for (const auto& rollup : status.rollups) page.sample({{"rollup", rollup.name}}, rollup.buckets);
}

void add_sinks(MetricsText& page, const Status& status) {
  page.family("tidemark_sink_waiting_buckets", "gauge", "Buckets that a sink does not have as they are now.");
  for (const auto& sink : status.sinks) page.sample({{"sink", sink.name}}, sink.waiting);
  page.family("tidemark_sink_last_sync_timestamp_seconds", "gauge", "When a sink was last synced; 0: never.");
  for (const auto& sink : status.sinks)
    page.sample({{"sink", sink.name}}, sink.last_sync ? seconds_of(*sink.last_sync) : 0.0);
}

void add_jobs(MetricsText& page, const std::vector<Host::Job>& jobs) {
  const auto each = [&](std::string_view name, std::string_view type, std::string_view help, auto value) {
    page.family(name, type, help);
    for (const Host::Job& job : jobs) page.sample({{"loop", job.name}}, value(job));
  };
  const auto stamp = [](const std::optional<Instant>& t) { return t ? seconds_of(*t) : 0.0; };
  each("tidemark_loop_runs_total", "counter", "Runs that ended.", [](const auto& l) { return l.runs; });
  each("tidemark_loop_failures_total", "counter", "Runs that failed.", [](const auto& l) { return l.failures; });
  each("tidemark_loop_skipped_total", "counter", "Times it was due while it still ran.",
       [](const auto& l) { return l.skipped; });
  each("tidemark_loop_running", "gauge", "Whether it runs now.", [](const auto& l) { return flag(l.running); });
  each("tidemark_loop_last_start_timestamp_seconds", "gauge", "0: never.",
       [&](const auto& l) { return stamp(l.last_start); });
  each("tidemark_loop_last_success_timestamp_seconds", "gauge", "0: never.",
       [&](const auto& l) { return stamp(l.last_success); });
  each("tidemark_loop_last_duration_seconds", "gauge", "How long its last run took.",
       [](const auto& l) { return seconds_of(l.last_duration); });
}

void add_requests(MetricsText& page, const Counters& counters) {
  page.family("tidemark_http_requests_total", "counter", "Answered requests by route and status code.");
  for (const auto& [key, n] : counters.requests())
    page.sample({{"route", key.first}, {"code", std::to_string(key.second)}}, n);
  page.family("tidemark_http_request_duration_seconds", "histogram",
              "From a request's header to its answer, its body's way included.");
  for (const auto& [route, durations] : counters.durations()) {
    std::uint64_t n = 0;
    for (std::size_t i = 0; i < Counters::kDurationBounds.size(); ++i) {
      n += durations.at_most[i];
      page.sample({{"route", route}, {"le", Value(Counters::kDurationBounds[i]).to_string()}}, n, "_bucket");
    }
    page.sample({{"route", route}, {"le", "+Inf"}}, durations.count, "_bucket");
    page.sample({{"route", route}}, seconds_of(durations.sum), "_sum");
    page.sample({{"route", route}}, durations.count, "_count");
  }
}

void add_server(MetricsText& page, const Services& services) {
  const Counters& counters = services.counters;
  const Load load = services.load();
  const auto add = [&](std::string_view name, std::string_view type, std::string_view help, std::uint64_t value) {
    page.family(name, type, help);
    page.sample({}, value);
  };
  add("tidemark_http_open_connections", "gauge", "Connections that are open.", counters.open_connections);
  add("tidemark_http_connections_total", "counter", "Connections that were accepted.", counters.accepted_connections);
  add("tidemark_http_refused_connections_total", "counter", "Connections for which there was no room.",
      counters.refused_connections);
  add("tidemark_http_evicted_connections_total", "counter", "Idle connections that were closed to make room.",
      counters.evicted_connections);
  add("tidemark_http_timeouts_total", "counter", "Connections that were closed because the client was too slow.",
      counters.timed_out);
  add("tidemark_http_received_bytes_total", "counter", "Bytes of bodies, as they came.", counters.received_bytes);
  add("tidemark_http_open_body_bytes", "gauge", "Bytes of bodies that are held now.", load.open_body_bytes);
  page.family("tidemark_http_waiting_requests", "gauge", "Requests that wait for a thread.");
  page.sample({{"kind", "ingest"}}, std::uint64_t{load.waiting_ingest});
  page.sample({{"kind", "read"}}, std::uint64_t{load.waiting_read});
}

void add_process(MetricsText& page, const Host& host) {
  const ProcessNumbers numbers = process_numbers();
  page.family("tidemark_ready", "gauge", "What /readyz says.");
  page.sample({}, flag(host.ready()));
  page.family("tidemark_ingest_refused", "gauge", "Whether nothing is taken in at present.");
  page.sample({}, flag(host.refuses_ingest().has_value()));
  page.family("tidemark_build_info", "gauge", "Always 1.");
  page.sample({{"version", version()}, {"commit", git_commit()}}, std::uint64_t{1});
  page.family("process_resident_memory_bytes", "gauge", "Resident memory.");
  page.sample({}, numbers.resident_bytes);
  page.family("process_open_fds", "gauge", "Open file descriptors.");
  page.sample({}, numbers.open_files);
  page.family("process_cpu_seconds_total", "counter", "User and system CPU time.");
  page.sample({}, numbers.cpu_seconds);
}

Response answer(Services& services) {
  const Status status = services.host.engine().status();
  MetricsText page;
  add_totals(page, status);
  add_store(page, status);
  add_sinks(page, status);
  add_jobs(page, services.host.jobs());
  add_requests(page, services.counters);
  add_server(page, services);
  add_process(page, services.host);
  return {200, "text/plain; version=0.0.4; charset=utf-8", page.text()};
}

}  // namespace

Route metrics_route(Services& services) {
  Route route;
  route.name = route.pattern = "/metrics";
  route.scope = Scope::read;
  route.handle = [&services](const Request&, const PathValues&) { return answer(services); };
  return route;
}

}  // namespace tidemark::http
