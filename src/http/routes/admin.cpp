#include <tidemark/errors.hpp>

#include "decode/json_tree.hpp"
#include "http/routes/routes.hpp"
#include "render/report.hpp"

namespace tidemark::http {
namespace {

constexpr std::size_t kMaxBody = 64u << 10;

Route admin_route(const char* path) {
  Route route;
  route.name = route.pattern = path;
  route.method = Method::post;
  route.scope = Scope::admin;
  route.lane = Lane::admin;
  route.max_body = kMaxBody;
  return route;
}

/// The text of `key` in a JSON object.
std::string text_member(const std::string& body, std::string_view key) {
  JsonTree json;
  std::size_t used = 0;
  std::string found;
  if (json.parse(body, used) == JsonTree::Status::ok && used == body.size() &&
      json.root().kind() == JsonTree::Kind::object) {
    json.each_member(json.root(), [&](std::string_view name, const JsonTree::Node& value) {
      if (name == key && value.kind() == JsonTree::Kind::string) found = value.text();
    });
  }
  if (found.empty()) throw InputError("expected a JSON object as {\"" + std::string(key) + "\": \"…\"}");
  return found;
}

}  // namespace

std::vector<Route> admin_routes(Services& services) {
  Route backup = admin_route("/api/v1/backup");
  backup.handle = [&services](const Request& request, const PathValues&) {
    const std::string folder = text_member(request.body, "folder");
    services.host.backup(folder);
    return Response::json(200, Report().set("folder", Value(folder)).json());
  };
  return {backup};
}

}  // namespace tidemark::http
