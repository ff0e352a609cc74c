#include "cli/workload_otlp.hpp"

#include <catch2/catch.hpp>

#include "cli/workload_text.hpp"
#include "decode/decode.hpp"
#include "model/schema_toml.hpp"
#include "model/shipped_schema.hpp"

using namespace tidemark;
using namespace tidemark::cli;

namespace {

struct Decoded {
  SpanBatch batch;
  DecodeReport report;
};

/// Every field as text, so that batches with other dictionaries compare.
std::vector<std::string> fields(const Decoded& decoded, std::size_t span, const Schema& schema) {
  const SpanBatch::Span& s = decoded.batch.spans[span];
  const SourceDef& source = schema.sources[static_cast<std::size_t>(s.source)];
  std::vector<std::string> out = {source.name};
  for (std::size_t f = 0; f < source.fields.size(); ++f) {
    const std::int64_t value = decoded.batch.value(s, static_cast<int>(f));
    const bool text = is_text(source.fields[f].type) && value != kNull;
    out.push_back(source.fields[f].name + '=' +
                  (value == kNull ? "NULL"
                   : text         ? std::string(decoded.batch.texts[value])
                                  : std::to_string(value)));
  }
  return out;
}

}  // namespace

TEST_CASE("OTLP requests decode to the same spans as the NDJSON lines") {
  const SchemaPtr schema = parse_schema({{"ci.toml", std::string(kShippedCiToml)}});
  WorkloadOptions options;
  options.spans = 3000;
  options.from = *parse_rfc3339("2026-01-01T00:00:00Z");
  options.to = options.from + hours(48);
  options.mix = SpanMix::all;
  const Workload workload(options);
  std::vector<WorkloadSpan> spans;
  std::string ndjson, protobuf, json;
  for (std::uint64_t i = 0; i < workload.size(); ++i) {
    spans.push_back(workload.span(i));
    append_ndjson(ndjson, spans.back());
    if (spans.size() == 500) {
      append_otlp_protobuf(protobuf, spans);
      append_otlp_json(json, spans);
      spans.clear();
    }
  }

  const DecodeContext context{*schema, "test", options.to, {}};
  Decoded lines, binary, text;
  decode_ndjson(ndjson, context, lines.batch, lines.report);
  decode_otlp_protobuf(protobuf, context, binary.batch, binary.report);
  decode_otlp_json(json, context, text.batch, text.report);
  for (const Decoded* decoded : {&lines, &binary, &text}) {
    CHECK(decoded->batch.size() == workload.size());
    CHECK(decoded->report.rejections.total() == 0);
    CHECK(decoded->report.ignored == 0);
    CHECK(decoded->report.unknown_results == 0);
  }
  for (std::size_t i = 0; i < lines.batch.size(); ++i) {
    REQUIRE(fields(binary, i, *schema) == fields(lines, i, *schema));
    REQUIRE(fields(text, i, *schema) == fields(lines, i, *schema));
    REQUIRE(text.batch.spans[i].identity == binary.batch.spans[i].identity);
  }
}
