#include "http/routes/routes.hpp"

namespace tidemark::http {
namespace {

Route health_route(const char* path) {
  Route route;
  route.name = path;
  route.pattern = path;
  route.lane = Lane::at_once;
  return route;
}

Response readiness(const Host& host) {
  if (!host.ready()) return Response::text(503, "not ready\n");
  if (const auto refusal = host.refuses_ingest()) return Response::text(503, refusal->message + "\n");
  return Response::text(200, "ready\n");
}

}  // namespace

std::vector<Route> health_routes(Services& services) {
  Route alive = health_route("/healthz");
  alive.handle = [](const Request&, const PathValues&) { return Response::text(200, "ok\n"); };
  Route ready = health_route("/readyz");
  ready.handle = [&services](const Request&, const PathValues&) { return readiness(services.host); };
  return {alive, ready};
}

}  // namespace tidemark::http
