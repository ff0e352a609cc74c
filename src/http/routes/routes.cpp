#include "http/routes/routes.hpp"

#include <iterator>

namespace tidemark::http {

std::vector<Route> make_routes(Services& services) {
  std::vector<Route> routes;
  for (Route& route : health_routes(services)) routes.push_back(std::move(route));
  for (Route& route : webhook_routes(services)) routes.push_back(std::move(route));
  routes.push_back(junit_route(services));
  routes.push_back(spans_route(services));
  routes.push_back(ingest_route(services));
  routes.push_back(rollup_route(services));
  for (Route& route : view_routes(services)) routes.push_back(std::move(route));
  for (Route& route : table_routes(services)) routes.push_back(std::move(route));
  for (Route& route : recent_routes(services)) routes.push_back(std::move(route));
  routes.push_back(agents_route(services));
  routes.push_back(status_route(services));
  routes.push_back(metrics_route(services));
  routes.push_back(rejects_route(services));
  for (Route& route : job_routes(services)) routes.push_back(std::move(route));
  for (Route& route : admin_routes(services)) routes.push_back(std::move(route));
  routes.push_back(otlp_route(services));  // Last: its pattern takes many paths.
  return routes;
}

}  // namespace tidemark::http
