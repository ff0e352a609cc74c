#include <catch2/catch.hpp>

#include "http/http_support.hpp"

using namespace tidemark;
using namespace tidemark::test;
using http::ClientResponse;

namespace {

std::string post_text(const std::string& target, const std::string& body, const std::string& headers = {}) {
  return "POST " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string chunk(const std::string& bytes) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + bytes + "\r\n";
}

std::string raw_answer(Running& running, const std::string& request) {
  RawConnection connection(running.address());
  connection.send(request);
  connection.finish_sending();
  return connection.read_all();
}

}  // namespace

TEST_CASE("HEAD is GET without the body; OPTIONS and wrong methods are told what there is", "[store]") {
  Running running;
  const ClientResponse head = running.send({"HEAD", "/healthz", {}, {}});
  CHECK(head.status == 200);
  CHECK(head.body.empty());
  CHECK(head.header("content-length") == "3");
  const ClientResponse options = running.send({"OPTIONS", "/v1/traces", {}, {}});
  CHECK(options.status == 204);
  CHECK(options.header("allow") == "POST, OPTIONS");
  const ClientResponse wrong = running.send({"DELETE", "/healthz", {}, {}});
  CHECK(wrong.status == 405);
  CHECK(wrong.header("allow") == "GET, HEAD, OPTIONS");
  CHECK(running.get("/v1/spans").status == 405);
  CHECK(running.get("/nothing").status == 404);
  CHECK(running.get("/nothing").body == "{\"error\": \"there is no such path\"}\n");
  CHECK(running.get("/%zz").status == 400);
  CHECK(running.get('/' + std::string(9000, 'a')).status == 414);
}

TEST_CASE("a connection is kept for the next request", "[store]") {
  Running running;
  http::Client client(running.address());
  for (int i = 0; i < 5; ++i) CHECK(client.send({"POST", "/v1/spans", {}, job(i)}).status == 200);
  CHECK(has(client.send({"GET", "/metrics", {}, {}}).body, "\ntidemark_http_connections_total 1\n"));
}

TEST_CASE("requests that are sent ahead are answered in order", "[store]") {
  Running running;
  RawConnection connection(running.address());
  connection.send(post_text("/v1/spans", job(1)) + "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" +
                  post_text("/v1/spans", job(1)) +
                  "GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string all = connection.read_all();
  const std::size_t first = all.find("\"accepted\": 1"), second = all.find("ok\n"),
                    third = all.find("\"duplicates\": 1"), last = all.find("HTTP/1.1 404 ");
  REQUIRE(last != std::string::npos);
  CHECK(first < second);
  CHECK(second < third);
  CHECK(third < last);
}

TEST_CASE("a body may come in chunks of any size", "[store]") {
  Running running;
  std::string request =
      "POST /v1/spans HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
  const std::string body = job(1) + job(2);
  for (const char c : body) request += chunk(std::string(1, c));
  CHECK(has(raw_answer(running, request + "0\r\n\r\n"), "\"accepted\": 2"));
  std::string large;
  for (int i = 10; i < 3000; ++i) large += job(i);
  request = "POST /v1/spans HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
  CHECK(has(raw_answer(running, request + chunk(large) + "0\r\nTrailer: x\r\n\r\n"), "\"accepted\": 2990"));
}

TEST_CASE("a client that wants to be asked for its body is asked, or refused first", "[store]") {
  Running running;
  const auto header = [](const std::string& target, const std::string& length, const std::string& expect) {
    return "POST " + target + " HTTP/1.1\r\nHost: localhost\r\nExpect: " + expect + "\r\nContent-Length: " + length +
           "\r\n\r\n";
  };
  RawConnection invited(running.address());
  const std::string body = job(1);
  invited.send(header("/v1/spans", std::to_string(body.size()), "100-continue"));
  CHECK(invited.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  invited.send(body);
  CHECK(has(invited.read_until("\"interrupted\""), "\"accepted\": 1"));

  RawConnection too_large(running.address());
  too_large.send(header("/v1/spans", "99999999999", "100-continue"));
  CHECK(too_large.read_all().starts_with("HTTP/1.1 413 "));
  RawConnection odd(running.address());
  odd.send(header("/v1/spans", "10", "miracles"));
  CHECK(odd.read_all().starts_with("HTTP/1.1 417 "));
}

TEST_CASE("old clients are answered, and the connection ends", "[store]") {
  Running running;
  const std::string answer = raw_answer(running, "GET /healthz HTTP/1.0\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(has(answer, "Connection: close\r\n"));
  CHECK(answer.ends_with("ok\n"));
}

TEST_CASE("what is no request is refused, and ends the connection", "[store]") {
  Running running;
  const std::string clienthello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 garbage\r\n\r\n", 24);
  for (const std::string& garbage :
       {std::string("garbage\r\n\r\n"), std::string("\0\0\0\0\r\n\r\n", 8), clienthello,
        std::string("GET / HTTP/9.9\r\n\r\n"), std::string("GET /healthz HTTP/1.1\r\nNo colon\r\n\r\n"),
        // What two readers might understand differently is not understood at all.
        std::string("POST /v1/spans HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
        std::string("POST /v1/spans HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        std::string("POST /v1/spans HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nabc"),
        std::string("POST /v1/spans HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        std::string("POST /v1/spans HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        std::string("POST /v1/spans HTTP/1.1\r\nContent-Length: -1\r\n\r\n")}) {
    INFO(garbage);
    const std::string answer = raw_answer(running, garbage);
    CHECK((answer.starts_with("HTTP/1.1 400 ") || answer.starts_with("HTTP/1.1 505 ")));
    CHECK(has(answer, "Connection: close\r\n"));
  }
  CHECK(raw_answer(running, "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n")
            .starts_with("HTTP/1.1 431 "));
  CHECK(raw_answer(running, "").empty());
  CHECK(running.get("/healthz").status == 200);
}

TEST_CASE("broken chunks and cut bodies change nothing", "[store]") {
  Running running;
  const std::string header = "POST /v1/spans HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK_FALSE(has(raw_answer(running, header + "zz\r\n" + job(1)), " 200 "));
  CHECK_FALSE(has(raw_answer(running, header + chunk(job(1))), " 200 "));
  CHECK_FALSE(
      has(raw_answer(running, "POST /v1/spans HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n" + job(1)),
          " 200 "));
  CHECK_FALSE(has(raw_answer(running, header + std::string(100'000, 'f') + "\r\n"), " 200 "));
  CHECK(running.host.engine().status().totals.count("accepted") == 0);
  CHECK(running.get("/healthz").status == 200);
}

TEST_CASE("garbage on every route is the sender's mistake, never the server's", "[store]") {
  Running running;
  std::string garbage;
  for (int i = 0; i < 4096; ++i) garbage += static_cast<char>((i * 7919 + i * i) >> 3);
  for (const char* route : {"/v1/traces", "/v1/spans", "/v1/junit", "/api/v1/ingest", "/api/v1/backup",
                            "/api/v1/loops/recompute/run", "/healthz", "/metrics", "/api/v1/status"}) {
    INFO(route);
    for (const char* type : {"application/json", "application/x-protobuf", "text/xml"}) {
      const ClientResponse response = running.post(route, garbage, type);
      CHECK(response.status / 100 != 5);
    }
    for (const char* encoding : {"gzip", "br", "gzip, gzip"}) {
      const ClientResponse response = running.send({"POST", route, {{"Content-Encoding", encoding}}, garbage});
      CHECK(response.status / 100 == 4);
    }
  }
  CHECK(running.host.engine().status().totals.count("accepted") == 0);
}

TEST_CASE("a reading route takes no body", "[store]") {
  Running running;
  CHECK(running.send({"GET", "/api/v1/status", {}, "x"}).status == 413);
}
