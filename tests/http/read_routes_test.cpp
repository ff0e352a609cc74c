#include <catch2/catch.hpp>

#include <regex>

#include "http/http_support.hpp"

using namespace tidemark;
using namespace tidemark::test;
using http::ClientResponse;

namespace {

/// Jobs of `n` pipelines in one hour.
void fill(Running& running, int n) {
  std::string spans;
  for (int i = 0; i < n; ++i) {
    std::string span = job(i);
    const std::size_t at = span.find("\"ci\"");
    span.replace(at, 4, "\"ci-" + std::to_string(1000 + i) + '"');
    spans += span;
  }
  REQUIRE(running.post("/v1/spans", spans).status == 200);
}

std::string next_of(const ClientResponse& response) {
  std::smatch found;
  const std::regex next("\"next\": \"([0-9a-f]+)\"");
  return std::regex_search(response.body, found, next) ? found[1].str() : std::string();
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

}  // namespace

TEST_CASE("a rollup is answered as JSON, CSV, NDJSON or a table", "[store]") {
  Running running;
  fill(running, 2);
  const std::string target = "/api/v1/rollups/ci_job_metrics?columns=total_runs&by=pipeline";
  const ClientResponse json = running.get(target);
  CHECK(json.header("content-type") == "application/json");
  CHECK(json.body ==
        "{\n\"columns\": [\"bucket_start\", \"pipeline\", \"total_runs\", \"update_counter\", \"computed_counter\"],\n"
        "\"rows\": [\n"
        "{\"bucket_start\": \"2026-01-05T00:00:00Z\", \"pipeline\": \"ci-1000\", \"total_runs\": 1, "
        "\"update_counter\": 1, \"computed_counter\": 1},\n"
        "{\"bucket_start\": \"2026-01-05T00:00:00Z\", \"pipeline\": \"ci-1001\", \"total_runs\": 1, "
        "\"update_counter\": 1, \"computed_counter\": 1}],\n\"notes\": [],\n\"next\": null\n}\n");
  CHECK(has(running.get(target + "&format=csv").body, "2026-01-05T00:00:00Z,ci-1000,1,1,1\r\n"));
  CHECK(running.get(target + "&format=csv").header("content-type") == "text/csv; charset=utf-8");
  CHECK(count(running.get(target + "&format=ndjson").body, "\n") == 2);
  CHECK(has(running.get(target + "&format=table&width=0").body, "(2 rows)"));
  http::ClientRequest request{"GET", target, {{"Accept", "application/xml, text/csv;q=0.5"}}, {}};
  CHECK(running.send(request).header("content-type") == "text/csv; charset=utf-8");
}

TEST_CASE("a sink of the configuration is read by its name, and so are its agents", "[store]") {
  Running running;
  fill(running, 2);
  running.host.engine().recompute(kNow);
  Engine::SyncOptions sync;
  sync.sink_url = running.host.sink_url("central");
  running.host.engine().sync(sync, kNow);
  // What came after the sync is in the store only.
  fill(running, 3);
  const std::string target = "/api/v1/rollups/ci_job_metrics?columns=total_runs&by=&every=all&format=csv";
  CHECK(has(running.get(target).body, "3,3,3\r\n"));
  CHECK(has(running.get(target + "&sink=central").body, "2,2,2\r\n"));
  const ClientResponse unknown = running.get(target + "&sink=other");
  CHECK(unknown.status == 400);
  CHECK(has(unknown.body, "no sink 'other'"));
  const ClientResponse agents = running.get("/api/v1/agents?sink=central");
  CHECK(agents.status == 200);
  CHECK(has(agents.body, running.host.engine().status().agent));
  CHECK(running.get("/api/v1/agents").status == 400);
}

TEST_CASE("a rollup is narrowed as on the command line", "[store]") {
  Running running;
  fill(running, 3);
  const std::string path = "/api/v1/rollups/ci_job_metrics?columns=total_runs";
  CHECK(count(running.get(path + "&where=pipeline%3Dci-1001").body, "\"total_runs\": 1") == 1);
  CHECK(count(running.get(path + "&by=&every=all").body, "\"total_runs\": 3") == 1);
  CHECK(count(running.get(path + "&from=-3h").body, "\"total_runs\": 1") == 3);
  CHECK(count(running.get(path + "&from=-1h").body, "\"total_runs\": 1") == 0);
  CHECK(count(running.get(path + "&to=2026-01-05").body, "\"total_runs\": 1") == 0);
  CHECK(count(running.get(path + "&every=1d&by=owner").body, "\"total_runs\": 3") == 1);
}

TEST_CASE("what a query gets wrong is said", "[store]") {
  Running running;
  const auto error = [&](const std::string& target) {
    const ClientResponse response = running.get("/api/v1/rollups/" + target);
    CHECK(response.status == 400);
    return response.body;
  };
  CHECK(has(error("nothing"), "there is no rollup 'nothing'; there are"));
  const std::string jobs = "ci_job_metrics?";
  CHECK(has(error(jobs + "where=owner"), "expected DIMENSION=VALUE"));
  CHECK(has(error(jobs + "from=yesterday"), "expected a time as"));
  CHECK(has(error(jobs + "every=soon"), "expected a width as"));
  CHECK(has(error(jobs + "every=90m"), "multiple"));
  CHECK(has(error(jobs + "format=xml"), "expected one of json, csv, ndjson, table"));
  CHECK(has(error(jobs + "limit=0"), "expected a number from 1"));
  CHECK(has(error(jobs + "limit=10001"), "expected a number from 1"));
  CHECK(has(error(jobs + "cursor=00"), "is not the `next`"));
  CHECK(has(error(jobs + "collumns=a"), "there is no parameter 'collumns'"));
  CHECK(has(error(jobs + "columns=nothing"), "has no column"));
}

TEST_CASE("pages together are the whole, each row once", "[store]") {
  Running running;
  fill(running, 25);
  const std::string target = "/api/v1/rollups/ci_job_metrics?columns=total_runs&from=-1d&limit=10";
  std::string all, cursor;
  int pages = 0;
  do {
    const ClientResponse page = running.get(target + (cursor.empty() ? "" : "&cursor=" + cursor));
    REQUIRE(page.status == 200);
    cursor = next_of(page);
    CHECK(page.header("link").empty() == cursor.empty());
    CHECK(count(page.body, "\"owner\": \"acme\"") == (cursor.empty() ? 5 : 10));
    all += page.body;
    ++pages;
  } while (!cursor.empty());
  CHECK(pages == 3);
  for (int i = 0; i < 25; ++i) CHECK(count(all, "ci-" + std::to_string(1000 + i)) == 1);
  const std::string other = next_of(running.get(target));
  CHECK(running.get("/api/v1/rollups/ci_job_metrics?columns=failed_runs&limit=10&cursor=" + other).status == 400);
  CHECK(count(running.get(target + "&limit=all").body, "\"owner\": \"acme\"") == 25);
}

TEST_CASE("the link of a page leads to the next", "[store]") {
  Running running;
  fill(running, 3);
  const ClientResponse page = running.get("/api/v1/rollups/ci_job_metrics?where=owner%3Dacme&limit=2&format=csv");
  const std::string link(page.header("link"));
  REQUIRE(link.ends_with(">; rel=\"next\""));
  const ClientResponse next = running.get(link.substr(1, link.find('>') - 1));
  CHECK(next.status == 200);
  CHECK(count(next.body, "\r\n") == 2);
  CHECK(next.header("link").empty());
}

TEST_CASE("status has the store, the loops and the server", "[store]") {
  Running running;
  fill(running, 1);
  const std::string status = running.get("/api/v1/status").body;
  CHECK(has(status, "\"accepted\": 1"));
  CHECK(has(status, "\"name\": \"recompute\""));
  CHECK(has(status, "\"last_duration_seconds\": 0.0015"));
  CHECK(has(status, "\"ready\": true"));
  CHECK(has(status, "\"ingest_refused\": null"));
  CHECK(has(status, "\"open_connections\": 1"));
  CHECK(has(running.get("/api/v1/status?format=csv").body, "totals.accepted,1\r\n"));
  CHECK(has(running.get("/api/v1/status?format=table").body, "recompute"));
}

TEST_CASE("health is asked for without rights", "[store]") {
  Running running(loopback({}));
  CHECK(running.get("/healthz").body == "ok\n");
  CHECK(running.get("/readyz").status == 200);
  running.host.is_ready = false;
  CHECK(running.get("/readyz").status == 503);
  CHECK(running.get("/healthz").status == 200);
}

TEST_CASE("metrics keep Prometheus's rules", "[store]") {
  Running running;
  fill(running, 2);
  running.post("/v1/spans", "{half\n");
  running.get("/nowhere");
  const ClientResponse response = running.get("/metrics");
  CHECK(response.header("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  const std::string& page = response.body;
  CHECK(has(page, "\ntidemark_spans_accepted_total 2\n"));
  CHECK(has(page, "\ntidemark_spans_rejected_total{reason=\"malformed\"} 1\n"));
  CHECK(has(page, "\ntidemark_spans_rejected_total{reason=\"too_old\"} 0\n"));
  CHECK(has(page, "\ntidemark_http_requests_total{route=\"/v1/spans\",code=\"200\"} 1\n"));
  CHECK(has(page, "\ntidemark_http_requests_total{route=\"none\",code=\"404\"} 1\n"));
  CHECK(has(page, "\ntidemark_http_request_duration_seconds_bucket{route=\"/v1/spans\",le=\"+Inf\"} 2\n"));
  CHECK(has(page, "\ntidemark_loop_runs_total{loop=\"recompute\"} 0\n"));
  CHECK(has(page, "\ntidemark_buckets{rollup=\"ci_job_metrics\"} 2\n"));
  CHECK(has(page, "\nprocess_resident_memory_bytes "));
  // Every line is a comment or a sample; every family is described before its samples, counters end in _total.
  std::string family;
  std::istringstream lines(page);
  const std::regex sample(R"(([a-z_]+)(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*\})? [0-9.e+-]+)");
  for (std::string line; std::getline(lines, line);) {
    std::smatch parts;
    if (line.starts_with("# TYPE ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      CHECK((line.ends_with(" counter") == family.ends_with("_total")));
    } else if (!line.starts_with("# HELP ")) {
      REQUIRE(std::regex_match(line, parts, sample));
      CHECK(parts[1].str().starts_with(family));
    }
  }
}
