#include <map>
#include <memory>

#include <tidemark/errors.hpp>

#include "http/routes/routes.hpp"
#include "model/digest.hpp"
#include "render/report.hpp"

/// Recents: the last used things of a group.
namespace tidemark::http {
namespace {

constexpr std::size_t kRows = 50;

/// What is declared; definitions do not change while a store is open.
using Recents = std::shared_ptr<const std::map<std::string, RecentInfo>>;

Recents recents_of(Engine& engine) {
  auto recents = std::make_shared<std::map<std::string, RecentInfo>>();
  for (RecentInfo& info : engine.recents()) {
    const std::string name = info.name;
    recents->emplace(name, std::move(info));
  }
  return recents;
}

void check_group(const RecentInfo& recent, std::size_t given) {
  if (given == recent.per.size()) return;
  std::string form = "/api/v1/recents/" + recent.name;
  for (const std::string& field : recent.per) form += "/{" + field + '}';
  throw InputError("the path of this recent is " + form + ", each part percent-encoded; found " +
                   std::to_string(given) + " parts behind its name");
}

/// The answer as it is kept by who asked: to be asked for again each time, and not sent again when it is the same.
Response tagged(Response response, const RequestHead& head, bool is_public) {
  const std::string tag = '"' + to_hex(DigestBuilder().add(response.content_type).add(response.body).finish()) + '"';
  const std::string_view known = head.headers.find("If-None-Match");
  if (known.find(tag) != std::string_view::npos) response = {304, {}, {}};
  response.headers.emplace_back("ETag", tag);
  response.headers.emplace_back("Cache-Control", is_public ? "public, no-cache" : "private, no-cache");
  response.headers.emplace_back("Vary", "Accept");
  if (is_public) {
    response.headers.emplace_back("Access-Control-Allow-Origin", "*");
    response.headers.emplace_back("Access-Control-Expose-Headers", "ETag");
  }
  return response;
}

Response answer(Services& services, const Recents& recents, const Request& request, const PathValues& values) {
  const auto found = recents->find(values.front());
  if (found == recents->end())
    return Response::error(404, "there is no recent '" + values.front().substr(0, 200) + "'");
  const RecentInfo& recent = found->second;
  const Target& target = *request.head.target;
  check_parameters(target, {"limit", "format", "sink"});
  check_group(recent, values.size() - 1);
  const std::size_t limit = limit_of(target, kRows, services.limits.max_page_rows);
  const Table table = services.host.engine().recent(recent.name, {values.begin() + 1, values.end()}, limit,
                                                    services.host.now(), sink_url_of(services, target));
  return tagged(table_answer(request.head, table), request.head, recent.is_public);
}

Report recents_json(const Recents& recents) {
  Report list = Report::list();
  for (const auto& [name, recent] : *recents) {
    Report per = Report::list();
    for (const std::string& field : recent.per) per.add(Value(field));
    list.add(Report().set("name", Value(name)).set("per", std::move(per)).set("public", Value(recent.is_public)));
  }
  return Report().set("recents", std::move(list));
}

}  // namespace

std::vector<Route> recent_routes(Services& services) {
  const Recents recents = recents_of(services.host.engine());
  Route list;
  list.name = list.pattern = "/api/v1/recents";
  list.scope = Scope::read;
  list.lane = Lane::at_once;
  list.handle = [recents](const Request&, const PathValues&) {
    return Response::json(200, recents_json(recents).json());
  };
  Route read;
  read.name = read.pattern = "/api/v1/recents/{name}/{group...}";
  read.scope = Scope::read;
  read.is_public = [recents](const Target& target, const PathValues& values) {
    const auto found = recents->find(values.front());
    // A sink is another machine's: not for anybody to keep busy.
    return !target.find("sink") && found != recents->end() && found->second.is_public;
  };
  read.handle = [&services, recents](const Request& request, const PathValues& values) {
    return answer(services, recents, request, values);
  };
  return {list, read};
}

}  // namespace tidemark::http
