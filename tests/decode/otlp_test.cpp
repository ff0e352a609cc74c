#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "decode/otlp_map.hpp"
#include "decode_support.hpp"

using namespace tidemark;
using test::decode;
using test::dump;

namespace {

std::string json(const std::string& name) {
  return dump(decode(decode_otlp_json, test::corpus("otlp_json/" + name + ".json")));
}

/// One span of an OTLP export, with these attributes and its resource's, as JSON.
std::string export_of(const std::string& attributes, const std::string& resource = "", const std::string& span = "") {
  return R"({"resourceSpans":[{"resource":{"attributes":[)" + resource + R"(]},"scopeSpans":[{"spans":[{)" + span +
         R"("traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"n","startTimeUnixNano":"1767225600000000000",)"
         R"("endTimeUnixNano":"1767225661000000000","attributes":[)" +
         attributes + "]}]}]}]}";
}
std::string text(const std::string& key, const std::string& value) {
  return R"({"key":")" + key + R"(","value":{"stringValue":")" + value + R"("}})";
}
std::string job_with(const std::string& attributes, const std::string& resource = "") {
  return dump(decode(decode_otlp_json, export_of(text("cicd.pipeline.task.run.id", "1") + "," + attributes, resource)));
}
const std::string kTimes =
    "result=unknown started_at=2026-01-01T00:00:00Z ended_at=2026-01-01T00:01:01Z duration=61.000000";

std::vector<std::string> json_corpus() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(TIDEMARK_SOURCE_DIR) + "/tests/corpus/otlp_json"))
    names.push_back(entry.path().stem().string());
  return names;
}

}  // namespace

TEST_CASE("OTLP: the CI/CD conventions give pipelines and jobs; other spans are ignored") {
  CHECK(json("convention") ==
        "job owner=acme repository=acme/api pipeline=ci job=build runner=r-7 labels=[linux,x64] branch=main "
        "result=success "
        "started_at=2026-01-01T00:00:04.500000Z ended_at=2026-01-01T00:01:10Z duration=65.500000\n"
        "job owner=acme repository=acme/api pipeline=ci job=deploy branch=main result=timeout "
        "started_at=2026-01-01T00:01:10.500000Z ended_at=2026-01-01T00:01:35.250000Z duration=24.750000\n"
        "pipeline owner=acme repository=acme/api pipeline=ci branch=main result=failure "
        "started_at=2026-01-01T00:00:00Z ended_at=2026-01-01T00:01:36Z duration=96.000000\n"
        "ignored 1\n");
}

TEST_CASE("OTLP: a job takes from its pipeline's span what only that one has to say, whichever comes first") {
  const std::string request = R"({"resourceSpans":[{"scopeSpans":[{"spans":[
    {"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000002","parentSpanId":"0000000000000001",
     "name":"build","kind":1,"startTimeUnixNano":"1767225604000000000","endTimeUnixNano":"1767225670000000000",
     "attributes":[{"key":"cicd.pipeline.task.name","value":{"stringValue":"build"}},
                   {"key":"cicd.pipeline.task.run.id","value":{"stringValue":"7"}},
                   {"key":"cicd.pipeline.task.run.result","value":{"stringValue":"success"}}]},
    {"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000001",
     "name":"RUN ci","kind":2,"startTimeUnixNano":"1767225600000000000","endTimeUnixNano":"1767225680000000000",
     "attributes":[{"key":"cicd.pipeline.name","value":{"stringValue":"ci"}},
                   {"key":"cicd.pipeline.run.id","value":{"stringValue":"9"}},
                   {"key":"cicd.pipeline.result","value":{"stringValue":"success"}},
                   {"key":"vcs.repository.name","value":{"stringValue":"acme/api"}}]}]}]}]})";
  CHECK_THAT(dump(decode(decode_otlp_json, request)),
             Catch::Contains("job owner=acme repository=acme/api pipeline=ci job=build"));
}

TEST_CASE("OTLP: deprecated vcs names, and owner and repository out of an ssh address") {
  CHECK(json("convention_deprecated_names") ==
        "pipeline owner=acme repository=acme/tools/api pipeline=nightly branch=feature/x result=cancellation "
        "started_at=2026-01-01T00:00:00Z ended_at=2026-01-01T00:00:50Z duration=50.000000\n");
}

TEST_CASE("OTLP: Mergify's pytest: cases are tests, the session is not, run ids may be integers") {
  CHECK(json("mergify_pytest") ==
        "test owner=acme repository=acme/api suite=tests/test_a.py test=test_adds branch=feature result=success "
        "started_at=2026-01-01T00:00:01Z ended_at=2026-01-01T00:00:01.250000Z duration=0.250000\n"
        "test owner=acme repository=acme/api suite=tests/test_a.py test=TestMath::test_divides[0] branch=feature "
        "result=failure "
        "started_at=2026-01-01T00:00:01.250000Z ended_at=2026-01-01T00:00:01.500000Z duration=0.250000\n"
        "test owner=acme repository=acme/api suite=tests/test_a.py test=test_skipped branch=feature result=skip "
        "started_at=2026-01-01T00:00:01.500000Z ended_at=2026-01-01T00:00:01.500000Z duration=0.000000\n"
        "test owner=acme repository=acme/api suite=tests/test_a.py test=test_rerun branch=feature result=success "
        "started_at=2026-01-01T00:00:01.500000Z ended_at=2026-01-01T00:00:03.125000Z duration=1.625000\n"
        "ignored 1\n");
}

TEST_CASE("OTLP: Mergify's vitest: the file is the suite") {
  CHECK(json("mergify_vitest") ==
        "test owner=acme repository=acme/api suite=src/math.test.ts test=math > ok branch=feature result=success "
        "started_at=2026-01-01T00:00:01Z ended_at=2026-01-01T00:00:01.004000Z duration=0.004000\nignored 1\n");
}

TEST_CASE("OTLP: githubreceiver's job starts when created; its queue child's nanoseconds are taken off") {
  CHECK(json("githubreceiver_job") ==
        "job owner=acme repository=acme/api job=test (1.23) runner=GitHub Actions 320 labels=[ubuntu-latest] "
        "branch=main queued_at=2026-01-01T00:00:00Z result=success started_at=2026-01-01T00:00:05Z "
        "ended_at=2026-01-01T00:01:27Z "
        "duration=82.000000 queue=5.000000\nignored 2\n");
}

TEST_CASE("OTLP: a queue child whose job is not in its request is counted") {
  CHECK(json("githubreceiver_queue_without_job") == "missing_queue 1\n");
}

TEST_CASE("OTLP: a githubreceiver job whose queue child is not in its request has no queue time") {
  std::string request = test::corpus("otlp_json/githubreceiver_job.json");
  for (auto at = request.find("queue-"); at != std::string::npos; at = request.find("queue-")) request[at] = 'k';
  auto at = request.find("cicd.pipeline.run.queue.duration");
  request[at] = 'k';
  CHECK(dump(decode(decode_otlp_json, request)).find("queued_at") == std::string::npos);
}

TEST_CASE("OTLP: githubreceiver's run") {
  CHECK(json("githubreceiver_run") ==
        "pipeline owner=acme repository=acme/api pipeline=CI branch=main result=failure "
        "started_at=2026-01-01T00:00:00Z ended_at=2026-01-01T00:05:00Z duration=300.000000\n");
}

TEST_CASE("OTLP: gitlabreceiver: queued seconds, tags, timeouts by their reason, stages ignored") {
  CHECK(json("gitlabreceiver") ==
        "pipeline owner=acme repository=acme/tools/api pipeline=Build and test branch=main result=failure "
        "started_at=2026-01-01T00:00:00Z ended_at=2026-01-01T00:03:20Z duration=200.000000\n"
        "job owner=acme repository=acme/tools/api pipeline=Build and test job=unit runner=shared-runners-manager-3 "
        "labels=[docker,linux] branch=main queued_at=2026-01-01T00:00:07.500000Z result=success "
        "started_at=2026-01-01T00:00:10Z "
        "ended_at=2026-01-01T00:01:00Z duration=50.000000 queue=2.500000\n"
        "job owner=acme repository=acme/tools/api pipeline=Build and test job=slow "
        "branch=main queued_at=2026-01-01T00:00:10Z result=timeout started_at=2026-01-01T00:00:10Z "
        "ended_at=2026-01-01T00:02:00Z duration=110.000000 queue=0.000000\n"
        "ignored 1\n");
}

TEST_CASE("OTLP: otel-cicd-action: joined labels, created_at before and after started_at, steps ignored") {
  CHECK(
      json("otel_cicd_action") ==
      "job owner=acme repository=acme/api pipeline=Build job=build runner=GitHub Actions 21 labels=[ubuntu-latest,x64] "
      "branch=main queued_at=2026-01-01T00:00:02Z result=success started_at=2026-01-01T00:00:07Z "
      "ended_at=2026-01-01T00:01:00Z "
      "duration=53.000000 queue=5.000000\n"
      "job owner=acme repository=acme/api pipeline=Build job=test runner=GitHub Actions 21 labels=[linux,self-hosted] "
      "branch=main queued_at=2026-01-01T00:00:08Z result=failure started_at=2026-01-01T00:00:08Z "
      "ended_at=2026-01-01T00:01:01Z "
      "duration=53.000000 queue=0.000000\n"
      "pipeline owner=acme repository=acme/api pipeline=Build branch=main result=failure "
      "started_at=2026-01-01T00:00:00Z ended_at=2026-01-01T00:01:05Z duration=65.000000\n"
      "ignored 1\nclamped_times 1\n");
}

TEST_CASE("OTLP: otel-cicd-action's Queued span is the queue time of the job that starts at its end") {
  CHECK(json("otel_cicd_action_without_times")
            .find("queued_at=2026-01-01T00:00:00Z result=success "
                  "started_at=2026-01-01T00:00:07Z") != std::string::npos);
}

TEST_CASE("OTLP: Jenkins' old names: the root is a pipeline, results in any case") {
  CHECK(json("jenkins") ==
        "pipeline pipeline=acme/api/main result=failure "
        "started_at=2026-01-01T00:00:00Z ended_at=2026-01-01T00:00:42Z duration=42.000000\nignored 5\n");
}

TEST_CASE("OTLP: Buildkite's agent: n/a is no value, the queue is the only label, an unset status is success") {
  CHECK(json("buildkite_agent") ==
        "job owner=acme pipeline=api job=unit-tests runner=agent-1 labels=[queue=default] branch=main result=success "
        "started_at=2026-01-01T00:00:00Z ended_at=2026-01-01T00:00:33.500000Z duration=33.500000\nignored 1\n");
}

TEST_CASE("OTLP: Buildkite's service: waits in milliseconds, states, waiters ignored") {
  CHECK(
      json("buildkite_service") ==
      "job owner=acme pipeline=api job=:go: test runner=agent-9 labels=[queue=linux] branch=main "
      "queued_at=2026-01-01T00:00:10Z "
      "result=failure started_at=2026-01-01T00:00:12Z ended_at=2026-01-01T00:00:50Z duration=38.000000 queue=2.000000\n"
      "job owner=acme pipeline=api job=lint labels=[queue=small] branch=main queued_at=2026-01-01T00:00:18.499500Z "
      "result=timeout started_at=2026-01-01T00:00:20Z ended_at=2026-01-01T00:00:30Z duration=10.000000 queue=1.500500\n"
      "pipeline owner=acme pipeline=api branch=main result=failure "
      "started_at=2026-01-01T00:00:00Z ended_at=2026-01-01T00:00:55Z duration=55.000000\n"
      "ignored 3\n");
}

TEST_CASE("OTLP: junit2otlp: the length is the attribute's, not the import's") {
  CHECK(json("junit2otlp") ==
        "test suite=example.org/math test=TestAdds result=success started_at=2026-01-01T00:01:38.750000Z "
        "ended_at=2026-01-01T00:01:40Z duration=1.250000\n"
        "test suite=example.org/math test=TestFails result=failure started_at=2026-01-01T00:01:40Z "
        "ended_at=2026-01-01T00:01:40Z duration=0.000000\n"
        "ignored 2\n");
}

TEST_CASE("OTLP: pytest-opentelemetry: the test, not its phases and fixtures; results by status") {
  CHECK(json("pytest_opentelemetry") ==
        "test suite=tests/test_math.py test=test_adds result=success started_at=2026-01-01T00:00:00.100000Z "
        "ended_at=2026-01-01T00:00:00.500000Z duration=0.400000\n"
        "test suite=tests/test_math.py test=test_fails result=failure started_at=2026-01-01T00:00:00.500000Z "
        "ended_at=2026-01-01T00:00:00.750000Z duration=0.250000\n"
        "ignored 4\n");
}

TEST_CASE("OTLP: Datadog's names") {
  CHECK(json("datadog_names") ==
        "test owner=acme repository=acme/api suite=src/math.test.ts test=adds branch=main result=success "
        "started_at=2026-01-01T00:00:01Z ended_at=2026-01-01T00:00:01.500000Z duration=0.500000\n"
        "job owner=acme repository=acme/api pipeline=CI job=unit runner=runner-3 labels=[linux,x64] branch=main "
        "result=error "
        "started_at=2026-01-01T00:00:00Z ended_at=2026-01-01T00:01:00Z duration=60.000000\n"
        "ignored 1\n");
}

TEST_CASE("OTLP: Dagger's spans are no CI spans") { CHECK(json("dagger") == "ignored 2\n"); }

TEST_CASE("OTLP: odd values drop their attribute only; bad ids and times reject their span only") {
  CHECK(json("edge_values") ==
        "pipeline owner=acme repository=acme/api pipeline=odd \uFFFD name result=success "
        "started_at=2026-01-01T00:00:00Z ended_at=2026-01-01T00:00:10Z duration=10.000000\n"
        "pipeline owner=acme repository=acme/api pipeline=x result=unknown "
        "started_at=2026-01-01T00:00:00Z ended_at=2026-01-01T00:00:01.000001Z duration=1.000001\n"
        "ignored 1\ndropped_attributes 3\nunknown_results 1\nmissing_identity 2\ninvalid_time 1\nend_before_start 1\n"
        "-: span 2 \"zero ids\": expected a trace id of 16 bytes and a span id of 8, not all zero\n"
        "-: span 3 \"short id\": expected a trace id of 16 bytes and a span id of 8, not all zero\n"
        "-: span 4 \"backwards\": \"duration\" is below zero: \"ended_at\" is before \"started_at\"\n"
        "-: span 5 \"never ended\": the span has no end time\n");
}

TEST_CASE("OTLP JSON: an empty export is a success, several documents follow each other") {
  CHECK(json("empty") == "");
  CHECK(decode(decode_otlp_json, test::corpus("otlp_json/several_documents.json")).batch.size() == 2);
  CHECK(decode(decode_otlp_protobuf, "").report.rejections.total() == 0);
}

TEST_CASE("OTLP JSON: damage and depth are told apart, what came before is kept") {
  const std::string good = test::corpus("otlp_json/several_documents.json");
  const auto cut = decode(decode_otlp_json, good + good.substr(0, 100));
  CHECK(cut.batch.size() == 2);
  CHECK(cut.report.rejections.of(RejectReason::malformed) == 1);
  CHECK(decode(decode_otlp_json, "{\"a\":" + std::string(100, '[')).report.rejections.of(RejectReason::too_deep) == 1);
  CHECK(decode(decode_otlp_json, "[]").report.rejections.of(RejectReason::malformed) == 1);
  CHECK(decode(decode_otlp_json, " \n").report.rejections.of(RejectReason::malformed) == 1);
}

TEST_CASE("OTLP JSON: ids in upper and lower case are the same span") {
  std::string lower = export_of(text("cicd.pipeline.result", "success"));
  std::string upper = lower;
  for (const char* id : {"0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"})
    for (auto at = upper.find(id), n = std::string(id).size(); n > 0; --n, ++at)
      upper[at] = static_cast<char>(std::toupper(upper[at]));
  REQUIRE(lower != upper);
  CHECK(test::canonical(decode(decode_otlp_json, lower)) == test::canonical(decode(decode_otlp_json, upper)));
}

TEST_CASE("OTLP: protobuf and JSON forms of one export give equal spans") {
  const auto names = json_corpus();
  REQUIRE(names.size() > 15);
  for (const std::string& name : names) {
    if (name == "edge_values" || name == "several_documents") continue;  // not all of it has a protobuf form
    INFO(name);
    const std::string document = test::corpus("otlp_json/" + name + ".json");
    CHECK(test::canonical(decode(decode_otlp_protobuf, test::to_protobuf(document))) ==
          test::canonical(decode(decode_otlp_json, document)));
  }
}

TEST_CASE("OTLP protobuf: NaN and empty values drop their attribute only, as in JSON") {
  const auto decoded = decode(decode_otlp_protobuf, test::to_protobuf(test::corpus("otlp_json/edge_values.json")));
  CHECK(decoded.report.dropped_attributes == 3);
  CHECK(decoded.batch.size() == 2);
}

TEST_CASE("OTLP protobuf: the corpus is what the JSON one says") {
  for (const char* name : {"convention", "githubreceiver_job", "gitlabreceiver", "otel_cicd_action", "mergify_pytest"})
    CHECK(test::corpus("otlp_protobuf/" + std::string(name) + ".pb") ==
          test::to_protobuf(test::corpus("otlp_json/" + std::string(name) + ".json")));
}

TEST_CASE("Writes the protobuf corpus from the JSON one", "[.corpus]") {
  const std::string folder = std::string(TIDEMARK_SOURCE_DIR) + "/tests/corpus/otlp_protobuf";
  std::filesystem::create_directories(folder);
  for (const std::string& name : json_corpus())
    if (name != "several_documents")
      std::ofstream(folder + "/" + name + ".pb", std::ios::binary)
          << test::to_protobuf(test::corpus("otlp_json/" + name + ".json"));
}

TEST_CASE("OTLP protobuf: cut off anywhere, whole spans before the cut are kept and nothing breaks") {
  const std::string whole = test::to_protobuf(test::corpus("otlp_json/convention.json"));
  const std::string many = whole + whole;
  for (std::size_t size = 0; size < many.size(); ++size) {
    const auto decoded = decode(decode_otlp_protobuf, std::string_view(many).substr(0, size));
    CHECK(decoded.batch.size() == (size < whole.size() ? 0u : 3u));
    CHECK(decoded.report.rejections.of(RejectReason::malformed) == (size == 0 || size == whole.size() ? 0u : 1u));
  }
  CHECK(decode(decode_otlp_protobuf, many).batch.size() == 6);
}

TEST_CASE("OTLP protobuf: damage inside one span costs that span only") {
  std::string request = test::to_protobuf(test::corpus("otlp_json/convention.json"));
  const auto at = request.find("cicd.pipeline.task.run.result");
  REQUIRE(at != std::string::npos);
  request[at - 1] = 127;  // the key's length, now past its end
  const auto decoded = decode(decode_otlp_protobuf, request, test::context("f"));
  CHECK(decoded.batch.size() == 2);
  CHECK(decoded.report.rejections.of(RejectReason::malformed) == 1);
  CHECK(decoded.report.rejections.examples().at(0).where == "f: span 1 \"build\"");
}

TEST_CASE("OTLP: repository names, bare and whole, with and without an owner") {
  const std::string name = text("vcs.repository.name", "api");
  CHECK(job_with("", "").substr(0, 3) != "job");  // the trailing comma is no JSON
  CHECK(job_with(text("x", "y"), name) == "job repository=api job=n " + kTimes + "\nunknown_results 1\n");
  CHECK(job_with(text("x", "y"), name + "," + text("vcs.owner.name", "acme"))
            .starts_with("job owner=acme repository=acme/api "));
  CHECK(job_with(text("x", "y"), text("vcs.repository.name", "acme/api"))
            .starts_with("job owner=acme repository=acme/api "));
  CHECK(job_with(text("cicd.pipeline.task.run.url.full", "https://gh.example/acme/api/actions/runs/1/job/2"), name)
            .starts_with("job owner=acme repository=acme/api "));
  CHECK(job_with(text("cicd.pipeline.run.url.full", "https://gl.example/acme/b/api/-/jobs/2"), "")
            .starts_with("job owner=acme repository=acme/b/api "));
}

TEST_CASE("OTLP: a repository in the address of a repository, run or job") {
  CHECK(repository_in_url("https://github.com/acme/api.git") == "acme/api");
  CHECK(repository_in_url("https://user@github.com:443/acme/api/") == "acme/api");
  CHECK(repository_in_url("git@github.com:acme/api.git") == "acme/api");
  CHECK(repository_in_url("ssh://git@github.com/acme/api") == "acme/api");
  CHECK(repository_in_url("https://api.github.com/repos/acme/api") == "acme/api");
  CHECK(repository_in_url("https://gl.example/a/b/c/-/pipelines/17?x=1") == "a/b/c");
  CHECK(repository_in_run_url("https://api.github.com/repos/acme/api/actions/runs/1") == "acme/api");
  CHECK(repository_in_run_url("https://buildkite.com/acme/api/builds/42").empty());
  for (const char* none :
       {"", "https://", "https://github.com", "https://github.com/acme", "acme", "/", ":", "://", "a:b", "https://h//"})
    CHECK(repository_in_url(none).empty());
}

TEST_CASE("OTLP: attributes of the span come before its resource's, empty ones and n/a count as absent") {
  CHECK(job_with(text("cicd.worker.name", "own"), text("cicd.worker.name", "resource")).find("runner=own ") !=
        std::string::npos);
  CHECK(job_with(text("cicd.worker.name", "n/a"), text("cicd.worker.name", "resource")).find("runner=resource ") !=
        std::string::npos);
  CHECK(job_with(text("cicd.worker.name", ""), text("cicd.worker.name", "")).find("runner=") == std::string::npos);
}

TEST_CASE("OTLP: the branch is compared with the default branch where its name is known") {
  const auto test_on = [](const std::string& branch) {
    return dump(decode(decode_otlp_json,
                       export_of(text("test.case.name", "t"), text("vcs.ref.head.name", branch) + "," +
                                                                  text("vcs.repository.ref.default", "main"))));
  };
  CHECK(test_on("main").find("default_branch=true") != std::string::npos);
  CHECK(test_on("refs/heads/main").find("branch=main default_branch=true") != std::string::npos);
  CHECK(test_on("x").find("default_branch=false") != std::string::npos);
}

TEST_CASE("OTLP: queue times that are negative, endless or no number are left out") {
  for (const char* value :
       {R"({"doubleValue":-1})", R"({"doubleValue":1e300})", R"({"doubleValue":null})", R"({"stringValue":"soon"})"})
    CHECK(job_with(R"({"key":"gitlab.job.queued_duration","value":)" + std::string(value) + "}").find("queued_at") ==
          std::string::npos);
}

TEST_CASE("OTLP: a user's source by its declared attributes") {
  const std::string attributes =
      text("deploy.id", "7") + "," + text("deploy.kind", "full") +
      R"(,{"key":"deploy.cost","value":{"doubleValue":0.1}},{"key":"deploy.ok","value":{"boolValue":true}})";
  CHECK(dump(decode(decode_otlp_json, export_of(attributes, text("service.name", "web")))) ==
        "deploy service=web cost=0.100000 ok=true at=2026-01-01T00:01:01Z\n");
  CHECK(dump(decode(decode_otlp_json, export_of(text("deploy.id", "7") + "," + text("deploy.kind", "half")))) ==
        "ignored 1\n");
  const auto wrong =
      decode(decode_otlp_json, export_of(attributes + R"(,{"key":"deploy.service","value":{"doubleValue":1.5}})"));
  CHECK(wrong.report.rejections.of(RejectReason::wrong_type) == 1);
  CHECK(test::canonical(
            decode(decode_otlp_protobuf, test::to_protobuf(export_of(attributes, text("service.name", "web"))))) ==
        test::canonical(decode(decode_otlp_json, export_of(attributes, text("service.name", "web")))));
}

TEST_CASE("OTLP: an export over the limit is refused") {
  CHECK(decode(decode_otlp_protobuf, std::string(kMaxOtlpBytes + 1, '\0'))
            .report.rejections.of(RejectReason::too_large) == 1);
  CHECK(decode(decode_otlp_json, std::string(kMaxOtlpBytes + 1, ' ')).report.rejections.of(RejectReason::too_large) ==
        1);
}

TEST_CASE("OTLP: every attribute that is read is found, others are not") {
  const OtlpKeyTable& keys = OtlpKeyTable::built_in();
  CHECK(keys.size() == static_cast<std::size_t>(OtlpKey::count));
  CHECK(keys.find("cicd.pipeline.name") == OtlpKey::cicd_pipeline_name);
  CHECK(keys.find("error") == OtlpKey::error);
  for (const char* other : {"", "e", "errors", "cicd.pipeline.nam", "cicd.pipeline.name2"})
    CHECK(keys.find(other) == OtlpKeyTable::kUnknown);
  OtlpKeyTable more;
  for (int i = 0; i < 2000; ++i)
    CHECK(static_cast<int>(more.add("own." + std::to_string(i))) == static_cast<int>(OtlpKey::count) + i);
  CHECK(more.find("own.1999") == more.add("own.1999"));
  CHECK(more.find("git.branch") == OtlpKey::git_branch);
}
