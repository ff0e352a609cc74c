#include "http/routes/otlp_messages.hpp"
#include "http/routes/routes.hpp"
#include "render/ingest_report.hpp"

namespace tidemark::http {
namespace {

constexpr const char* kName = "/v1/traces";

Response take(Services& services, const Request& request) {
  const OtlpEncoding encoding = otlp_encoding(request.head);
  if (encoding == OtlpEncoding::unknown)
    return otlp_error(request.head, 415, "expected Content-Type application/x-protobuf or application/json");
  const auto format = encoding == OtlpEncoding::json ? InputFormat::otlp_json : InputFormat::otlp_protobuf;
  // An empty message is an empty export.
  if (request.body.empty() && encoding == OtlpEncoding::protobuf) return otlp_success(encoding, {});
  const IngestReport report = take_in(services, kName, request, context_for(services, kName, format));
  const Rejections& rejections = report.decode.rejections;
  if (undecodable(report)) {
    const auto& examples = rejections.examples();
    return otlp_error(request.head, 400,
                      examples.empty() ? "nothing in the body could be decoded" : examples.front().message);
  }
  return otlp_success(encoding, rejections);
}

}  // namespace

Route otlp_route(Services& services) {
  Route route;
  route.name = kName;
  route.pattern = "**/traces";  // Exporters take a base URL with any path, and some senders have paths of their own.
  route.method = Method::post;
  route.scope = Scope::ingest;
  route.lane = Lane::ingest;
  route.max_body = services.limits.body_bytes;
  route.writes = true;
  route.otlp_errors = true;
  route.handle = [&services](const Request& request, const PathValues&) { return take(services, request); };
  return route;
}

}  // namespace tidemark::http
