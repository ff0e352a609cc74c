#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "decode/inflate.hpp"
#include "http/view_support.hpp"

using namespace tidemark;
using namespace tidemark::test;
using http::ClientRequest;
using http::ClientResponse;

namespace {

const std::string kLanding = "/api/v1/views/landing";

http::ServerOptions closed() {
  http::ServerOptions options = loopback({});
  options.access.tokens = {{"ci", "ingest-secret", {true, false, false}},
                           {"grafana", "read-secret", {false, true, false}}};
  return options;
}

ClientRequest with(const std::string& header, const std::string& value, const std::string& target = kLanding) {
  return {"GET", target, {{header, value}}, {}};
}

std::string gunzip(const std::string& bytes) {
  std::string out;
  return inflate_bounded(bytes, 16u << 20, out) == InflateResult::done ? out : std::string();
}

const std::string kDefinitions = R"toml(
[source.run]
time = "ended_at"
[source.run.fields]
account  = "text"
ended_at = "instant"

[rollup.run_metrics]
source = "run"
every  = "1h"
by     = ["account"]
inline = true
[rollup.run_metrics.columns]
total_runs = "count()"

[table.account.columns]
plan = "text"

[view.accounts]
from    = "run_metrics"
by      = ["account"]
where   = "account.plan = 'pro'"
refresh = "15 * * * *"
public  = true
[view.accounts.columns]
total_runs = "sum(total_runs)"

[recent.last_runs]
source = "run"
per    = ["account"]
[recent.open_runs]
source = "run"
per    = ["account"]
public = true
)toml";

std::string run(int id, const std::string& account) {
  return R"({"source":"run","id":)" + std::to_string(id) + R"(,"account":")" + account +
         R"(","ended_at":"2026-01-05T00:00:01Z"})" + "\n";
}

/// The whole page of one refresh.
std::string page_of(std::int64_t number, std::size_t rows) {
  const http::ViewPage page(refreshed_public("landing", number, rows), {}, 1u << 20);
  const http::ViewPage::Ready& answer = page.answer({});
  return answer.bytes.substr(answer.head_bytes);
}

}  // namespace

TEST_CASE("a view's page is answered as it was published", "[store]") {
  Running running;
  CHECK(running.get(kLanding).status == 404);
  publish(running, never_refreshed("landing"), kNow + seconds(60));
  CHECK(running.get(kLanding).status == 503);
  CHECK(running.get(kLanding).header("retry-after") == "60");
  publish(running, refreshed("landing", 1), kNow + seconds(300));
  const ClientResponse page = running.get(kLanding);
  CHECK(page.status == 200);
  CHECK(page.header("content-type") == "application/json");
  CHECK(page.header("cache-control") == "private, max-age=300");
  CHECK(page.header("access-control-allow-origin").empty());
  CHECK(has(page.body, "\"refresh\": 1}"));
  CHECK(running.send(with("If-None-Match", std::string(page.header("etag")))).status == 304);
  publish(running, then_failed(refreshed("landing", 1), "the disk is gone"));
  CHECK(running.get(kLanding).header("tidemark-last-refresh") == "failed");
  publish(running, refreshed("landing", 2));
  CHECK(has(running.get(kLanding).body, "\"refresh\": 2}"));
  CHECK(running.send(with("If-None-Match", std::string(page.header("etag")))).status == 200);
  CHECK(running.get("/api/v1/views/other").status == 404);
}

TEST_CASE("HEAD of a page is its header; a connection goes on after a 304, and a body is refused", "[store]") {
  Running running;
  publish(running, refreshed("landing", 1));
  const ClientResponse head = running.send({"HEAD", kLanding, {}, {}});
  CHECK(head.status == 200);
  CHECK(head.body.empty());
  CHECK(head.header("content-length") == std::to_string(running.get(kLanding).body.size()));
  RawConnection connection(running.address());
  const std::string get = "GET " + kLanding + " HTTP/1.1\r\nHost: localhost\r\n";
  connection.send(get + "If-None-Match: " + std::string(head.header("etag")) + "\r\n\r\n" + get +
                  "Connection: close\r\n\r\n");
  const std::string both = connection.read_all();
  CHECK(both.starts_with("HTTP/1.1 304 Not Modified\r\n"));
  CHECK(has(both, "\r\n\r\nHTTP/1.1 200 OK\r\n"));
  CHECK(has(both, "Connection: close\r\n"));
  CHECK(both.ends_with("]\n}\n"));
  CHECK(running.send({"GET", kLanding, {}, "x"}).status == 413);
  RawConnection chunked(running.address());
  chunked.send(get + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
  CHECK(chunked.read_until("\r\n\r\n").starts_with("HTTP/1.1 413 "));
  CHECK(running.send({"DELETE", kLanding, {}, {}}).status == 405);
  CHECK(running.send({"OPTIONS", kLanding, {}, {}}).header("allow") == "GET, HEAD, OPTIONS");
  CHECK(running.get(kLanding + "?limit=3").status == 400);
}

TEST_CASE("a public view is anybody's, on every listener and from every page; no other is", "[store]") {
  Running running(closed());
  publish(running, refreshed("landing", 1));
  publish(running, refreshed_public("open", 1), kNow + seconds(60));
  const ClientResponse page = running.get("/api/v1/views/open");
  CHECK(page.status == 200);
  CHECK(page.header("cache-control") == "public, max-age=60");
  CHECK(page.header("access-control-allow-origin") == "*");
  CHECK(running.send(with("Authorization", "Bearer wrong", "/api/v1/views/open")).status == 200);
  CHECK(running.send(with("Origin", "https://example.org", "/api/v1/views/open")).status == 200);
  // Who may not read does not learn which views there are.
  for (const std::string& path : {kLanding, std::string("/api/v1/views/nothing"), std::string("/api/v1/views"),
                                  std::string("/api/v1/views/open/log"), std::string("/api/v1/recents/x")}) {
    INFO(path);
    CHECK(running.get(path).status == 401);
    CHECK(running.send(with("Authorization", "Bearer ingest-secret", path)).status == 403);
  }
  CHECK(running.post("/api/v1/views/open/refresh", "").status == 401);
  CHECK(running.send(with("Authorization", "Bearer read-secret")).status == 200);
  CHECK(running.send({"POST", kLanding + "/refresh", {{"Authorization", "Bearer read-secret"}}, {}}).status == 403);
  CHECK(running.send({"PUT", "/api/v1/tables/account", {{"Authorization", "Bearer read-secret"}}, {}}).status == 403);
}

TEST_CASE("pages of the web reach public views of an open listener, and nothing else of it", "[store]") {
  Running running(loopback(kSendAndRead));
  publish(running, refreshed("landing", 1));
  publish(running, refreshed_public("open", 1));
  CHECK(running.get(kLanding).status == 200);
  CHECK(running.send(with("Origin", "https://example.org")).status == 403);
  CHECK(running.send(with("Origin", "https://example.org", "/api/v1/views/open")).status == 200);
  RawConnection rebound(running.address());
  rebound.send("GET " + kLanding + " HTTP/1.1\r\nHost: rebound.example.org\r\nConnection: close\r\n\r\n");
  CHECK(rebound.read_all().starts_with("HTTP/1.1 403 "));
}

TEST_CASE("large pages on their way are bounded, and the small ones go on", "[store]") {
  http::ServerOptions options = loopback({});
  options.limits.open_answer_bytes = 100'000;
  Running running(options);
  publish(running, refreshed_public("large", 1, 10'000));
  publish(running, refreshed_public("small", 1));
  CHECK(running.get("/api/v1/views/large").status == 503);
  CHECK(running.get("/api/v1/views/small").status == 200);
  // Compressed it fits.
  CHECK(running.send(with("Accept-Encoding", "gzip", "/api/v1/views/large")).status == 200);
}

TEST_CASE("pages are answered while every worker is busy and their queues are full", "[store]") {
  http::ServerOptions options = loopback();
  options.limits.read_threads = 0;
  options.limits.queue = 0;
  Running running(options);
  publish(running, refreshed("landing", 1));
  CHECK(running.get("/api/v1/status").status == 503);
  CHECK(running.get(kLanding).status == 200);
  CHECK(has(running.send({"GET", "/api/v1/recents", {}, {}}).body, "\"recents\""));
}

TEST_CASE("while pages are published, 64 readers see one refresh or the next, whole", "[store]") {
  constexpr std::size_t kReaders = 64, kRows = 200;
  constexpr std::int64_t kRefreshes = 300;
  Running running(loopback({}));
  publish(running, refreshed_public("landing", 1, kRows));
  std::atomic<bool> published_all{false};
  std::atomic<std::uint64_t> torn{0}, back{0}, failed{0}, read{0};
  const auto reader = [&](bool packed) {
    http::Client client(running.address());
    std::int64_t newest = 0;
    for (bool last_round = false; !last_round;) {
      last_round = published_all;
      ClientRequest request{"GET", kLanding, {}, {}};
      if (packed) request.headers.emplace_back("Accept-Encoding", "gzip");
      const ClientResponse response = client.send(request);
      if (response.status != 200) ++failed;
      const std::string page = packed ? gunzip(response.body) : response.body;
      const std::size_t at = page.find("\"refresh\": ");
      const std::int64_t number = at == std::string::npos ? 0 : std::stoll(page.substr(at + 11));
      if (page != page_of(number, kRows)) ++torn;
      if (number < newest || (last_round && number != kRefreshes)) ++back;
      newest = number;
      ++read;
    }
  };
  {
    std::vector<std::jthread> readers;
    for (std::size_t i = 0; i < kReaders; ++i) readers.emplace_back(reader, i % 2 == 1);
    for (std::int64_t number = 2; number <= kRefreshes; ++number)
      publish(running, refreshed_public("landing", number, kRows));
    published_all = true;
  }
  CHECK(torn == 0);
  CHECK(back == 0);
  CHECK(failed == 0);
  CHECK(read >= kReaders);
}

TEST_CASE("a view is refreshed, listed and logged by the store's engine", "[store]") {
  Running running(loopback(), kDefinitions);
  const std::string path = "/api/v1/views/accounts";
  CHECK(running.get(path).status == 503);
  CHECK(running.put("/api/v1/tables/account", "account,plan\nacme,pro\nbeta,free\n", "text/csv").body ==
        "{\n  \"table\": \"account\",\n  \"rows\": 2\n}\n");
  REQUIRE(running.post("/v1/spans", run(1, "acme") + run(2, "acme") + run(3, "beta")).status == 200);
  const ClientResponse refreshed = running.post(path + "/refresh", "");
  CHECK(refreshed.status == 200);
  CHECK(has(refreshed.body, "\"status\": \"success\""));
  CHECK(has(refreshed.body, "\"rows\": 1"));
  const ClientResponse page = running.get(path);
  CHECK(has(page.body, "\"rows\": [\n{\"account\": \"acme\", \"total_runs\": 2}]"));
  // The clock of these tests stands at two o'clock; the next quarter past is the schedule's.
  CHECK(page.header("cache-control") == "public, max-age=900");
  const std::string list = running.get("/api/v1/views").body;
  CHECK(has(list, "\"name\": \"accounts\""));
  CHECK(has(list, "\"schedule\": \"15 * * * *\""));
  CHECK(has(list, "\"refreshed_at\": \"2026-01-05T02:00:00Z\""));
  CHECK(has(list, "\"last_refresh\": {"));
  running.post(path + "/refresh", "");
  const std::string log = running.get(path + "/log").body;
  CHECK(log.find("\"id\": 2") < log.find("\"id\": 1"));
  CHECK_FALSE(has(running.get(path + "/log?limit=1").body, "\"id\": 1"));
  CHECK(running.get(path + "/log?limit=none").status == 400);
  CHECK(running.get("/api/v1/views/nothing/log").status == 404);
  CHECK(running.post("/api/v1/views/nothing/refresh", "").status == 404);
}

TEST_CASE("the agent publishes a view by its name", "[store]") {
  Running running(loopback(), kDefinitions);
  running.server->publish("accounts");
  CHECK(running.get("/api/v1/views/accounts").header("retry-after") == "900");
  running.host.engine().refresh_views({"accounts"}, [] { return kNow; });
  running.server->publish("accounts");
  CHECK(running.get("/api/v1/views/accounts").status == 200);
  CHECK_THROWS_AS(running.server->publish("nothing"), InputError);
}

TEST_CASE("a dimension table is put as CSV or NDJSON, whole or merged, and read in any format", "[store]") {
  Running running(loopback(), kDefinitions);
  const std::string path = "/api/v1/tables/account";
  const std::string csv = "text/csv; charset=utf-8", ndjson = "application/x-ndjson";
  CHECK(running.put(path, "account,plan\nacme,pro\nbeta,free\n", csv).status == 200);
  CHECK(running.put(path + "?merge=true", "{\"account\":\"beta\",\"plan\":\"team\"}\n", ndjson).status == 200);
  CHECK(running.get(path + "?format=csv").body == "account,plan\r\nacme,pro\r\nbeta,team\r\n");
  CHECK(running.put(path, "account,plan\ngamma,\n", csv).status == 200);
  CHECK(has(running.get(path).body, "\"rows\": [\n{\"account\": \"gamma\", \"plan\": null}]"));
  CHECK(running.put(path, "account,price\nacme,1\n", csv).status == 400);
  CHECK(running.put(path, "account,plan\n", "text/plain").status == 415);
  CHECK(running.put(path + "?merge=perhaps", "account,plan\n", csv).status == 400);
  CHECK(running.put("/api/v1/tables/nothing", "account,plan\n", csv).status == 400);
  CHECK(running.send({"OPTIONS", path, {}, {}}).header("allow") == "GET, HEAD, PUT, OPTIONS");
  running.host.refuses = true;
  CHECK(running.put(path, "account,plan\n", csv).status == 503);
  CHECK(has(running.get(path).body, "gamma"));
}

TEST_CASE("recents are listed, and a path that is none of theirs is told which is", "[store]") {
  Running running(loopback(), kDefinitions);
  const std::string list = running.get("/api/v1/recents").body;
  CHECK(has(list, "\"name\": \"last_runs\""));
  CHECK(has(list, "\"account\""));
  CHECK(running.get("/api/v1/recents/nothing/acme").status == 404);
  const ClientResponse wrong = running.get("/api/v1/recents/last_runs/acme/more");
  CHECK(wrong.status == 400);
  CHECK(has(wrong.body, "/api/v1/recents/last_runs/{account}"));
  CHECK(running.get("/api/v1/recents/last_runs/acme?limit=0").status == 400);
  CHECK(running.get("/api/v1/recents/last_runs/acme?count=4").status == 400);
}

TEST_CASE("a group's last used things are read by its path, and are not sent twice", "[store]") {
  Running running(loopback(), kDefinitions);
  REQUIRE(running.post("/v1/spans", run(1, "acme/api") + run(2, "acme/api") + run(3, "beta")).status == 200);
  const std::string path = "/api/v1/recents/last_runs/acme%2Fapi";
  const ClientResponse all = running.get(path + "?format=csv");
  CHECK(all.status == 200);
  CHECK(all.body == "account,used_at\r\nacme/api,2026-01-05T00:00:01Z\r\nacme/api,2026-01-05T00:00:01Z\r\n");
  CHECK(all.header("cache-control") == "private, no-cache");
  CHECK(running.get(path + "?format=csv&limit=1").body == "account,used_at\r\nacme/api,2026-01-05T00:00:01Z\r\n");
  const std::string tag(all.header("etag"));
  const ClientResponse again = running.send(with("If-None-Match", tag, path + "?format=csv"));
  CHECK(again.status == 304);
  CHECK(again.body.empty());
  CHECK(again.header("etag") == tag);
  CHECK(running.send(with("If-None-Match", tag, path)).status == 200);
  REQUIRE(running.post("/v1/spans", run(4, "acme/api")).status == 200);
  CHECK(running.send(with("If-None-Match", tag, path + "?format=csv")).status == 200);
  CHECK(has(running.get("/api/v1/recents/last_runs/nobody").body, "\"rows\": []"));
}

TEST_CASE("a public recent is anybody's; of a sink it is not, and the other ones are nobody's", "[store]") {
  Running running(closed(), kDefinitions);
  CHECK(running.get("/api/v1/recents/last_runs/acme").status == 401);
  CHECK(running.get("/api/v1/recents/open_runs/acme?sink=central").status == 401);
  CHECK(running.get("/api/v1/recents/nothing").status == 401);
  const ClientResponse open = running.send(with("Origin", "https://example.org", "/api/v1/recents/open_runs/acme"));
  CHECK(open.status == 200);
  CHECK(open.header("access-control-allow-origin") == "*");
  CHECK(open.header("cache-control") == "public, no-cache");
}
