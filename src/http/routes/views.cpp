#include <algorithm>

#include "http/publish.hpp"
#include "http/routes/routes.hpp"
#include "render/view_tables.hpp"
#include "render/views.hpp"

/// Views: their pages, how they stand, the log of their refreshes, and a refresh now.
namespace tidemark::http {
namespace {

constexpr std::size_t kLogRows = 100;
constexpr std::size_t kMaxBody = 64u << 10;
const std::vector<std::string> kListFormats{"json", "csv", "ndjson", "table"};

/// 404 where there is no such view.
std::optional<Response> unknown_view(Services& services, const std::string& name, const std::string& sink_url) {
  const std::vector<ViewInfo> views = services.host.engine().views(sink_url);
  if (std::any_of(views.begin(), views.end(), [&](const ViewInfo& view) { return view.name == name; }))
    return std::nullopt;
  return Response::error(404, "there is no view '" + name.substr(0, 200) + "'");
}

/// What is asked for before it was published, or of a sink whose views nobody here refreshes.
Response page_now(Services& services, const RequestHead& head, const std::string& name) {
  check_parameters(*head.target, {"sink"});
  const std::string sink = sink_url_of(services, *head.target);
  if (auto unknown = unknown_view(services, name, sink)) return *unknown;
  const ViewRows view = services.host.engine().view(name, sink);
  Response response;
  response.page =
      std::make_shared<const ViewPage>(view, next_refresh(view.info, services.host.now()), services.limits.page_bytes);
  return response;
}

Route page_route(Services& services) {
  Route route;
  route.name = route.pattern = "/api/v1/views/{name}";
  route.scope = Scope::read;
  route.has_pages = true;
  route.handle = [&services](const Request& request, const PathValues& values) {
    return page_now(services, request.head, values.front());
  };
  return route;
}

Route list_route(Services& services) {
  Route route;
  route.name = route.pattern = "/api/v1/views";
  route.scope = Scope::read;
  route.handle = [&services](const Request& request, const PathValues&) {
    const Target& target = *request.head.target;
    check_parameters(target, {"format", "sink"});
    const std::vector<ViewInfo> views = services.host.engine().views(sink_url_of(services, target));
    if (wanted_format(request.head, kListFormats) != "json") return table_answer(request.head, views_table(views));
    return Response::json(200, Report().set("views", views_json(views)).json());
  };
  return route;
}

/// A view's rows and nothing else, in the formats that tables have.
Route rows_route(Services& services) {
  Route route;
  route.name = route.pattern = "/api/v1/views/{name}/rows";
  route.scope = Scope::read;
  route.handle = [&services](const Request& request, const PathValues& values) {
    const Target& target = *request.head.target;
    check_parameters(target, {"format", "sink"});
    const std::string sink = sink_url_of(services, target);
    if (auto unknown = unknown_view(services, values.front(), sink)) return *unknown;
    const ViewRows view = services.host.engine().view(values.front(), sink);
    if (!view.info.success) return Response::error(503, "view " + values.front() + " has no rows yet; refresh it");
    return table_answer(request.head, view.table);
  };
  return route;
}

Response log_answer(Services& services, const RequestHead& head, const std::string& view) {
  const Target& target = *head.target;
  const std::string sink = sink_url_of(services, target);
  if (!view.empty())
    if (auto unknown = unknown_view(services, view, sink)) return *unknown;
  const std::size_t limit = limit_of(target, kLogRows, services.limits.max_page_rows);
  const std::vector<Refresh> log = services.host.engine().refresh_log(view, limit, sink);
  if (wanted_format(head, kListFormats) != "json") return table_answer(head, refreshes_table(log));
  return Response::json(200, Report().set("refreshes", refreshes_json(log)).json());
}

Route log_route(Services& services) {
  Route route;
  route.name = route.pattern = "/api/v1/views/{name}/log";
  route.scope = Scope::read;
  route.handle = [&services](const Request& request, const PathValues& values) {
    check_parameters(*request.head.target, {"format", "limit", "sink"});
    return log_answer(services, request.head, values.front());
  };
  return route;
}

/// The log of all views.
Route logs_route(Services& services) {
  Route route;
  route.name = route.pattern = "/api/v1/refreshes";
  route.scope = Scope::read;
  route.handle = [&services](const Request& request, const PathValues&) {
    check_parameters(*request.head.target, {"format", "limit", "sink"});
    return log_answer(services, request.head, {});
  };
  return route;
}

Route refresh_route(Services& services) {
  Route route;
  route.name = route.pattern = "/api/v1/views/{name}/refresh";
  route.method = Method::post;
  route.scope = Scope::admin;
  route.lane = Lane::admin;
  route.max_body = kMaxBody;
  route.handle = [&services](const Request& request, const PathValues& values) {
    const Target& target = *request.head.target;
    check_parameters(target, {"sink"});
    const std::string sink = sink_url_of(services, target);
    if (auto unknown = unknown_view(services, values.front(), sink)) return *unknown;
    const Clock clock = [&services] { return services.host.now(); };
    const std::vector<Refresh> attempts = services.host.engine().refresh_views({values.front()}, clock, sink);
    publish_view(services.host, services.pages, values.front(), target.find("sink").value_or(""));
    return Response::json(200, refresh_json(attempts.back()).json());
  };
  return route;
}

}  // namespace

std::vector<Route> view_routes(Services& services) {
  return {page_route(services), list_route(services), rows_route(services),
          log_route(services),  logs_route(services), refresh_route(services)};
}

}  // namespace tidemark::http
