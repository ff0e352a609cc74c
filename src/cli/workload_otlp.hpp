#pragma once
#include <span>
#include <string>

#include "cli/workload.hpp"

/// A workload's spans as OTLP trace exports, by OpenTelemetry's CI/CD and test conventions.
/// Decoded, they are the same spans as the NDJSON lines, but for their identity: a trace and a span id made of the id.
namespace tidemark::cli {

/// Appends an ExportTraceServiceRequest. Requests that follow each other in one buffer are one request, too.
void append_otlp_protobuf(std::string& out, std::span<const WorkloadSpan> spans);

/// The same as JSON, on one line that ends in a newline.
void append_otlp_json(std::string& out, std::span<const WorkloadSpan> spans);

}  // namespace tidemark::cli
