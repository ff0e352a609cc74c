#include <benchmark/benchmark.h>

#include <string>

#include "cli/workload_otlp.hpp"
#include "cli/workload_text.hpp"
#include "common/workload_source.hpp"
#include "decode/decode.hpp"
#include "engine/schema_files.hpp"

/// One request of 500 spans, decoded again and again.
namespace tidemark::bench {
namespace {

using Decoder = void (*)(std::string_view, const DecodeContext&, SpanBatch&, DecodeReport&);

void decode(benchmark::State& state, Decoder decoder, const std::string& document) {
  const SchemaPtr schema = shipped_schema();
  const DecodeContext context{*schema, "request", WorkloadSource(1).now(), {}};
  std::int64_t spans = 0;
  for (auto _ : state) {
    SpanBatch batch;
    DecodeReport report;
    decoder(document, context, batch, report);
    spans += static_cast<std::int64_t>(batch.size());
  }
  if (spans == 0) state.SkipWithError("nothing was decoded");
  state.SetItemsProcessed(spans);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(document.size()));
}

std::string otlp_json() {
  std::string text;
  cli::append_otlp_json(text, WorkloadSource(kSpansPerRequest).request(0));
  return text;
}

std::string ndjson() {
  const WorkloadSource source(kSpansPerRequest);
  std::string text;
  for (const cli::WorkloadSpan& span : source.request(0)) cli::append_ndjson(text, span);
  return text;
}

std::string junit() {
  std::string text = "<testsuites><testsuite name=\"core\" timestamp=\"2026-01-01T00:00:00Z\">";
  for (std::size_t i = 0; i < kSpansPerRequest; ++i)
    text += "<testcase classname=\"core.Store\" name=\"test_" + std::to_string(i) + "\" time=\"0.25\"/>";
  return text + "</testsuite></testsuites>";
}

BENCHMARK_CAPTURE(decode, otlp_protobuf, decode_otlp_protobuf, encode(WorkloadSource(kSpansPerRequest).request(0)));
BENCHMARK_CAPTURE(decode, otlp_json, decode_otlp_json, otlp_json());
BENCHMARK_CAPTURE(decode, ndjson, decode_ndjson, ndjson());
BENCHMARK_CAPTURE(decode, junit, decode_junit, junit());

}  // namespace
}  // namespace tidemark::bench
