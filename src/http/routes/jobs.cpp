#include "http/job_report.hpp"
#include "http/routes/routes.hpp"

namespace tidemark::http {
namespace {

constexpr std::size_t kMaxBody = 64u << 10;

Response answer(Services& services, const RequestHead& head) {
  const std::string format = wanted_format(head, {"json", "csv", "table"});
  const std::vector<Host::Job> jobs = services.host.jobs();
  if (format == "table") return Response::text(200, jobs_text(jobs));
  Report list = Report::list();
  for (const Host::Job& job : jobs) list.add(job_json(job));
  const Report report = Report().set("jobs", std::move(list));
  if (format == "csv") return {200, "text/csv; charset=utf-8", report.csv()};
  return Response::json(200, report.json());
}

Route run_route(Services& services, const char* pattern) {
  Route route;
  route.name = route.pattern = pattern;
  route.method = Method::post;
  route.scope = Scope::admin;
  route.lane = Lane::admin;
  route.max_body = kMaxBody;
  route.handle = [&services](const Request&, const PathValues& values) {
    return Response::json(200, job_json(services.host.run_job(values.front())).json());
  };
  return route;
}

}  // namespace

std::vector<Route> job_routes(Services& services) {
  Route list;
  list.name = list.pattern = "/api/v1/jobs";
  list.scope = Scope::read;
  list.handle = [&services](const Request& request, const PathValues&) { return answer(services, request.head); };
  // The latter is how jobs were called before there were schedules.
  return {list, run_route(services, "/api/v1/jobs/{name}/run"), run_route(services, "/api/v1/loops/{name}/run")};
}

}  // namespace tidemark::http
