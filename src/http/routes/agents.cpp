#include <tidemark/errors.hpp>

#include "http/routes/routes.hpp"
#include "render/table.hpp"

namespace tidemark::http {

Route agents_route(Services& services) {
  Route route;
  route.name = route.pattern = "/api/v1/agents";
  route.scope = Scope::read;
  route.handle = [&services](const Request& request, const PathValues&) {
    const auto sink = request.head.target->find("sink");
    if (!sink) throw InputError("sink: expected the name of a sink of the configuration");
    return Response::json(200, table_json(list_agents(services.host.sink_url(*sink))));
  };
  return route;
}

}  // namespace tidemark::http
