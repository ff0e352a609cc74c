#include <optional>

#include "http/routes/routes.hpp"
#include "render/report.hpp"

/// Dimension tables: read, and put in place of what was there.
namespace tidemark::http {
namespace {

constexpr const char* kPattern = "/api/v1/tables/{name}";

std::optional<TableFormat> format_of(const RequestHead& head) {
  const std::string type = media_type(head.headers.find("Content-Type"));
  if (type == "text/csv") return TableFormat::csv;
  if (type == "application/x-ndjson" || type == "application/ndjson") return TableFormat::ndjson;
  return std::nullopt;
}

Response put(Services& services, const Request& request, const std::string& table) {
  const Target& target = *request.head.target;
  check_parameters(target, {"merge", "sink"});
  const auto format = format_of(request.head);
  if (!format)
    return Response::error(415,
                           "Content-Type: expected text/csv or application/x-ndjson, which says how the rows come");
  const std::uint64_t rows = services.host.engine().put_table(table, request.body, *format, "the body",
                                                              flag_of(target, "merge"), sink_url_of(services, target));
  return Response::json(200, Report().set("table", Value(table)).set("rows", rows).json());
}

}  // namespace

std::vector<Route> table_routes(Services& services) {
  Route read;
  read.name = read.pattern = kPattern;
  read.scope = Scope::read;
  read.handle = [&services](const Request& request, const PathValues& values) {
    check_parameters(*request.head.target, {"format", "sink"});
    const std::string sink = sink_url_of(services, *request.head.target);
    return table_answer(request.head, services.host.engine().table(values.front(), sink));
  };
  Route write;
  write.name = write.pattern = kPattern;
  write.method = Method::put;
  write.scope = Scope::admin;
  write.lane = Lane::admin;
  write.max_body = services.limits.body_bytes;
  write.writes = true;
  write.handle = [&services](const Request& request, const PathValues& values) {
    return put(services, request, values.front());
  };
  return {read, write};
}

}  // namespace tidemark::http
