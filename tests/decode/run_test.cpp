#include <catch2/catch.hpp>
#include <set>

#include "decode_support.hpp"

using namespace tidemark;
using test::corpus;

namespace {

/// The tests' schema, asking for runs.
const Schema& asking() {
  static const Schema made = [] {
    Schema schema = test::schema();
    for (SourceDef& source : schema.sources) source.one_way_per_run = true;
    return schema;
  }();
  return made;
}

/// What the spans of a document call their runs.
std::set<std::string> runs(std::string_view document, std::map<std::string, std::string> defaults = {}) {
  const DecodeContext context{asking(), "-", Instant{1'767'312'000'000'000}, std::move(defaults)};
  SpanBatch batch;
  DecodeReport report;
  decode_document(document, InputFormat::automatic, context, batch, report);
  std::set<std::string> names;
  for (const SpanBatch::Span& span : batch.spans)
    names.insert(span.run < 0 ? std::string("?") : std::string(batch.runs[span.run]));
  return names;
}

using Names = std::set<std::string>;

std::string otlp(const std::string& attributes) {
  return R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c",)"
         R"("spanId":"b7ad6b7169203331","name":"n","startTimeUnixNano":"1767225600000000000",)"
         R"("endTimeUnixNano":"1767225661000000000","attributes":[{"key":"cicd.pipeline.task.run.id","value":)"
         R"({"stringValue":"1"}},)" +
         attributes + "]}]}]}]}";
}
std::string text(const std::string& key, const std::string& value) {
  return R"({"key":")" + key + R"(","value":{"stringValue":")" + value + R"("}})";
}

}  // namespace

TEST_CASE("Runs: a job and its pipeline call their run the same, by each provider's webhooks") {
  CHECK(runs(corpus("github/job_completed.json")) == Names{"7001"});
  CHECK(runs(corpus("github/run_completed.json")) == Names{"7001"});
  CHECK(runs(corpus("github/run_second_attempt.json")) == Names{"7001"});
  CHECK(runs(corpus("gitlab/job.json")) == Names{"2366"});
  CHECK(runs(corpus("gitlab/job_of_an_old_server.json")) == Names{"2366"});
  CHECK(runs(corpus("gitlab/pipeline.json")) == Names{"2366"});
  CHECK(runs(corpus("buildkite/job_finished.json")) == Names{"f62a1b4d-10f9-4790-bc1c-e2c3a0c80983"});
  CHECK(runs(corpus("buildkite/build_finished.json")) == Names{"f62a1b4d-10f9-4790-bc1c-e2c3a0c80983"});
}

TEST_CASE("Runs: OTLP names them by an attribute, or in the address of a run or job") {
  CHECK(runs(otlp(text("cicd.pipeline.run.id", "7001"))) == Names{"7001"});
  CHECK(runs(otlp(R"({"key":"cicd.pipeline.run.id","value":{"intValue":"7001"}})")) == Names{"7001"});
  CHECK(runs(otlp(text("github.job.run_id", "7001"))) == Names{"7001"});
  CHECK(runs(otlp(text("buildkite.build.id", "f62a"))) == Names{"f62a"});
  CHECK(runs(otlp(text("buildkite.build_id", "f62a"))) == Names{"f62a"});
  CHECK(runs(otlp(text("cicd.pipeline.task.run.url.full", "https://github.com/acme/api/actions/runs/7001/job/9"))) ==
        Names{"7001"});
  CHECK(runs(otlp(text("cicd.pipeline.run.url.full", "https://gitlab.com/acme/api/-/pipelines/2366"))) ==
        Names{"2366"});
  CHECK(runs(otlp(text("cicd.pipeline.task.run.url.full", "https://gitlab.com/acme/api/-/jobs/1977"))) == Names{"?"});
  CHECK(runs(otlp(text("cicd.pipeline.name", "ci"))) == Names{"?"});
  for (const char* emitter : {"otel_cicd_action", "gitlabreceiver", "mergify_pytest"}) {
    INFO(emitter);
    const Names names = runs(corpus("otlp_json/" + std::string(emitter) + ".json"));
    CHECK(names.size() == 1);
    CHECK_FALSE(names.contains("?"));
  }
}

TEST_CASE("Runs: NDJSON names them as `run`; where nothing does, the default of that name counts") {
  const std::string line = R"({"source":"job","id":1,"ended_at":"2026-01-01T00:00:00Z")";
  CHECK(runs(line + R"(,"run":"7001"})") == Names{"7001"});
  CHECK(runs(line + R"(,"run":7001})") == Names{"7001"});
  CHECK(runs(line + R"(,"run":7.5})") == Names{"?"});
  CHECK(runs(line + "}") == Names{"?"});
  CHECK(runs(line + "}", {{"run", "7001"}}) == Names{"7001"});
  CHECK(runs(line + R"(,"run":"8"})", {{"run", "7001"}}) == Names{"8"});
  CHECK(runs(corpus("junit/gtest.xml"), {{"run", "7001"}}) == Names{"7001"});
}
