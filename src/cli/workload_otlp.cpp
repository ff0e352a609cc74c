#include "cli/workload_otlp.hpp"

#include <array>
#include <charconv>

#include <protozero/pbf_writer.hpp>

#include "cli/random.hpp"
#include "cli/workload_text.hpp"

namespace tidemark::cli {

namespace {

// Field numbers of opentelemetry/proto/trace/v1/trace.proto and common.proto.
enum : protozero::pbf_tag_type {
  kRequestResourceSpans = 1,
  kResourceSpansResource = 1,
  kResourceSpansScopeSpans = 2,
  kResourceAttributes = 1,
  kScopeSpansScope = 1,
  kScopeSpansSpans = 2,
  kScopeName = 1,
  kSpanTraceId = 1,
  kSpanSpanId = 2,
  kSpanName = 5,
  kSpanKind = 6,
  kSpanStart = 7,
  kSpanEnd = 8,
  kSpanAttributes = 9,
  kKeyValueKey = 1,
  kKeyValueValue = 2,
  kAnyValueString = 1,
  kAnyValueDouble = 4,
  kAnyValueArray = 5,
  kArrayValueValues = 1,
};
constexpr int kInternal = 1, kServer = 2;
constexpr std::string_view kScope = "tidemark-generate";

constexpr std::string_view kServiceName = "service.name", kService = "ci";
constexpr std::string_view kQueueSeconds = "gitlab.job.queued_duration";
constexpr std::string_view kLabels = "cicd.worker.labels";

double queue_seconds(const WorkloadSpan& span) {
  return static_cast<double>((span.started_at - span.queued_at).count) / 1e6;
}

std::uint64_t nanoseconds(Instant t) { return static_cast<std::uint64_t>(t.us) * 1000; }

std::string_view bare_repository(const WorkloadSpan& span) { return span.repository.substr(span.owner.size() + 1); }

/// What test conventions call a result.
std::string_view test_status(std::string_view result) {
  return result == "success" ? "pass" : result == "failure" ? "fail" : "skipped";
}

/// Calls `emit(key, text)` for every text attribute.
template <typename Emit>
void for_each_text(const WorkloadSpan& span, const std::string& id, Emit&& emit) {
  emit("vcs.owner.name", span.owner);
  emit("vcs.repository.name", bare_repository(span));
  switch (span.kind) {
    case SpanKind::job:
      emit("cicd.pipeline.name", span.pipeline);
      emit("cicd.pipeline.task.name", span.job);
      emit("cicd.pipeline.task.run.id", std::string_view(id));
      emit("cicd.pipeline.task.run.result", span.result);
      emit("cicd.worker.name", span.runner);
      break;
    case SpanKind::pipeline:
      emit("cicd.pipeline.name", span.pipeline);
      emit("cicd.pipeline.run.id", std::string_view(id));
      emit("cicd.pipeline.result", span.result);
      emit("vcs.ref.head.name", span.branch);
      break;
    case SpanKind::test:
      emit("test.suite.name", span.suite);
      emit("test.case.name", span.test);
      emit("test.case.result.status", test_status(span.result));
      emit("vcs.ref.head.name", span.branch);
      emit("vcs.repository.ref.default", std::string_view("main"));
      break;
  }
}

std::string_view span_name(const WorkloadSpan& span) {
  return span.kind == SpanKind::job ? span.job : span.kind == SpanKind::pipeline ? span.pipeline : span.test;
}

struct Ids {
  std::uint64_t trace_high, trace_low, span;
};

Ids ids_of(const WorkloadSpan& span) {
  const std::uint64_t high = mix64(span.id);
  return {high, mix64(high), span.id};
}

void append_big_endian(std::string& out, std::uint64_t n) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(n >> shift);
}

void add_text(protozero::pbf_writer& parent, protozero::pbf_tag_type tag, std::string_view key, std::string_view text) {
  protozero::pbf_writer attribute(parent, tag);
  attribute.add_string(kKeyValueKey, key.data(), key.size());
  protozero::pbf_writer value(attribute, kKeyValueValue);
  value.add_string(kAnyValueString, text.data(), text.size());
}

void add_labels(protozero::pbf_writer& span_writer, const WorkloadSpan& span) {
  protozero::pbf_writer attribute(span_writer, kSpanAttributes);
  attribute.add_string(kKeyValueKey, kLabels.data(), kLabels.size());
  protozero::pbf_writer value(attribute, kKeyValueValue);
  protozero::pbf_writer array(value, kAnyValueArray);
  const std::size_t n = span.labels->size();
  for (std::size_t i = 0; i < n; ++i) {
    protozero::pbf_writer item(array, kArrayValueValues);
    item.add_string(kAnyValueString, (*span.labels)[(span.first_label + i) % n]);
  }
}

void add_queue(protozero::pbf_writer& span_writer, const WorkloadSpan& span) {
  protozero::pbf_writer attribute(span_writer, kSpanAttributes);
  attribute.add_string(kKeyValueKey, kQueueSeconds.data(), kQueueSeconds.size());
  protozero::pbf_writer value(attribute, kKeyValueValue);
  value.add_double(kAnyValueDouble, queue_seconds(span));
}

void add_span(protozero::pbf_writer& scope, const WorkloadSpan& span) {
  const Ids ids = ids_of(span);
  std::string trace, own, id;
  append_big_endian(trace, ids.trace_high);
  append_big_endian(trace, ids.trace_low);
  append_big_endian(own, ids.span);
  append_id(id, span.id);
  const std::string_view name = span_name(span);

  protozero::pbf_writer out(scope, kScopeSpansSpans);
  out.add_bytes(kSpanTraceId, trace);
  out.add_bytes(kSpanSpanId, own);
  out.add_string(kSpanName, name.data(), name.size());
  out.add_enum(kSpanKind, span.kind == SpanKind::pipeline ? kServer : kInternal);
  out.add_fixed64(kSpanStart, nanoseconds(span.started_at));
  out.add_fixed64(kSpanEnd, nanoseconds(span.ended_at));
  for_each_text(span, id,
                [&](std::string_view key, std::string_view text) { add_text(out, kSpanAttributes, key, text); });
  if (span.kind == SpanKind::job) {
    add_labels(out, span);
    add_queue(out, span);
  }
}

void append_json_attribute(std::string& out, std::string_view key, std::string_view text) {
  out += "{\"key\":\"";
  out += key;
  out += "\",\"value\":{\"stringValue\":\"";
  out += text;
  out += "\"}},";
}

void append_json_job(std::string& out, const WorkloadSpan& span) {
  out += "{\"key\":\"";
  out += kLabels;
  out += "\",\"value\":{\"arrayValue\":{\"values\":[";
  const std::size_t n = span.labels->size();
  for (std::size_t i = 0; i < n; ++i) {
    out += i == 0 ? "{\"stringValue\":\"" : ",{\"stringValue\":\"";
    out += (*span.labels)[(span.first_label + i) % n];
    out += "\"}";
  }
  out += "]}}},{\"key\":\"";
  out += kQueueSeconds;
  out += "\",\"value\":{\"doubleValue\":";
  char number[32];
  out.append(number, std::to_chars(number, number + sizeof number, queue_seconds(span)).ptr);
  out += "}},";
}

void append_json_span(std::string& out, const WorkloadSpan& span) {
  const Ids ids = ids_of(span);
  std::string id;
  append_id(id, span.id);
  out += "{\"traceId\":\"";
  append_id(out, ids.trace_high);
  append_id(out, ids.trace_low);
  out += "\",\"spanId\":\"" + id + "\",\"name\":\"";
  out += span_name(span);
  out += "\",\"kind\":";
  out += std::to_string(span.kind == SpanKind::pipeline ? kServer : kInternal);
  out += ",\"startTimeUnixNano\":\"" + std::to_string(nanoseconds(span.started_at));
  out += "\",\"endTimeUnixNano\":\"" + std::to_string(nanoseconds(span.ended_at)) + "\",\"attributes\":[";
  for_each_text(span, id, [&](std::string_view key, std::string_view text) { append_json_attribute(out, key, text); });
  if (span.kind == SpanKind::job) append_json_job(out, span);
  out.back() = ']';  // the last comma
  out += '}';
}

}  // namespace

void append_otlp_protobuf(std::string& out, std::span<const WorkloadSpan> spans) {
  protozero::pbf_writer request(out);
  protozero::pbf_writer resource_spans(request, kRequestResourceSpans);
  {
    protozero::pbf_writer resource(resource_spans, kResourceSpansResource);
    add_text(resource, kResourceAttributes, kServiceName, kService);
  }
  protozero::pbf_writer scope_spans(resource_spans, kResourceSpansScopeSpans);
  {
    protozero::pbf_writer scope(scope_spans, kScopeSpansScope);
    scope.add_string(kScopeName, kScope.data(), kScope.size());
  }
  for (const WorkloadSpan& span : spans) add_span(scope_spans, span);
}

void append_otlp_json(std::string& out, std::span<const WorkloadSpan> spans) {
  out += "{\"resourceSpans\":[{\"resource\":{\"attributes\":[";
  append_json_attribute(out, kServiceName, kService);
  out.back() = ']';
  out += "},\"scopeSpans\":[{\"scope\":{\"name\":\"";
  out += kScope;
  out += "\"},\"spans\":[";
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (i != 0) out += ',';
    append_json_span(out, spans[i]);
  }
  out += "]}]}]}\n";
}

}  // namespace tidemark::cli
