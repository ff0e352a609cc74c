#include <catch2/catch.hpp>

#include "decode_support.hpp"
#include "support/property.hpp"

using namespace tidemark;
using test::decode;
using test::dump;
using test::with;

namespace {

std::string sample(const std::string& name) { return test::corpus("github/" + name + ".json"); }
std::string decoded(const std::string& name) { return dump(decode(decode_github, sample(name))); }

Digest identity_of(std::string_view payload) {
  const auto out = decode(decode_github, payload);
  REQUIRE(out.batch.size() == 1);
  return out.batch.spans[0].identity;
}

const std::string kJob =
    "job owner=acme repository=acme/api pipeline=CI job=build runner=r-5 "
    "labels=[linux,self-hosted] branch=main queued_at=2026-01-01T00:00:00Z result=success ";

}  // namespace

TEST_CASE("GitHub: a completed job's queue ends when its first step starts, whatever started_at says") {
  CHECK(decoded("job_completed") == kJob +
                                        "started_at=2026-01-01T00:00:28Z ended_at=2026-01-01T00:01:30Z "
                                        "duration=62.000000 queue=28.000000\n");
}

TEST_CASE("GitHub: without steps, or with steps whose times are not the job's, started_at counts") {
  const std::string by_started_at = kJob +
                                    "started_at=2026-01-01T00:00:01Z ended_at=2026-01-01T00:01:30Z "
                                    "duration=89.000000 queue=1.000000\n";
  const std::string job = sample("job_completed");
  CHECK(dump(decode(decode_github, with(job, "2026-01-01T00:00:28Z", "2025-12-31T23:52:00Z"))) == by_started_at);
  const std::string late =
      with(with(job, "2026-01-01T00:00:28Z", "2026-01-01T00:02:00Z"), "\"2026-01-01T00:00:30Z\",\n    \"completed_at\"",
           "\"2026-01-01T00:02:01Z\",\n    \"completed_at\"");
  CHECK(dump(decode(decode_github, late)) == by_started_at);
  std::string without = job;
  const auto begin = without.find("\"steps\": ["), end = without.find("],", begin);
  CHECK(dump(decode(decode_github, without.replace(begin, end - begin, "\"steps\": ["))) == by_started_at);
}

TEST_CASE("GitHub: a step without a usable time is passed over") {
  for (const char* unusable : {"0001-01-01T00:00:00Z", "", "soon"}) {
    const std::string job =
        with(sample("job_completed"), "\"2026-01-01T00:00:28Z\"", "\"" + std::string(unusable) + "\"");
    CHECK_THAT(dump(decode(decode_github, job)), Catch::Contains("started_at=2026-01-01T00:00:30Z"));
  }
}

TEST_CASE("GitHub: other actions and events, pings and unfinished runs are well-formed and ignored") {
  for (const char* name : {"job_queued", "job_in_progress", "job_waiting", "run_requested", "run_completed_but_queued",
                           "ping", "check_run", "deployment"}) {
    INFO(name);
    CHECK(decoded(name) == "ignored 1\n");
  }
}

TEST_CASE("GitHub: a skipped job that was created after it started has a queue of 0, counted") {
  CHECK(decoded("job_skipped") ==
        "job owner=acme repository=acme/api pipeline=CI job=deploy branch=main queued_at=2026-01-01T00:00:55Z "
        "result=skip started_at=2026-01-01T00:00:54Z ended_at=2026-01-01T00:00:54Z duration=0.000000 queue=0.000000\n"
        "clamped_times 1\n");
}

TEST_CASE("GitHub: an end before the start is a length of 0, counted") {
  CHECK_THAT(decoded("job_end_before_start"),
             Catch::Contains("result=cancellation started_at=2026-01-23T01:27:53Z ended_at=2026-01-01T00:00:00Z "
                             "duration=0.000000") &&
                 Catch::Contains("clamped_times 1\n"));
}

TEST_CASE("GitHub: a check run made inside a job is no job, and is counted") {
  CHECK(decoded("job_phantom") == "phantom_jobs 1\n");
  CHECK(dump(decode(decode_github, with(sample("job_phantom"), "\"runner_id\": null", "\"runner_id\": 0"))) ==
        "phantom_jobs 1\n");
  CHECK(dump(decode(decode_github, with(sample("job_phantom"), "\"success\"", "\"failure\""))) == "phantom_jobs 1\n");
  // What asked for a runner, had one, or was skipped is a job.
  CHECK(decode(decode_github, with(sample("job_phantom"), "\"runner_id\": null", "\"runner_id\": 7")).batch.size() ==
        1);
  CHECK(decode(decode_github, with(sample("job_phantom"), "\"labels\": []", "\"labels\": [\"x\"]")).batch.size() == 1);
  CHECK(decode(decode_github, with(sample("job_phantom"), "\"success\"", "\"skipped\"")).batch.size() == 1);
}

TEST_CASE("GitHub: an old job that comes again with a new attempt is left out and counted") {
  CHECK(decoded("job_resent") == "resent_jobs 1\n");
  // A first attempt is never one, nor is a job that ended after it was created.
  CHECK(decode(decode_github, with(sample("job_resent"), "\"run_attempt\": 2", "\"run_attempt\": 1")).batch.size() ==
        1);
  CHECK(decode(decode_github, with(sample("job_resent"), "\"completed_at\": \"2026-01-01T00:01:30Z\"",
                                   "\"completed_at\": \"2026-01-01T02:00:01Z\""))
            .batch.size() == 1);
}

TEST_CASE("GitHub: a few seconds between GitHub's clocks make no job an old one") {
  std::string job = sample("job_skipped");  // of attempt 13, created a second after it ended
  CHECK(decode(decode_github, job).batch.size() == 1);
  CHECK(dump(decode(decode_github, with(job, "2026-01-01T00:00:55Z", "2026-01-01T00:01:00Z"))) == "resent_jobs 1\n");
}

TEST_CASE("GitHub: a job that was cancelled before a runner took it has no runner and no length") {
  CHECK(decoded("job_cancelled_before_pickup") ==
        "job owner=acme repository=acme/api pipeline=CI job=build labels=[linux,self-hosted] branch=main "
        "queued_at=2026-01-01T00:00:00Z result=cancellation started_at=2026-01-01T00:05:00Z "
        "ended_at=2026-01-01T00:05:00Z duration=0.000000 queue=300.000000\n");
}

TEST_CASE("GitHub: the year 1 as an end, which nobody can place, is refused") {
  const auto out = decode(decode_github, sample("job_zero_end"));
  CHECK(out.batch.empty());
  CHECK(out.report.rejections.of(RejectReason::invalid_time) == 1);
  CHECK(out.report.rejections.examples()[0].where == "-: workflow_job 9006 attempt 1");
  CHECK_THAT(out.report.rejections.examples()[0].message, Catch::Contains("the year 1"));
  // Also with a later attempt: it is not taken for an old job.
  CHECK(decode(decode_github, with(sample("job_zero_end"), "\"run_attempt\": 1", "\"run_attempt\": 2"))
            .report.rejections.of(RejectReason::invalid_time) == 1);
}

TEST_CASE("GitHub: a user's repository, no workflow's name, no attempt, no labels and an unknown conclusion") {
  CHECK(decoded("job_of_a_user") ==
        "job owner=ada repository=ada/dots job=build runner=r-5 queued_at=2026-01-01T00:00:00Z result=unknown "
        "started_at=2026-01-01T00:00:01Z ended_at=2026-01-01T00:01:30Z duration=89.000000 queue=1.000000\n"
        "unknown_results 1\n");
}

TEST_CASE("GitHub: every conclusion of its schema, and those that it has since") {
  const std::pair<const char*, const char*> results[] = {
      {"success", "success"},         {"neutral", "success"},       {"failure", "failure"},
      {"action_required", "failure"}, {"startup_failure", "error"}, {"timed_out", "timeout"},
      {"cancelled", "cancellation"},  {"stale", "cancellation"},    {"skipped", "skip"}};
  for (const auto& [conclusion, result] : results)
    CHECK_THAT(dump(decode(decode_github, with(sample("job_completed"), "\"conclusion\": \"success\"",
                                               "\"conclusion\": \"" + std::string(conclusion) + "\""))),
               Catch::Contains("result=" + std::string(result)));
}

TEST_CASE("GitHub: a run's queue counts for its first attempt only, because created_at stays") {
  CHECK(decoded("run_completed") ==
        "pipeline owner=acme repository=acme/api pipeline=CI branch=feature "
        "queued_at=2026-01-01T00:00:00Z result=failure "
        "started_at=2026-01-01T00:00:03Z ended_at=2026-01-01T00:02:00Z "
        "duration=117.000000\n");
  CHECK(decoded("run_second_attempt") ==
        "pipeline owner=acme repository=acme/api pipeline=CI branch=feature result=success "
        "started_at=2026-01-03T00:00:00Z ended_at=2026-01-03T00:01:00Z duration=60.000000\n");
}

TEST_CASE("GitHub: a workflow without a name is called by its file") {
  CHECK_THAT(decoded("run_unnamed"),
             Catch::Contains("pipeline=.github/workflows/ci.yml ") && Catch::Contains("result=error "));
  CHECK_THAT(dump(decode(decode_github, with(sample("run_completed"), "\"name\": \"CI\"", "\"name\": \"\""))),
             Catch::Contains("pipeline=CI "));
}

TEST_CASE("GitHub: however often and in whatever order an event comes, its span is the same one") {
  const std::string job = sample("job_completed");
  const Digest identity = identity_of(job);
  CHECK(identity_of(with(job, "\"success\"", "\"failure\"")) == identity);
  CHECK(identity_of(with(job, "\"id\": 9001", "\"id\": \"9001\"")) == identity);
  CHECK(identity_of(with(job, "\"run_attempt\": 1", "\"run_attempt\": 2")) != identity);
  CHECK(identity_of(with(job, "\"id\": 9001", "\"id\": 9002")) != identity);
  CHECK(identity_of(with(job, "https://github.com/acme/api\"", "https://github.example.com/acme/api\"")) != identity);
  CHECK(identity_of(sample("run_completed")) !=
        identity_of(with(sample("run_completed"), "\"id\": 7001", "\"id\": 9001")));
  // A job and a run of the same number are of different sources.
  CHECK(identity_of(with(sample("run_completed"), "\"id\": 7001", "\"id\": 9001")) != identity);
  for (const char* early : {"job_queued", "job_waiting", "job_in_progress"})
    CHECK(decode(decode_github, sample(early)).batch.empty());
}

TEST_CASE("GitHub: what is no payload is refused with a reason") {
  const auto reason = [](std::string_view bytes) {
    const auto out = decode(decode_github, bytes);
    REQUIRE(out.batch.empty());
    for (std::size_t i = 0; i < kRejectReasons; ++i)
      if (out.report.rejections.of(static_cast<RejectReason>(i)) == 1) return name_of(static_cast<RejectReason>(i));
    return std::string_view("none");
  };
  CHECK(reason("") == "malformed");
  CHECK(reason("[]") == "malformed");
  CHECK(reason("{\"action\":") == "malformed");
  CHECK(reason("{}{}") == "malformed");
  CHECK(reason("{\"a\":" + std::string(100, '[')) == "too_deep");
  CHECK(reason(std::string(kMaxWebhookBytes + 1, ' ')) == "too_large");
  std::string many = "{\"a\":[0";
  for (int i = 0; i < (2 << 20); ++i) many += ",0";
  CHECK(reason(many + "]}") == "too_large");
  CHECK(reason(with(sample("job_completed"), "\"id\": 9001", "\"id\": null")) == "missing_identity");
  CHECK(reason(with(sample("job_completed"), "\"id\": 9001", "\"id\": 1.5")) == "missing_identity");
  CHECK(reason(with(sample("job_completed"), "2026-01-01T00:01:30Z", "yesterday")) == "invalid_time");
  CHECK(reason(with(sample("job_completed"), "\"completed_at\": \"2026-01-01T00:01:30Z\"", "\"completed_at\": null")) ==
        "missing_field");
}

TEST_CASE("GitHub: a payload of wrong types everywhere gives no span and no crash") {
  for (const char* payload :
       {R"({"action":1,"workflow_job":[]})", R"({"action":"completed","workflow_job":"x","workflow_run":7})",
        R"({"action":"completed","workflow_job":{"id":1,"labels":{},"steps":[1,null,[]],"repository":[]}})"})
    CHECK(decode(decode_github, payload).batch.empty());
}

TEST_CASE("GitHub: whatever the order of a job's times, no length is below zero, and what was clamped is counted") {
  test::check_property([](std::uint32_t created, std::uint32_t started, std::uint32_t completed, std::uint32_t step) {
    const auto text = [](std::uint32_t us) { return format_rfc3339(Instant{1'767'225'600'000'000 + us}); };
    std::string job = sample("job_completed");
    job = with(with(job, "2026-01-01T00:00:00Z", text(created)), "2026-01-01T00:01:30Z", text(completed));
    job = with(with(job, "2026-01-01T00:00:01Z", text(started)), "2026-01-01T00:00:28Z", text(step));
    job = with(job, "2026-01-01T00:00:30Z\",\n    \"completed_at\": \"2026-01-01T00:01:29Z",
               "\",\n    \"completed_at\": \"");
    const auto out = decode(decode_github, job);
    RC_ASSERT(out.batch.size() == 1u);
    const bool by_step = step >= created && step <= completed;
    const std::uint32_t start = by_step ? step : started;
    const auto value = [&](std::string_view field) {
      return out.batch.value(out.batch.spans[0], test::schema().sources[1].field_index(field));
    };
    RC_ASSERT(value("duration") == (completed > start ? completed - start : 0));
    RC_ASSERT(value("queue") == (start > created ? start - created : 0));
    RC_ASSERT(out.report.clamped_times == (completed < start) + static_cast<std::uint64_t>(start < created));
  });
}
