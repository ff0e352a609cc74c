#include <catch2/catch.hpp>
#include <fstream>
#include <random>

#include "http/client.hpp"
#include "npm/senders.hpp"

/// OpenTelemetry's own exporter for JavaScript sends to an agent. tests/npm/send_spans.mjs says what it sends.

using namespace tidemark;
using namespace tidemark::test;
using Catch::Contains;
using Words = std::vector<std::string>;

namespace {

constexpr int kJobsOfRun = 9;

Words sender(const std::string& address, const std::string& name, Words rest) {
  rest.insert(rest.begin(), {address, name});
  return script("send_spans.mjs", rest);
}

std::string sent(int spans, int retries) {
  return "exported " + std::to_string(spans) + " failed 0 retries " + std::to_string(retries) + "\n";
}

std::string seconds_text(int milliseconds) {
  std::string rest = std::to_string(milliseconds % 1000 + 1000);
  rest[0] = '.';
  return std::to_string(milliseconds / 1000) + rest + "000";
}

/// What the agent has of the jobs of runs [0, runs), each sent by `senders`: a line for the odd run, the last one.
std::string expected_jobs(int runs, int senders) {
  std::string lines;
  const auto add = [&](const std::string& pipeline, int first, int last) {
    int count = 0, failed = 0, sum = 0;
    for (int job = first * kJobsOfRun; job < last * kJobsOfRun; ++job) {
      count += senders;
      failed += job % 5 == 0 ? senders : 0;
      sum += senders * (job % 50 + 1);
    }
    const std::string n = std::to_string(count);
    lines += pipeline + "," + n + "," + std::to_string(failed) + "," + seconds_text(sum) + "," + n + "," + n + "\r\n";
  };
  add("ci", 0, runs - 1);
  add("odd \uFFFD name", runs - 1, runs);
  return lines;
}

/// An address whose port no connection is given by chance, as it might be while a killed agent is away.
std::string lasting_address() {
  int first = 32'768, last = 60'999;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first >> last;
  std::random_device random;
  std::uniform_int_distribution<int> any(10'000, 65'535);
  int port = any(random);
  for (int i = 0; i < 1'000 && first <= port && port <= last; ++i) port = any(random);
  return "127.0.0.1:" + std::to_string(port);
}

/// Somebody else may listen there.
template <typename Start>
void try_twice(const Start& start) {
  try {
    start();
  } catch (const std::runtime_error&) {
    start();
  }
}

std::string jobs(const Supervisor& agent) {
  return rows(agent, "ci_job_metrics", "pipeline", "total_runs,failed_runs,sum_duration_seconds");
}

}  // namespace

TEST_CASE("Every span of the real exporter lands once, in each encoding, compressed and not", "[slow]") {
  constexpr int kRuns = 40, kSpans = kRuns * (kJobsOfRun + 1);
  Supervisor agent;
  agent.start();
  int senders = 0;
  for (const char* encoding : {"proto", "json"})
    for (const char* compression : {"none", "gzip"}) {
      const std::string name = std::string(encoding) + "-" + compression;
      INFO(name);
      const Ran ran =
          run_program(sender(agent.address(), name, {encoding, compression, std::to_string(kRuns)}), node());
      CHECK(ran.out == sent(kSpans, 0));
      CHECK(ran.err == "");
      CHECK(total(agent, "accepted") == ++senders * kSpans);
    }
  CHECK(jobs(agent) == expected_jobs(kRuns, senders));
  CHECK(rows(agent, "ci_pipeline_metrics", "owner,repository", "total_runs,sum_duration_seconds") ==
        "acme,acme/api,160,9.600000,160,160\r\n");
  // Of each odd span NaN and the infinite one; in JSON also 1e20, which it writes as an integer.
  CHECK(total(agent, "dropped_attributes") == (2 * 2 + 2 * 3) * (kJobsOfRun + 1));
  CHECK(total(agent, "rejected") == 0);
  CHECK(total(agent, "duplicates") == 0);
  CHECK(agent.stop().code == 0);
  CHECK_THAT(agent.run({"verify"}).out, Contains("all equal"));
}

TEST_CASE("An exporter that loses the answers sends again, and each span counts once", "[slow]") {
  constexpr int kRuns = 8, kSpans = kRuns * (kJobsOfRun + 1);
  const std::string encoding = GENERATE(as<std::string>(), "proto", "json");
  Supervisor agent;
  agent.start();
  const Ran ran = run_program(
      sender(agent.address(), encoding, {encoding, "gzip", std::to_string(kRuns), "--lose-answers"}), node());
  INFO(ran.err);
  CHECK(ran.out == sent(kSpans, 2));  // of two requests
  CHECK(total(agent, "accepted") == kSpans);
  CHECK(total(agent, "duplicates") == kSpans);
  CHECK(jobs(agent) == expected_jobs(kRuns, 1));
}

TEST_CASE("An exporter goes on when the agent is killed and comes back, and each span counts once", "[slow]") {
  constexpr int kBefore = 20, kDown = 4, kRuns = kBefore + kDown + 10;
  const std::string encoding = GENERATE(as<std::string>(), "proto", "json");
  Supervisor agent;
  std::string address;
  try_twice([&] {
    address = lasting_address();
    agent.start({"--listen", address});
  });
  Background exporter(sender(address, encoding, {encoding, "gzip", std::to_string(kRuns), "--paced"}), node());
  exporter.write(std::string(kBefore, '\n'));
  // In the middle of the first ones.
  http::Client asking("unix:" + agent.store() + "/agent.sock");
  const auto some_are_in = [&] {
    const std::string status = asking.send({"GET", "/api/v1/status", {}, {}}).body;
    return status.find("\"accepted\": ") != std::string::npos;
  };
  int asked = 0;
  while (!some_are_in() && asked < 100'000) ++asked;
  REQUIRE(asked < 100'000);
  agent.kill();
  exporter.write(std::string(kDown, '\n'));
  REQUIRE(exporter.wait_for_err("retry 1"));
  try_twice([&] { agent.start({"--listen", address}); });
  exporter.write(std::string(static_cast<std::size_t>(kRuns - kBefore - kDown), '\n'));
  const Ran ran = exporter.finish();
  INFO(ran.err);
  CHECK(ran.code == 0);
  CHECK_THAT(ran.out, Contains("exported " + std::to_string(kRuns * (kJobsOfRun + 1)) + " failed 0"));
  CHECK(total(agent, "accepted") == kRuns * (kJobsOfRun + 1));
  CHECK(jobs(agent) == expected_jobs(kRuns, 1));
  CHECK(agent.stop().code == 0);
}
