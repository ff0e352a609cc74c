#include <catch2/catch.hpp>

#include "http/http_support.hpp"

using namespace tidemark;
using namespace tidemark::test;
using http::ClientRequest;
using http::ClientResponse;

namespace {

constexpr const char* kProtobuf = "application/x-protobuf";
constexpr const char* kJson = "application/json";

/// One test case's span, which ended at `end_nano`.
std::string otlp_json(const std::string& span_id, const std::string& end_nano = "1767578399000000000") {
  return R"({"resourceSpans":[{"resource":{"attributes":[)"
         R"({"key":"vcs.repository.name","value":{"stringValue":"acme/api"}},)"
         R"({"key":"cicd.pipeline.name","value":{"stringValue":"ci"}}]},"scopeSpans":[{"spans":[{)"
         R"("traceId":"0102030405060708090a0b0c0d0e0f10","spanId":")" +
         span_id + R"(","name":"adds","startTimeUnixNano":"1767578398000000000","endTimeUnixNano":")" + end_nano +
         R"(","attributes":[{"key":"test.case.name","value":{"stringValue":"adds"}},)"
         R"({"key":"test.case.result.status","value":{"stringValue":"pass"}}]}]}]}]})";
}

std::string field(int number, const std::string& bytes) {
  return static_cast<char>(number << 3 | 2) + std::string(1, static_cast<char>(bytes.size())) + bytes;
}
std::string attribute(const std::string& key, const std::string& value) {
  return field(1, key) + field(2, field(1, value));
}
std::string fixed64(int number, std::uint64_t v) {
  return static_cast<char>(number << 3 | 1) + std::string(reinterpret_cast<const char*>(&v), sizeof v);
}

std::string otlp_protobuf(const std::string& span_id, std::uint64_t end_nano = 1767578399000000000u) {
  const std::string resource = field(1, attribute("vcs.repository.name", "acme/api"));
  const std::string span = field(1, "0123456789abcdef") + field(2, span_id) + field(5, "adds") +
                           fixed64(7, 1767578398000000000u) + fixed64(8, end_nano) +
                           field(9, attribute("test.case.name", "adds"));
  return field(1, field(1, resource) + field(2, field(2, span)));
}

constexpr const char* kReport =
    R"(<testsuite name="s"><testcase classname="c" name="t" time="1"/><testcase classname="c" name="u" time="2"/></testsuite>)";

}  // namespace

TEST_CASE("OTLP in JSON is answered in JSON, and lands", "[store]") {
  Running running;
  const ClientResponse response = running.post("/v1/traces", otlp_json("0102030405060708"), kJson);
  CHECK(response.status == 200);
  CHECK(response.header("content-type") == kJson);
  CHECK(response.body == "{}");
  CHECK(running.host.engine().status().totals.at("accepted") == 1);
}

TEST_CASE("OTLP in protobuf is answered in protobuf, gzipped or not, once", "[store]") {
  Running running;
  ClientRequest request{"POST", "/v1/traces", {{"Content-Type", kProtobuf}}, otlp_protobuf("12345678")};
  ClientResponse response = running.send(request);
  CHECK(response.status == 200);
  CHECK(response.header("content-type") == kProtobuf);
  CHECK(response.body.empty());
  request.headers.emplace_back("Content-Encoding", "gzip");
  request.body = gzip(request.body);
  CHECK(running.send(request).status == 200);
  CHECK(running.host.engine().status().totals.at("accepted") == 1);
  CHECK(running.host.engine().status().totals.at("duplicates") == 1);
}

TEST_CASE("an export without spans is a success", "[store]") {
  Running running;
  CHECK(running.post("/v1/traces", "", kProtobuf).status == 200);
  CHECK(running.post("/v1/traces", "{}", kJson).status == 200);
}

TEST_CASE("an exporter's base URL may have any path", "[store]") {
  Running running;
  CHECK(running.post("/v1/ci/acme/repositories/api/traces", otlp_json("0102030405060708"), kJson).status == 200);
  CHECK(running.host.engine().status().totals.at("accepted") == 1);
}

TEST_CASE("spans that are rejected make a partial success, which is not sent again", "[store]") {
  Running running;
  const std::string old = otlp_json("0102030405060708", "1000000000");
  ClientResponse response = running.post("/v1/traces", old, kJson);
  CHECK(response.status == 200);
  CHECK(has(response.body, R"({"partialSuccess":{"rejectedSpans":"1","errorMessage":")"));

  response = running.post("/v1/traces", otlp_protobuf("12345678", 1000000000u), kProtobuf);
  CHECK(response.status == 200);
  // partial_success (1) { rejected_spans (1): 1, error_message (2): … }
  REQUIRE(response.body.size() > 6);
  CHECK(response.body.substr(2, 3) == std::string("\x08\x01\x12", 3));
}

TEST_CASE("OTLP that cannot be decoded is a Status in the request's type, and is not retried", "[store]") {
  Running running;
  ClientResponse response = running.post("/v1/traces", "{\"resourceSpans\":", kJson);
  CHECK(response.status == 400);
  CHECK(has(response.body, "{\"code\":3,\"message\":"));
  response = running.post("/v1/traces", "\xff\xff\xff", kProtobuf);
  CHECK(response.status == 400);
  CHECK(response.header("content-type") == kProtobuf);
  CHECK(response.body.substr(0, 3) == std::string("\x08\x03\x12"));
  response = running.post("/v1/traces", "x", "text/plain");
  CHECK(response.status == 415);
  CHECK(has(response.body, "\"code\":3"));
}

TEST_CASE("what is refused for now can be retried, and says when", "[store]") {
  Running running;
  running.host.refuses = true;
  ClientResponse response = running.post("/v1/traces", otlp_protobuf("12345678"), kProtobuf);
  CHECK(response.status == 503);
  CHECK(response.header("retry-after") == "30");
  CHECK(response.body.substr(0, 3) == std::string("\x08\x0e\x12"));  // UNAVAILABLE
  CHECK(has(response.body, "the disk is nearly full"));
  CHECK(running.post("/v1/spans", job(1)).status == 503);
  CHECK(running.get("/readyz").status == 503);
  running.host.refuses = false;
  CHECK(running.post("/v1/spans", job(1)).status == 200);
  CHECK(running.get("/readyz").status == 200);
}

TEST_CASE("NDJSON answers with counts and examples", "[store]") {
  Running running;
  const ClientResponse response = running.post("/v1/spans", job(1) + "{half\n" + job(1));
  CHECK(response.status == 200);
  CHECK(has(response.body, "\"accepted\": 1,"));
  CHECK(has(response.body, "\"duplicates\": 1,"));
  CHECK(has(response.body, "\"malformed\": 1,"));
  CHECK(has(response.body, "/v1/spans:2"));
  CHECK(running.post("/v1/spans", "nothing of ours\n").status == 400);
  CHECK(running.post("/v1/spans", "").status == 200);
}

TEST_CASE("parameters fill what spans leave out", "[store]") {
  Running running;
  std::string span = job(7);
  span.erase(span.find(R"("pipeline":"ci",)"), 16);
  CHECK(running.post("/v1/spans?pipeline=a%20b", span).status == 200);
  CHECK(has(running.get("/api/v1/rollups/ci_job_metrics").body, "\"pipeline\": \"a b\""));
  CHECK(running.post("/v1/spans?owner=a&owner=b", job(8)).status == 400);
  CHECK(running.post("/v1/spans?owner=" + std::string(2000, 'x'), job(8)).status == 400);
}

TEST_CASE("a JUnit report takes the run's fields from the parameters", "[store]") {
  Running running;
  const std::string target = "/v1/junit?owner=acme&repository=acme%2Fapi&pipeline=ci&branch=main&run=";
  CHECK(has(running.post(target + "1", kReport).body, "\"accepted\": 2,"));
  CHECK(has(running.post(target + "1", kReport).body, "\"duplicates\": 2,"));
  CHECK(has(running.post(target + "2", kReport).body, "\"accepted\": 2,"));
  CHECK(running.post(target + "3", "<testsuite><testcase").status == 400);
  ClientRequest request{"POST", target + "4", {}, gzip(kReport)};
  CHECK(has(running.send(request).body, "\"accepted\": 2,"));
}

TEST_CASE("any file can be taken in as the command line does", "[store]") {
  Running running;
  CHECK(has(running.post("/api/v1/ingest?name=report.xml&set=owner%3Dacme", kReport).body, "\"accepted\": 2,"));
  CHECK(has(running.post("/api/v1/ingest?format=otlp-json", otlp_json("0102030405060708")).body, "\"accepted\": 1,"));
  std::string old = job(1);
  for (std::size_t at = 0; (at = old.find("2026", at)) != std::string::npos;) old.replace(at, 4, "2024");
  CHECK(has(running.post("/api/v1/ingest", old).body, "\"too_old\": 1"));
  CHECK(has(running.post("/api/v1/ingest?backfill=true", old).body, "\"accepted\": 1,"));
  CHECK(running.post("/api/v1/ingest?format=yaml", old).status == 400);
  CHECK(running.post("/api/v1/ingest?backfill=yes", old).status == 400);
  CHECK(running.post("/api/v1/ingest?set=owner", old).status == 400);
}

TEST_CASE("rejected spans are kept for who wonders", "[store]") {
  Running running;
  running.post("/v1/spans", "{half\n");
  const std::string all = running.get("/api/v1/rejects").body;
  CHECK(has(all, "\"reason\": \"malformed\""));
  CHECK(has(all, "\"route\": \"/v1/spans\""));
  CHECK(has(all, "\"at\": \"2026-01-05T02:00:00Z\""));
  CHECK_FALSE(has(running.get("/api/v1/rejects?reason=too_old").body, "malformed"));
  CHECK(running.get("/api/v1/rejects?reason=ugly").status == 400);
  CHECK(has(running.get("/api/v1/rejects?format=table").body, "(1 rejected span kept)"));
}
