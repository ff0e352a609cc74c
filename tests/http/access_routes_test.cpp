#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "http/http_support.hpp"

using namespace tidemark;
using namespace tidemark::test;
using http::ClientRequest;
using http::ClientResponse;
using http::Token;

namespace {

const std::vector<Token> kTokens = {{"ci", "ingest-secret", {true, false, false}},
                                    {"grafana", "read-secret", {false, true, false}},
                                    {"ops", "admin-secret", {false, false, true}}};

http::ServerOptions closed() {
  http::ServerOptions options = loopback({});
  options.access.tokens = kTokens;
  return options;
}

ClientRequest with(const std::string& method, const std::string& target, const std::string& secret) {
  ClientRequest request{method, target, {}, {}};
  if (!secret.empty()) request.headers.emplace_back("Authorization", "Bearer " + secret);
  return request;
}

}  // namespace

TEST_CASE("every route takes its scope, and no other will do", "[store]") {
  Running running(closed());
  struct Case {
    const char *method, *target;
    const char* scope;
  };
  const Case cases[] = {{"POST", "/v1/traces", "ingest"},    {"POST", "/v1/spans", "ingest"},
                        {"POST", "/v1/junit", "ingest"},     {"GET", "/api/v1/rollups/ci_job_metrics", "read"},
                        {"GET", "/api/v1/status", "read"},   {"GET", "/metrics", "read"},
                        {"POST", "/api/v1/ingest", "admin"}, {"POST", "/api/v1/loops/recompute/run", "admin"},
                        {"POST", "/api/v1/backup", "admin"}, {"GET", "/api/v1/rejects", "admin"}};
  for (const auto& [method, target, scope] : cases) {
    INFO(target);
    const ClientResponse nobody = running.send(with(method, target, ""));
    CHECK(nobody.status == 401);
    CHECK(nobody.header("www-authenticate") == "Bearer realm=\"tidemark\"");
    CHECK(has(nobody.body, scope));
    CHECK(running.send(with(method, target, "wrong")).status == 401);
    for (const Token& token : kTokens) {
      const bool may = token.scopes.admin || token.secret == std::string(scope) + "-secret";
      const ClientResponse response = running.send(with(method, target, token.secret));
      CHECK((response.status == 403) == !may);
      CHECK_FALSE(has(response.body, token.secret));
    }
  }
}

TEST_CASE("a listener that is open for spans and queries is not open for the rest", "[store]") {
  Running running(loopback(kSendAndRead));
  CHECK(running.post("/v1/spans", job(1)).status == 200);
  CHECK(running.get("/api/v1/status").status == 200);
  CHECK(running.get("/api/v1/rejects").status == 401);
  CHECK(running.post("/api/v1/backup", R"({"folder":"x"})").status == 401);
  CHECK(running.get("/api/v1/rollups/ci_job_metrics?limit=all").status == 400);
  CHECK(running.host.backed_up.empty());
}

TEST_CASE("tokens change while the server runs", "[store]") {
  Running running(closed());
  http::Access access;
  access.tokens = {{"new", "new-secret", {true, true, false}}};
  running.server->set_access(access);
  CHECK(running.send(with("GET", "/api/v1/status", "new-secret")).status == 200);
  CHECK(running.send(with("GET", "/api/v1/status", "read-secret")).status == 401);
}

TEST_CASE("an open listener refuses pages of other origins; a token makes up for it", "[store]") {
  http::ServerOptions options = loopback(kSendAndRead);
  options.access.tokens = kTokens;
  options.host_names = {"agent"};
  Running running(options);
  ClientRequest request{"GET", "/api/v1/status", {{"Origin", "https://evil.example"}}, {}};
  CHECK(running.send(request).status == 403);
  request.headers.emplace_back("Authorization", "Bearer read-secret");
  CHECK(running.send(request).status == 200);
  RawConnection rebound(running.address());
  rebound.send("GET /api/v1/status HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  CHECK(has(rebound.read_until("\r\n\r\n"), "HTTP/1.1 403 "));
  RawConnection named(running.address());
  named.send("GET /api/v1/status HTTP/1.1\r\nHost: agent:4318\r\n\r\n");
  CHECK(has(named.read_until("\r\n\r\n"), "HTTP/1.1 200 "));
}

TEST_CASE("a unix socket is its owner's, and open for everything, however long its path", "[store]") {
  const Scratch scratch;
  const std::string folder = scratch.path(std::string(100, 'd')) + '/' + std::string(100, 'e');
  std::filesystem::create_directories(folder);
  http::ServerOptions options = loopback({});
  http::Listener listener;
  listener.address = "unix:" + folder + "/agent.sock";
  listener.open = kEverything;
  options.listeners.push_back(listener);
  struct stat info {};
  {
    Running running(options);
    REQUIRE(running.server->addresses().back() == listener.address);
    REQUIRE(::stat((folder + "/agent.sock").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    http::Client client(listener.address);
    CHECK(client.send({"GET", "/api/v1/rejects", {}, {}}).status == 200);
    CHECK(client.send({"POST", "/v1/spans", {}, job(1)}).status == 200);
    CHECK(client.send({"POST", "/api/v1/backup", {}, R"({"folder": "/x"})"}).status == 200);
    CHECK(running.host.backed_up == "/x");
    CHECK_THROWS_WITH(http::Server(running.host, options), Catch::Contains("another process listens there"));
  }
  CHECK(::stat((folder + "/agent.sock").c_str(), &info) != 0);
  CHECK_THROWS_AS(http::Client(listener.address).send({}), http::ConnectionError);
}

TEST_CASE("what a killed process left is replaced, what is no socket is not", "[store]") {
  const Scratch scratch;
  http::ServerOptions options = loopback({});
  options.listeners[0].address = "unix:" + scratch.path("agent.sock");
  std::ofstream(scratch.path("agent.sock")) << "precious";
  CHECK_THROWS_WITH(Running(options), Catch::Contains("it is no socket"));
  std::filesystem::remove(scratch.path("agent.sock"));
  {
    Running running(options);
    // As after a kill: the name stays, and nobody listens.
    std::filesystem::rename(scratch.path("agent.sock"), scratch.path("left.sock"));
  }
  std::filesystem::rename(scratch.path("left.sock"), scratch.path("agent.sock"));
  Running running(options);
  CHECK(http::Client(options.listeners[0].address).send({"GET", "/healthz", {}, {}}).status == 200);
}

TEST_CASE("a name is listened on at each of its addresses", "[store]") {
  http::ServerOptions options = loopback();
  options.listeners[0].address = "localhost:0";
  Running running(options);
  REQUIRE_FALSE(running.server->addresses().empty());
  for (const std::string& address : running.server->addresses())
    CHECK(http::Client(address).send({"GET", "/healthz", {}, {}}).status == 200);
}

TEST_CASE("addresses that cannot be had are named", "[store]") {
  const auto fails = [](const std::string& address) {
    http::ServerOptions options = loopback();
    options.listeners[0].address = address;
    return options;
  };
  CHECK_THROWS_WITH(Running(fails("localhost")), Catch::Contains("cannot listen on localhost: expected HOST:PORT"));
  CHECK_THROWS_WITH(Running(fails("192.0.2.1:4318")), Catch::Contains("cannot listen on 192.0.2.1:4318"));
  CHECK_THROWS_WITH(Running(fails("unix:/nonexistent/a.sock")), Catch::Contains("cannot listen on unix:"));
  Running running;
  CHECK_THROWS_WITH(Running(fails(running.address())), Catch::Contains("in use"));
}

TEST_CASE("jobs run and backups are made when an admin asks", "[store]") {
  Running running;
  const ClientResponse run = running.post("/api/v1/jobs/recompute/run", "");
  CHECK(run.status == 200);
  CHECK(has(run.body, "\"runs\": 1"));
  CHECK(has(running.post("/api/v1/jobs/nothing/run", "").body, "there is no job 'nothing'"));
  CHECK(running.post("/api/v1/jobs/nothing/run", "").status == 400);
  const std::string all = running.get("/api/v1/jobs").body;
  CHECK(has(all, "\"schedule\": \"60s\""));
  CHECK(has(all, "\"time_zone\": \"Europe/Amsterdam\""));
  CHECK(has(all, "\"last_error\": \"no such column\""));
  const std::string table = running.get("/api/v1/jobs?format=table").body;
  CHECK(has(table, "*/5 * * * * Europe/Amsterdam"));
  CHECK(has(table, "0.001 s"));
  CHECK(has(table, "(2 jobs)"));
  // As jobs were called before.
  CHECK(has(running.post("/api/v1/loops/recompute/run", "").body, "\"runs\": 2"));
  for (const char* wrong : {"", "{", "[]", "{}", R"({"folder": 1})", R"({"folder": ""})", R"({"folder": "a"} x)"})
    CHECK(running.post("/api/v1/backup", wrong).status == 400);
  CHECK(running.host.backed_up.empty());
}
