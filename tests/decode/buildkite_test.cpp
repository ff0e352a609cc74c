#include <catch2/catch.hpp>

#include "decode_support.hpp"

using namespace tidemark;
using test::decode;
using test::dump;
using test::with;

namespace {

std::string sample(const std::string& name) { return test::corpus("buildkite/" + name + ".json"); }
std::string decoded(const std::string& name) { return dump(decode(decode_buildkite, sample(name))); }

}  // namespace

TEST_CASE("Buildkite: a job's queue starts when it is runnable; of the agent's tags only the queue is a label") {
  CHECK(decoded("job_finished") ==
        "job owner=acme repository=acme/api pipeline=api job=:go: test runner=agent-9 labels=[queue=linux] branch=main "
        "queued_at=2026-01-01T00:00:10.250000Z result=success started_at=2026-01-01T00:00:12.500000Z "
        "ended_at=2026-01-01T00:00:50.750000Z duration=38.250000 queue=2.250000\n");
}

TEST_CASE("Buildkite: a job that never started has no length, no queue time and no agent") {
  CHECK(decoded("job_never_started") ==
        "job owner=acme repository=acme/api pipeline=api job=test branch=main queued_at=2026-01-01T00:00:10.250000Z "
        "result=cancellation ended_at=2026-01-01T00:00:50.750000Z\n");
}

TEST_CASE("Buildkite: a job without a name or a key is called by its command; the queue may be in its rules") {
  CHECK_THAT(decoded("job_unnamed"), Catch::Contains("job=go test ./... runner=agent-1 labels=[queue=linux] ") &&
                                         Catch::Contains("result=timeout "));
}

TEST_CASE("Buildkite: a build's span") {
  CHECK(decoded("build_finished") ==
        "pipeline owner=acme repository=acme/api pipeline=api branch=main queued_at=2026-01-01T00:00:00Z "
        "result=failure started_at=2026-01-01T00:00:05Z ended_at=2026-01-01T00:01:00Z duration=55.000000\n");
}

TEST_CASE(
    "Buildkite: other events, other steps, blocked builds and payloads that are ahead of their event are ignored") {
  for (const char* name : {"job_started", "job_later_state", "job_trigger", "build_blocked", "build_running", "ping"}) {
    INFO(name);
    CHECK(decoded(name) == "ignored 1\n");
  }
}

TEST_CASE("Buildkite: every state that a finished job may have") {
  const std::pair<const char*, const char*> results[] = {
      {"passed", "success"},    {"failed", "failure"},     {"canceled", "cancellation"}, {"canceling", "cancellation"},
      {"timed_out", "timeout"}, {"timing_out", "timeout"}, {"skipped", "skip"},          {"broken", "error"},
      {"expired", "error"},     {"finished", "success"}};
  for (const auto& [state, result] : results)
    CHECK_THAT(dump(decode(decode_buildkite, with(sample("job_finished"), "\"state\": \"passed\"",
                                                  "\"state\": \"" + std::string(state) + "\""))),
               Catch::Contains("result=" + std::string(result)));
  const std::string finished = with(sample("job_finished"), "\"state\": \"passed\"", "\"state\": \"finished\"");
  CHECK_THAT(dump(decode(decode_buildkite, with(finished, "\"exit_status\": 0", "\"exit_status\": 2"))),
             Catch::Contains("result=failure"));
  CHECK_THAT(dump(decode(decode_buildkite, with(finished, "\"exit_status\": 0", "\"exit_status\": null"))),
             Catch::Contains("unknown_results 1"));
}

TEST_CASE("Buildkite: a start before the job was runnable is a queue of 0, counted") {
  CHECK_THAT(dump(decode(decode_buildkite, with(sample("job_finished"), "00:00:10.250Z", "00:00:13.000Z"))),
             Catch::Contains("queue=0.000000") && Catch::Contains("clamped_times 1"));
}

TEST_CASE("Buildkite: the organisation stands in addresses of either kind") {
  std::string job = sample("job_finished");
  for (auto at = job.find("https://api."); at != std::string::npos; at = job.find("https://api."))
    job.replace(at, 8, "");
  CHECK_THAT(dump(decode(decode_buildkite, job)), Catch::StartsWith("job owner=acme "));
}

TEST_CASE("Buildkite: an event that comes again is the same span") {
  const auto identity = [](const std::string& payload) {
    return decode(decode_buildkite, payload).batch.spans.at(0).identity;
  };
  CHECK(identity(sample("job_finished")) == identity(with(sample("job_finished"), "\"passed\"", "\"failed\"")));
  CHECK(identity(sample("job_finished")) != identity(sample("job_unnamed")));
}
