#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <future>
#include <set>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/supervisor.hpp"
#include "http/client.hpp"

using namespace tidemark::test;
using Catch::Contains;
using tidemark::http::Client;
using tidemark::http::ConnectionError;
using Words = std::vector<std::string>;

namespace {

std::string job(int id) {
  return R"({"source":"job","id":)" + std::to_string(id) +
         R"(,"owner":"acme","repository":"acme/api","pipeline":"ci","job":"build","result":"success","runner":"r",)" +
         R"("labels":["x64"],"started_at":"2026-01-05T00:00:00Z","ended_at":"2026-01-05T00:00:10Z"})" + "\n";
}

std::string jobs(int first, int last) {
  std::string lines;
  for (int id = first; id <= last; ++id) lines += job(id);
  return lines;
}

/// Sends jobs; false when no answer came.
bool send(const Supervisor& agent, int first, int last) {
  try {
    Client client("unix:" + agent.store() + "/agent.sock");
    return client.send({"POST", "/api/v1/ingest?format=ndjson&backfill=true", {}, jobs(first, last)}).ok();
  } catch (const ConnectionError&) {
    return false;
  }
}

/// A port on which connections are accepted and never answered.
class Silence {
 public:
  Silence() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    const bool good = ::bind(fd_, reinterpret_cast<sockaddr*>(&address), length) == 0 && ::listen(fd_, 8) == 0 &&
                      ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length) == 0;
    if (!good) throw std::runtime_error("listen");
    port_ = ntohs(address.sin_port);
  }
  ~Silence() { ::close(fd_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  std::string url() const { return "postgresql://u@127.0.0.1:" + std::to_string(port_) + "/db"; }

 private:
  int fd_;
  int port_ = 0;
};

/// A connection whose request has begun and does not end.
class Dawdler {
 public:
  explicit Dawdler(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    // Answered first, so that the server has it, and nobody's place is taken who has sent nothing yet.
    const std::string request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz";
    char answer[4096];
    const bool good = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                      ::send(fd_, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()) &&
                      ::recv(fd_, answer, sizeof answer, 0) > 0;
    if (!good) throw std::runtime_error("cannot ask the agent at " + path);
  }
  ~Dawdler() { ::close(fd_); }
  Dawdler(const Dawdler&) = delete;
  Dawdler& operator=(const Dawdler&) = delete;

 private:
  int fd_;
};

}  // namespace

TEST_CASE("commands find the running agent, and print what they would have printed without it", "[store]") {
  // Longer than a piece, with one bad line near the end: its number is that of the whole file.
  const std::string input = jobs(1, 12'000) + "{\"source\":\"job\"}\n" + job(12'001);
  const Supervisor alone;
  REQUIRE(alone.run({"ingest", "-"}).code == 0);  // makes the store
  Supervisor agent;
  const std::string sink = agent.path("sink.db");
  // By itself it computes and sends nothing: what is left to do is the same for both.
  agent.start({"--set", "sinks.s.url=sqlite:" + sink, "--set", "loops.recompute=1h", "--set", "loops.sync=1h"});
  const std::string spans = agent.file("spans.ndjson", input);
  const std::string hooks = std::string(TIDEMARK_SOURCE_DIR) + "/tests/corpus/github/";
  const std::vector<Words> commands = {{"retain", "--format", "csv"},
                                       {"ingest", spans, "--backfill", "--output", "json"},
                                       {"ingest", spans, "--backfill"},
                                       {"ingest", hooks + "job_phantom.json", hooks + "job_resent.json", "--backfill"},
                                       {"recompute", "--format", "json"},
                                       {"query", "ci_job_metrics"},
                                       {"query", "ci_job_metrics", "--format", "csv", "--every", "all", "--by", ""},
                                       {"query", "ci_job_metrics", "--format", "json", "--where", "owner=acme"},
                                       {"query", "nothing"},
                                       {"sync", "--sink", "sqlite:" + sink},
                                       {"recompute", "--quiet"}};
  for (const Words& words : commands) {
    INFO(words[0] << " " << words[1]);
    const Ran here = agent.run(words);
    if (words[0] == "sync") std::filesystem::remove(sink);
    const Ran there = alone.run(words);
    INFO(here.err << there.err);
    CHECK(here.out == there.out);
    CHECK(here.code == there.code);
    if (words.back() == "--quiet") {
      CHECK(here.err.empty());
      continue;
    }
    CHECK_THAT(here.err, Contains("asking the agent that runs on " + agent.store()));
    CHECK_THAT(there.err, Contains("no agent runs on " + alone.store() + "; opening it here"));
  }
  const Ran ingested = agent.run({"ingest", spans, "--backfill"});
  CHECK_THAT(ingested.err, Contains("spans.ndjson:12001: missing_identity"));
  CHECK_THAT(agent.run({"status"}).out, Contains("sync:s") && Contains("raw span"));
  CHECK_THAT(agent.run({"rejects", "--reason", "missing_identity"}).out, Contains("missing_identity"));
  CHECK(agent.stop().code == 0);
}

TEST_CASE("gzip, stdin and documents go to the agent as they would to a store", "[store]") {
  Supervisor agent;
  agent.start();
  const Ran junit = agent.run({"ingest", "-", "--set", "owner=acme", "--set", "repository=acme/api"},
                              R"(<testsuite name="s"><testcase classname="c" name="t" time="1"/></testsuite>)");
  CHECK(junit.out == "accepted 1  duplicates 0  rejected 0\n");
  const Ran broken = agent.run({"ingest", "-", "--format", "otlp-json"}, "{\"resourceSpans\": [");
  CHECK(broken.code == 2);
  CHECK_THAT(broken.err, Contains("nothing in it could be decoded"));
  const Ran damaged = agent.run({"ingest", "-"}, "\x1f\x8b damaged");
  CHECK(damaged.code == 2);
  CHECK_THAT(damaged.err, Contains("damaged gzip"));
  CHECK(agent.run({"ingest", "-"}).out == "accepted 0  duplicates 0  rejected 0\n");
  const Ran now = agent.run({"recompute", "--now", "2026-01-05T00:00:00Z"});
  CHECK(now.code == 2);
  CHECK_THAT(now.err, Contains("--now means nothing to the agent"));
}

TEST_CASE("killed again and again with requests on their way, everything that is sent again counts once", "[store]") {
  constexpr int kBatches = 30, kSpans = 40;
  Supervisor agent;
  agent.start();
  std::set<int> unacknowledged;
  for (int batch = 0; batch < kBatches; ++batch) {
    const auto deliver = [&agent, batch] { return send(agent, batch * kSpans + 1, (batch + 1) * kSpans); };
    if (batch % 5 != 4) {
      if (!deliver()) unacknowledged.insert(batch);
      continue;
    }
    auto answer = std::async(std::launch::async, deliver);
    agent.kill();
    if (!answer.get()) unacknowledged.insert(batch);
    agent.start();
  }
  for (const int batch : unacknowledged) CHECK(send(agent, batch * kSpans + 1, (batch + 1) * kSpans));
  // What was acknowledged is there, too: sent again, all of it is known.
  for (int batch = 0; batch < kBatches; ++batch) CHECK(send(agent, batch * kSpans + 1, (batch + 1) * kSpans));
  CHECK(agent.run({"recompute"}).code == 0);
  const Ran rows = agent.run(
      {"query", "ci_job_metrics", "--format", "csv", "--by", "owner", "--every", "all", "--columns", "total_runs"});
  CHECK_THAT(rows.out, Contains("acme,1200,1200,1200"));
  CHECK(agent.stop().code == 0);
  CHECK_THAT(agent.run({"verify"}).out, Contains("all equal"));
}

TEST_CASE("SIGTERM drains and leaves nothing to do", "[store]") {
  Supervisor agent;
  agent.start();
  REQUIRE(send(agent, 1, 100));
  agent.agent().send(SIGTERM);
  agent.wait_for("STOPPING=1");
  const Ran ran = agent.agent().finish();
  INFO(ran.err);
  CHECK(ran.code == 0);
  CHECK_THAT(ran.err, Contains("info stopped"));
  CHECK_FALSE(std::filesystem::exists(agent.store() + "/agent.sock"));
  CHECK_THAT(agent.run({"status"}).out, Contains("to compute  0 spans"));
}

TEST_CASE("a store has one agent, and a socket that a killed one left is none", "[store]") {
  Supervisor agent;
  agent.start();
  const Ran second = agent.run({"agent", "--listen", "127.0.0.1:0"});
  CHECK(second.code == 1);
  CHECK_THAT(second.err, Contains("is in use by another process"));
  CHECK(send(agent, 1, 1));
  agent.kill();
  REQUIRE(std::filesystem::exists(agent.store() + "/agent.sock"));
  const Ran status = agent.run({"status"});
  CHECK(status.code == 0);
  CHECK_THAT(status.err, Contains("no agent runs on"));
  agent.start();
  CHECK_THAT(agent.run({"status"}).err, Contains("asking the agent"));
}

TEST_CASE("SIGHUP reads the configuration again, and a broken one changes nothing", "[store]") {
  Supervisor agent;
  const std::string file = agent.file("tidemark.toml", "[loops]\nrecompute = \"1h\"\n");
  agent.start({"--config", file});
  agent.file("tidemark.toml", "[loops]\nrecompute = \"sometimes\"\n");
  agent.agent().send(SIGHUP);
  agent.wait_for("READY=1");
  CHECK_THAT(agent.agent().err(),
             Contains("the configuration stays as it was") && Contains("tidemark.toml:2: [loops] recompute"));
  agent.file("tidemark.toml", "threads = 2\n[loops]\nrecompute = \"2h\"\n");
  agent.agent().send(SIGHUP);
  agent.wait_for("READY=1");
  CHECK_THAT(agent.agent().err(), Contains("was read again") && Contains("need a restart keys=threads"));
  CHECK(send(agent, 1, 1));
  CHECK(agent.stop().code == 0);
}

TEST_CASE("stopping takes no longer than its bound, and a second signal ends it at once", "[store]") {
  const Silence silence;
  Supervisor agent;
  const Words slow = {"--drain", "sync", "--set", "sinks.s.url=" + silence.url(), "--set"};
  Words bounded = slow;
  bounded.push_back("drain_timeout=1s");
  agent.start(bounded);
  REQUIRE(send(agent, 1, 10));
  const Ran late = agent.stop();
  CHECK(late.code == 1);
  CHECK_THAT(late.err, Contains("stopping took too long"));

  Words patient = slow;
  patient.push_back("drain_timeout=1h");
  agent.start(patient);
  agent.agent().send(SIGTERM);
  agent.wait_for("STOPPING=1");
  agent.agent().send(SIGTERM);
  CHECK(agent.agent().finish().code == 143);
  CHECK_THAT(agent.run({"status"}).out, Contains("accepted"));
}

TEST_CASE("an agent that others could reach without a token does not start") {
  const Supervisor agent;
  const Ran ran = agent.run({"agent", "--listen", "0.0.0.0:0"});
  CHECK(ran.code == 2);
  CHECK_THAT(ran.err, Contains("--listen: http.listen: '0.0.0.0:0' can be reached from other machines"));
  CHECK_FALSE(std::filesystem::exists(agent.store()));
}

TEST_CASE("config shows what is in force and whence, and checks it") {
  const Scratch scratch;
  const std::string file =
      scratch.file("tidemark.toml", "threads = 2\n[sinks.w]\nurl = \"postgresql://u:hunter2@h/d\"\n");
  RunOptions options;
  options.environment = {{"TIDEMARK_MEMORY", "128MB"}, {"TIDEMARK_CONFIG", file}, {"TIDEMARK_TRHEADS", "4"}};
  const Ran shown = run_program({"config", "show", "--log-level", "debug"}, options);
  CHECK(shown.code == 0);
  CHECK_THAT(shown.out, Contains("threads = 2") && Contains("# " + file + ":1") && Contains("# TIDEMARK_MEMORY") &&
                            Contains("# --log-level") && Contains("postgresql://u:***@h/d") && !Contains("hunter2"));
  CHECK_THAT(shown.err, Contains("TIDEMARK_TRHEADS") && Contains("did you mean 'TIDEMARK_THREADS'"));
  CHECK_THAT(run_program({"config", "show", "--output", "json"}, options).out,
             Contains("\"from\": \"TIDEMARK_MEMORY\""));
  CHECK(run_program({"config", "check"}, options).out == file + " is fine\n");

  const std::string broken = scratch.file("broken.toml", "[tokens.a]\nfile = \"" + scratch.path("none") + "\"\n");
  const Ran checked = run_program({"config", "check", "--config", broken});
  CHECK(checked.code == 2);
  CHECK_THAT(checked.err, Contains("tokens.a.file: " + scratch.path("none")));
  const Ran password = run_program({"config", "show", "--set", "sinks.w.url=postgresql://u:hunter2@h/d"});
  CHECK(password.code == 2);
  CHECK_THAT(password.err, Contains("can be read by every user") && !Contains("hunter2"));
}

TEST_CASE("a backup is the same with an agent and without, and rejects need one", "[store]") {
  Supervisor agent;
  agent.start();
  REQUIRE(send(agent, 1, 10));
  CHECK(agent.run({"backup", agent.path("one")}).out == "copied the store to " + agent.path("one") + "\n");
  CHECK(agent.run({"backup", agent.path("one")}).code == 2);
  agent.stop();
  CHECK(agent.run({"backup", agent.path("two")}).out == "copied the store to " + agent.path("two") + "\n");
  RunOptions same_spans;
  same_spans.input = jobs(1, 10);
  for (const char* copy : {"one", "two"}) {
    const Ran again = run_program({"ingest", "-", "--backfill", "--store", agent.path(copy)}, same_spans);
    CHECK(again.out == "accepted 0  duplicates 10  rejected 0\n");
    CHECK_THAT(run_program({"status", "--store", agent.path(copy)}).out, Contains("epoch 2"));
  }
  CHECK(agent.run({"rejects"}).code == 2);
}

TEST_CASE("jobs are shown and run by a running agent", "[store]") {
  Supervisor agent;
  agent.start({"--set", "loops.retain=30 3 * * *", "--set", "loops.time_zone=Europe/Amsterdam"});
  CHECK_THAT(agent.run({"jobs"}).out, Contains("recompute") && Contains("30 3 * * * Europe/Amsterdam"));
  CHECK_THAT(agent.run({"jobs", "--output", "json"}).out, Contains("\"schedule\": \"30 3 * * *\""));
  CHECK(agent.run({"jobs", "run", "disk"}).code == 0);
  CHECK_THAT(agent.run({"jobs", "run", "retain"}).out, Contains("retain: blocks dropped 0"));
  const Ran unknown = agent.run({"jobs", "run", "retian"});
  CHECK(unknown.code == 2);
  CHECK_THAT(unknown.err, Contains("did you mean 'retain'?"));
  CHECK(agent.run({"jobs", "walk", "disk"}).code == 2);
  CHECK(agent.stop().code == 0);
  const Ran nobody = agent.run({"jobs"});
  CHECK(nobody.code == 2);
  CHECK_THAT(nobody.err, Contains("no agent runs on") && Contains("start 'tidemark agent'"));
}

TEST_CASE("an agent whose time zone there is not does not start", "[store]") {
  Supervisor agent;
  const Ran refused = run_program({"agent", "--store", agent.store(), "--set", "loops.time_zone=Mars/Olympus"});
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Contains("loops.time_zone: expected a time zone") && Contains("Mars/Olympus"));
}

TEST_CASE("an agent that has no room for a command is not taken for none", "[store]") {
  Supervisor agent;
  agent.start({"--set", "http.connections=8", "--set", "http.header_timeout=10m"});
  std::vector<std::unique_ptr<Dawdler>> dawdlers;
  for (int n = 0; n < 8; ++n) dawdlers.push_back(std::make_unique<Dawdler>(agent.store() + "/agent.sock"));
  const Ran refused = agent.run({"status"});
  CHECK(refused.code == 1);
  CHECK_THAT(refused.err, Contains("an agent runs on " + agent.store()) && Contains("too many connections"));
  dawdlers.clear();
  CHECK(agent.stop().code == 0);
}
