#include <tidemark/errors.hpp>

#include "http/routes/routes.hpp"
#include "render/report.hpp"
#include "render/text_table.hpp"

namespace tidemark::http {
namespace {

std::vector<RecentRejects::Entry> wanted(const RecentRejects& rejects, const Target& target) {
  const auto name = target.find("reason");
  if (!name) return rejects.all();
  std::string known;
  for (std::size_t i = 0; i < kRejectReasons; ++i) {
    const auto reason = static_cast<RejectReason>(i);
    if (name_of(reason) == *name) return rejects.of(reason);
    known += (known.empty() ? "" : ", ") + std::string(name_of(reason));
  }
  throw InputError("reason: expected one of " + known + "; found '" + name->substr(0, 100) + "'");
}

std::string rejects_text(const std::vector<RecentRejects::Entry>& entries) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [at, route, rejection] : entries)
    rows.push_back({format_short(at), std::string(name_of(rejection.reason)), route, printable(rejection.where),
                    printable(rejection.message)});
  return text_table({{"at"}, {"reason"}, {"route"}, {"where"}, {"message"}}, rows) + '(' +
         counted(rows.size(), "rejected span") + " kept)\n";
}

Report rejects_json(const std::vector<RecentRejects::Entry>& entries) {
  Report list = Report::list();
  for (const auto& [at, route, rejection] : entries) {
    Report one;
    one.set("at", Value(at)).set("reason", Value(name_of(rejection.reason))).set("route", Value(route));
    one.set("where", Value(rejection.where)).set("message", Value(rejection.message));
    list.add(std::move(one));
  }
  return Report().set("rejects", std::move(list));
}

Response answer(Services& services, const RequestHead& head) {
  const std::string format = wanted_format(head, {"json", "csv", "table"});
  const auto entries = wanted(services.rejects, *head.target);
  if (format == "table") return Response::text(200, rejects_text(entries));
  if (format == "csv") return {200, "text/csv; charset=utf-8", rejects_json(entries).csv()};
  return Response::json(200, rejects_json(entries).json());
}

}  // namespace

Route rejects_route(Services& services) {
  Route route;
  route.name = route.pattern = "/api/v1/rejects";
  route.scope = Scope::admin;  // Rejected input is shown as it came.
  route.handle = [&services](const Request& request, const PathValues&) { return answer(services, request.head); };
  return route;
}

}  // namespace tidemark::http
