#include "render/status.hpp"
#include "http/job_report.hpp"
#include "http/routes/routes.hpp"

namespace tidemark::http {
namespace {

Report whole_status(Services& services, const Status& status) {
  Host& host = services.host;
  Report loops = Report::list();
  for (const Host::Job& job : host.jobs()) loops.add(job_json(job));
  const Load load = services.load();
  Report server;
  server.set("open_connections", services.counters.open_connections.load());
  server.set("open_body_bytes", load.open_body_bytes);
  server.set("waiting_ingest", load.waiting_ingest).set("waiting_read", load.waiting_read);
  const auto refusal = host.refuses_ingest();
  Report out = status_json(status);
  out.set("now", Value(host.now())).set("ready", Value(host.ready()));
  out.set("ingest_refused", refusal ? Value(refusal->message) : Value());
  out.set("loops", std::move(loops)).set("http", std::move(server));
  return out;
}

std::string whole_text(Services& services, const Status& status) {
  std::string text = status_text(status);
  const std::string jobs = jobs_summary(services.host.jobs());
  if (!jobs.empty()) text += '\n' + jobs;
  if (const auto refusal = services.host.refuses_ingest()) text += "\ningest is refused: " + refusal->message + '\n';
  return text;
}

Response answer(Services& services, const RequestHead& head) {
  const std::string format = wanted_format(head, {"json", "csv", "table"});
  const Status status = services.host.engine().status();
  if (format == "table") return Response::text(200, whole_text(services, status));
  const Report report = whole_status(services, status);
  if (format == "csv") return {200, "text/csv; charset=utf-8", report.csv()};
  return Response::json(200, report.json());
}

}  // namespace

Route status_route(Services& services) {
  Route route;
  route.name = route.pattern = "/api/v1/status";
  route.scope = Scope::read;
  route.handle = [&services](const Request& request, const PathValues&) { return answer(services, request.head); };
  return route;
}

}  // namespace tidemark::http
