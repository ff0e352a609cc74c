#include <catch2/catch.hpp>

#include <poll.h>
#include <sys/resource.h>

#include <condition_variable>
#include <deque>
#include <thread>

#include "http/http_support.hpp"

using namespace tidemark;
using namespace tidemark::test;
using http::ClientResponse;

namespace {

constexpr Micros kSoon{200'000};
const std::string kChunked = "POST /v1/spans HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string with_length(std::size_t length) {
  return "POST /v1/spans HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

/// Room for a thousand connections, both of whose ends are ours.
void allow_open_files(rlim_t n) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= n) return;
  limit.rlim_cur = n;
  limit.rlim_max = std::max(limit.rlim_max, n);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/// A connection that has been served and waits.
std::unique_ptr<RawConnection> idle_connection(const Running& running) {
  auto connection = std::make_unique<RawConnection>(running.address());
  connection->send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  REQUIRE(has(connection->read_until("ok\n"), " 200 "));
  return connection;
}

std::uint64_t number_after(const std::string& text, const std::string& key) {
  const std::size_t at = text.find(key);
  return at == std::string::npos ? 0 : std::stoull(text.substr(at + key.size()));
}

}  // namespace

TEST_CASE("bodies are bounded as they come and as they inflate", "[store]") {
  http::ServerOptions options = loopback();
  options.limits.body_bytes = 100'000;
  Running running(options);
  std::string spans;
  while (spans.size() < 90'000) spans += job(static_cast<int>(spans.size()));
  CHECK(running.post("/v1/spans", spans).status == 200);
  const std::string too_much = spans + spans;
  CHECK(running.post("/v1/spans", too_much).status == 413);
  CHECK(running.send({"POST", "/v1/spans", {{"Content-Encoding", "gzip"}}, gzip(spans)}).status == 200);
  CHECK(running.send({"POST", "/v1/spans", {{"Content-Encoding", "gzip"}}, gzip(too_much)}).status == 413);
  CHECK(running.send({"POST", "/v1/spans", {}, gzip(too_much)}).status == 413);
  CHECK(running.send({"POST", "/v1/spans", {}, gzip(gzip(spans))}).status == 400);
  CHECK(running.send({"POST", "/v1/spans", {{"Content-Encoding", "gzip"}}, gzip(spans).substr(0, 500)}).status == 400);
  CHECK(running.send({"POST", "/v1/spans", {{"Content-Encoding", "gzip"}}, spans}).status == 400);
}

TEST_CASE("a bomb of a gigabyte is refused at the bound", "[store]") {
  Running running;
  const std::string sixteen_megabytes = gzip(std::string(16u << 20, ' '));
  std::string bomb;
  for (int i = 0; i < 64; ++i) bomb += sixteen_megabytes;
  const ClientResponse response =
      running.send({"POST", "/v1/traces", {{"Content-Encoding", "gzip"}, {"Content-Type", "application/json"}}, bomb});
  CHECK(response.status == 413);
  CHECK(has(response.body, "\"code\":3"));
  CHECK(number_after(running.get("/api/v1/status").body, "\"open_body_bytes\": ") == 0);
}

TEST_CASE("a chunked body without end is refused early, and its sender hears of it", "[store]") {
  http::ServerOptions options = loopback();
  options.limits.body_bytes = 1u << 20;
  Running running(options);
  http::Client client(running.address());
  RawConnection endless(running.address());
  endless.send(kChunked);
  const std::string piece = "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
  std::size_t sent = 0;
  while (sent < (1u << 30) && endless.unanswered() && endless.send(piece)) sent += piece.size();
  CHECK(sent < (64u << 20));
  CHECK(endless.read_all().starts_with("HTTP/1.1 413 "));
  CHECK(client.send({"GET", "/healthz", {}, {}}).status == 200);
}

TEST_CASE("all open bodies together are bounded; others come again later", "[store]") {
  http::ServerOptions options = loopback();
  options.limits.body_bytes = 1u << 20;
  options.limits.open_body_bytes = 1u << 20;
  Running running(options);
  const std::string spaces(900'000, ' ');
  {
    RawConnection half(running.address());
    half.send(with_length(1'000'000) + spaces);
    while (number_after(running.get("/api/v1/status").body, "\"open_body_bytes\": ") < spaces.size()) {
    }
    const ClientResponse refused = running.post("/v1/spans", std::string(500'000, ' '));
    CHECK(refused.status == 503);
    CHECK(refused.header("retry-after") == "1");
    // Inflating counts, too.
    CHECK(running.send({"POST", "/v1/spans", {{"Content-Encoding", "gzip"}}, gzip(spaces)}).status == 503);
    half.send(std::string(100'000, ' '));
    CHECK(has(half.read_until("\"interrupted\""), " 200 "));
  }
  CHECK(running.post("/v1/spans", spaces).status == 200);
  CHECK(number_after(running.get("/api/v1/status").body, "\"open_body_bytes\": ") == 0);
}

TEST_CASE("senders that are too slow are closed, wherever they dawdle", "[store]") {
  http::ServerOptions options = loopback();
  // They hold for who asks for the figures at the end, too.
  options.limits.header_timeout = options.limits.idle_timeout = options.limits.body_grace = seconds(1);
  options.limits.linger_timeout = seconds(1);
  Running running(options);
  // Nothing, half a header, half a body of known length, half a chunk; after a good request, nothing more.
  const std::vector<std::string> starts = {"", "POST /v1/sp", with_length(100) + "abc", kChunked + "100\r\nabc",
                                           "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"};
  std::deque<RawConnection> slow;
  for (const std::string& start : starts) slow.emplace_back(running.address()).send(start);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    INFO(starts[i]);
    const std::string answer = slow[i].read_all();
    CHECK((answer.empty() || answer.ends_with("ok\n")));
  }
  CHECK(number_after(running.get("/metrics").body, "\ntidemark_http_timeouts_total ") == 5);
}

TEST_CASE("a sender may be slow as long as it keeps the rate", "[store]") {
  http::ServerOptions options = loopback();
  options.limits.body_grace = kSoon;
  options.limits.body_rate = 1;
  Running running(options);
  const std::string body = job(1);
  RawConnection steady(running.address());
  steady.send(with_length(body.size()) + body.substr(0, 100));
  // A hundred bytes have bought a hundred seconds; each answer of somebody else is time that goes by.
  for (int i = 0; i < 200; ++i) CHECK(running.get("/api/v1/status").status == 200);
  steady.send(body.substr(100));
  CHECK(has(steady.read_until("\"interrupted\""), "\"accepted\": 1"));
}

TEST_CASE("a thousand idle and a hundred slow connections keep nobody from being served", "[store]") {
  allow_open_files(4096);
  Running running;
  std::vector<std::unique_ptr<RawConnection>> idle, slow;
  for (int i = 0; i < 1000; ++i) idle.push_back(std::make_unique<RawConnection>(running.address()));
  for (int i = 0; i < 100; ++i) {
    slow.push_back(std::make_unique<RawConnection>(running.address()));
    slow.back()->send("POST /v1/spans HTTP/1.1\r\nHost");
  }
  for (int i = 0; i < 50; ++i) CHECK(running.post("/v1/spans", job(i)).status == 200);
  const std::string metrics = running.get("/metrics").body;
  CHECK(number_after(metrics, "\ntidemark_http_open_connections ") <= 1025);
  CHECK(number_after(metrics, "\ntidemark_spans_accepted_total ") == 50);
}

TEST_CASE("at the limit the connection that has been idle longest makes room", "[store]") {
  http::ServerOptions options = loopback();
  options.limits.connections = 10;
  options.limits.io_threads = 1;
  Running running(options);
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < 10; ++i) idle.push_back(idle_connection(running));
  CHECK(running.get("/healthz").status == 200);
  CHECK(idle.front()->read_all().empty());  // Closed, and only it.
  idle.back()->send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(has(idle.back()->read_until("ok\n"), " 200 "));
}

TEST_CASE("when all connections are busy, a new one is told to come again", "[store]") {
  http::ServerOptions options = loopback();
  options.limits.connections = 4;
  Running running(options);
  std::vector<std::unique_ptr<RawConnection>> busy;
  for (int i = 0; i < 4; ++i) {
    busy.push_back(std::make_unique<RawConnection>(running.address()));
    busy.back()->send("POST /v1/spans HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n");
    REQUIRE(has(busy.back()->read_until("\r\n\r\n"), " 100 "));
  }
  RawConnection late(running.address());
  const std::string answer = late.read_all();
  CHECK(answer.starts_with("HTTP/1.1 503 "));
  CHECK(has(answer, "Retry-After: 1\r\n"));
  busy.front()->send("          ");
  CHECK(has(busy.front()->read_until("\"interrupted\""), " 200 "));
}

TEST_CASE("a full queue is answered, and holds up nobody else", "[store]") {
  Running running;
  std::unique_lock hold(running.host.loops_may_run);
  std::deque<RawConnection> waiting;
  std::vector<pollfd> answers;
  // One runs, eight wait, and the tenth is too many.
  for (int i = 0; i < 10; ++i) {
    RawConnection& connection = waiting.emplace_back(running.address());
    connection.send("POST /api/v1/loops/recompute/run HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    answers.push_back({connection.descriptor(), POLLIN, 0});
  }
  REQUIRE(::poll(answers.data(), answers.size(), 60'000) == 1);
  CHECK(running.get("/healthz").status == 200);
  CHECK(running.get("/api/v1/status").status == 200);
  CHECK(running.post("/v1/spans", job(1)).status == 200);
  hold.unlock();
  int done = 0, refused = 0;
  for (RawConnection& connection : waiting) {
    const std::string answer = connection.read_all();
    done += answer.starts_with("HTTP/1.1 200 ");
    refused += answer.starts_with("HTTP/1.1 503 ") && has(answer, "Retry-After: 1\r\n");
  }
  CHECK(done == 9);
  CHECK(refused == 1);
}

TEST_CASE("stopping answers what has come, closes what waits, and takes nothing more", "[store]") {
  Running running;
  const auto idle = idle_connection(running);
  std::unique_lock hold(running.host.loops_may_run);
  RawConnection busy(running.address());
  busy.send("POST /api/v1/loops/recompute/run HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (running.host.loops_begun == 0) std::this_thread::yield();
  bool finished = false;
  std::thread stopper([&] { finished = running.server->stop(seconds(60)); });
  CHECK(idle->read_all().empty());
  hold.unlock();
  const std::string answer = busy.read_all();
  CHECK(answer.starts_with("HTTP/1.1 200 "));
  CHECK(has(answer, "Connection: close\r\n"));
  stopper.join();
  CHECK(finished);
  CHECK_THROWS_AS(running.get("/healthz"), http::ConnectionError);
}

TEST_CASE("stopping cuts off who does not come to an end", "[store]") {
  Running running;
  RawConnection half(running.address());
  half.send("POST /v1/spans HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n");
  REQUIRE(has(half.read_until("\r\n\r\n"), " 100 "));
  CHECK_FALSE(running.server->stop(kSoon));
  running.server.reset();
  CHECK(half.read_all().empty());
}

TEST_CASE("many senders at once are all served, each span once", "[store]") {
  Running running;
  std::vector<std::thread> senders;
  std::atomic<int> good{0};
  for (int s = 0; s < 8; ++s) {
    senders.emplace_back([&, s] {
      http::Client client(running.address());
      for (int i = 0; i < 40; ++i) {
        std::string spans;
        for (int k = 0; k < 20; ++k) spans += job(s * 400 + i * 10 + k);
        good += client.send({"POST", "/v1/spans", {}, spans}).status == 200;
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  CHECK(good == 320);
  const Status status = running.host.engine().status();
  CHECK(status.totals.at("accepted") + status.totals.at("duplicates") == 6400);
  CHECK(status.totals.at("accepted") == 3210);
}

TEST_CASE("answers that nobody reads are bounded together; spans and small answers go on", "[store]") {
  http::ServerOptions options = loopback(kSendAndRead);
  options.limits.open_answer_bytes = 12u << 20;
  Running running(options);
  const std::string wide(480, 'w');
  for (int id = 0; id < 10'000;) {
    std::string lines;
    for (const int end = id + 2'000; id < end; ++id)
      lines += job(id, ",\"pipeline\":\"" + std::to_string(id) + wide + '"');
    REQUIRE(running.post("/v1/spans", lines).status == 200);
  }
  // More than the sockets on the way take in.
  const std::string target = "/api/v1/rollups/ci_job_metrics?format=json&limit=10000";
  const std::size_t size = running.get(target).body.size();
  REQUIRE(size > 7u << 20);
  REQUIRE(size < 12u << 20);
  RawConnection reader(running.address());
  REQUIRE(reader.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  CHECK(reader.read_until("\r\n").starts_with("HTTP/1.1 200 "));
  const ClientResponse refused = running.get(target);
  CHECK(refused.status == 503);
  CHECK(refused.header("Retry-After") == "1");
  CHECK(running.get(target + "&columns=total_runs&where=job=none").status == 200);
  CHECK(running.post("/v1/spans", job(10'000)).status == 200);
}
