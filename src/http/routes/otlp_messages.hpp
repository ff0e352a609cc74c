#pragma once
#include <string_view>

#include <tidemark/outcome.hpp>

#include "http/message.hpp"

/// What OTLP/HTTP answers, in protobuf or JSON as the request was. Pure.
namespace tidemark::http {

enum class OtlpEncoding { protobuf, json, unknown };

/// By Content-Type: `application/x-protobuf` (or `application/protobuf`), `application/json`.
OtlpEncoding otlp_encoding(const RequestHead& head);

/// ExportTraceServiceResponse: empty when nothing was rejected, else with `partial_success`.
Response otlp_success(OtlpEncoding encoding, const Rejections& rejections);

/// google.rpc.Status with the code that goes with the HTTP status. In JSON when the request's encoding is unknown.
Response otlp_error(const RequestHead& head, unsigned status, std::string_view message);

}  // namespace tidemark::http
