#include <catch2/catch.hpp>

#include "decode_support.hpp"
#include "model/schema_toml.hpp"
#include "model/shipped_schema.hpp"

using namespace tidemark;

namespace {

/// How many of a source's spans have this field.
std::size_t count_with(const SpanBatch& batch, const Schema& schema, std::string_view source, std::string_view field) {
  const int wanted = schema.source_index(source);
  REQUIRE(wanted >= 0);
  const int index = schema.sources[static_cast<std::size_t>(wanted)].field_index(field);
  INFO(source << "." << field);
  REQUIRE(index >= 0);
  std::size_t count = 0;
  for (const SpanBatch::Span& span : batch.spans) count += span.source == wanted && batch.value(span, index) != kNull;
  return count;
}

}  // namespace

TEST_CASE("The decoders fill every field of the shipped sources that their formats have") {
  const SchemaPtr schema = parse_schema({{"ci.toml", std::string(kShippedCiToml)}});
  const DecodeContext context{*schema, "corpus", *parse_rfc3339("2026-01-02T00:00:00Z"), {{"repository", "acme/api"}}};
  SpanBatch batch;
  DecodeReport report;
  for (const char* file :
       {"ndjson/jobs.ndjson", "ndjson/tests.ndjson", "otlp_json/convention.json", "otlp_json/githubreceiver_job.json",
        "otlp_json/gitlabreceiver.json", "otlp_json/mergify_pytest.json", "otlp_json/convention_deprecated_names.json",
        "junit/pytest.xml", "github/job_completed.json", "github/run_completed.json"})
    decode_document(test::corpus(file), InputFormat::automatic, context, batch, report);
  CHECK(report.rejections.total() == 0);
  for (const char* field : {"owner", "repository", "pipeline", "job", "result", "runner", "labels", "branch",
                            "queued_at", "started_at", "ended_at", "duration", "queue"})
    CHECK(count_with(batch, *schema, "job", field) > 0);
  for (const char* field :
       {"owner", "repository", "pipeline", "branch", "result", "queued_at", "started_at", "ended_at", "duration"})
    CHECK(count_with(batch, *schema, "pipeline", field) > 0);
  for (const char* field : {"owner", "repository", "suite", "test", "branch", "default_branch", "result", "started_at",
                            "ended_at", "duration"})
    CHECK(count_with(batch, *schema, "test", field) > 0);
}
