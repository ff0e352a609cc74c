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
