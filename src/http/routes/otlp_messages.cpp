#include "http/routes/otlp_messages.hpp"

#include <protozero/pbf_writer.hpp>

#include "render/report.hpp"

namespace tidemark::http {
namespace {

constexpr const char* kProtobuf = "application/x-protobuf";

/// google.rpc.Code.
int rpc_code(unsigned status) {
  switch (status) {
    case 401: return 16;  // UNAUTHENTICATED
    case 403: return 7;   // PERMISSION_DENIED
    case 404: return 5;   // NOT_FOUND
    case 405: return 12;  // UNIMPLEMENTED
    case 429: return 8;   // RESOURCE_EXHAUSTED
    case 502:
    case 503:
    case 504: return 14;                         // UNAVAILABLE
    default: return status / 100 == 5 ? 13 : 3;  // INTERNAL, INVALID_ARGUMENT
  }
}

/// `too_old 3, malformed 1; first: job:7: …`.
std::string message_of(const Rejections& rejections) {
  std::string text;
  for (std::size_t i = 0; i < kRejectReasons; ++i) {
    const auto reason = static_cast<RejectReason>(i);
    if (rejections.of(reason) == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(name_of(reason)) + ' ' + std::to_string(rejections.of(reason));
  }
  if (rejections.examples().empty()) return text;
  const Rejection& first = rejections.examples().front();
  return text + "; first: " + first.where + ": " + first.message;
}

}  // namespace

OtlpEncoding otlp_encoding(const RequestHead& head) {
  const std::string type = media_type(head.headers.find("Content-Type"));
  if (type == kProtobuf || type == "application/protobuf") return OtlpEncoding::protobuf;
  return type == "application/json" ? OtlpEncoding::json : OtlpEncoding::unknown;
}

Response otlp_success(OtlpEncoding encoding, const Rejections& rejections) {
  const std::uint64_t rejected = rejections.total();
  if (encoding == OtlpEncoding::protobuf) {
    std::string body;
    if (rejected != 0) {
      protozero::pbf_writer response(body);
      protozero::pbf_writer partial(response, 1);
      partial.add_int64(1, static_cast<std::int64_t>(rejected));
      partial.add_string(2, message_of(rejections));
    }
    return {200, kProtobuf, std::move(body)};
  }
  if (rejected == 0) return Response::json(200, "{}");
  // 64-bit integers are texts in protobuf's JSON.
  std::string body = "{\"partialSuccess\":{\"rejectedSpans\":\"" + std::to_string(rejected) + "\",\"errorMessage\":";
  append_json_text(body, message_of(rejections));
  return Response::json(200, body + "}}");
}

Response otlp_error(const RequestHead& head, unsigned status, std::string_view message) {
  std::string body;
  if (otlp_encoding(head) == OtlpEncoding::protobuf) {
    protozero::pbf_writer writer(body);
    writer.add_int32(1, rpc_code(status));
    writer.add_string(2, message.data(), message.size());
    return {status, kProtobuf, std::move(body)};
  }
  body = "{\"code\":" + std::to_string(rpc_code(status)) + ",\"message\":";
  append_json_text(body, message);
  return Response::json(status, body + '}');
}

}  // namespace tidemark::http
