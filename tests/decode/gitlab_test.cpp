#include <catch2/catch.hpp>

#include "decode_support.hpp"

using namespace tidemark;
using test::decode;
using test::dump;
using test::with;

namespace {

std::string sample(const std::string& name) { return test::corpus("gitlab/" + name + ".json"); }
std::string decoded(const std::string& name) { return dump(decode(decode_gitlab, sample(name))); }

const std::string kJob =
    "job owner=acme repository=acme/tools/api pipeline=Build pipeline job=unit "
    "runner=shared-runners-manager-6.gitlab.com labels=[docker,linux] branch=main "
    "queued_at=2026-01-01T00:00:07.500000Z result=success started_at=2026-01-01T00:00:10Z "
    "ended_at=2026-01-01T00:01:00Z duration=50.000000 queue=2.500000\n";

}  // namespace

TEST_CASE("GitLab: a job's queue is what its server says, not the time since it was created") {
  CHECK(decoded("job") == kJob);
}

TEST_CASE(
    "GitLab: an older server's job: times in another form, the project out of addresses, timeouts by their reason") {
  CHECK(decoded("job_of_an_old_server") ==
        "job owner=acme repository=acme/tools/api pipeline=.gitlab-ci.yml job=slow branch=main result=timeout "
        "started_at=2026-01-01T00:00:10Z ended_at=2026-01-01T00:01:00Z duration=50.000000\n");
}

TEST_CASE("GitLab: a job that was cancelled before a runner took it has an end only") {
  CHECK(decoded("job_canceled_before_pickup") ==
        "job owner=acme repository=acme/tools/api pipeline=Build pipeline job=unit branch=main result=cancellation "
        "ended_at=2026-01-01T00:01:00Z\n");
}

TEST_CASE("GitLab: jobs and pipelines that are not over or have no times, and other events, are ignored") {
  for (const char* name : {"job_created", "job_skipped", "pipeline_running", "push"}) {
    INFO(name);
    CHECK(decoded(name) == "ignored 1\n");
  }
}

TEST_CASE("GitLab: a pipeline's hook brings the pipeline, and the jobs of it that are over") {
  CHECK(decoded("pipeline") ==
        "pipeline owner=acme repository=acme/tools/api pipeline=Build pipeline branch=main "
        "queued_at=2026-01-01T00:00:00Z result=success started_at=2026-01-01T00:00:07Z ended_at=2026-01-01T00:01:01Z "
        "duration=54.000000\n" +
            kJob);
}

TEST_CASE("GitLab: a job is the same span by its own hook and by its pipeline's") {
  const auto by_job = decode(decode_gitlab, sample("job"));
  const auto by_pipeline = decode(decode_gitlab, sample("pipeline"));
  REQUIRE(by_pipeline.batch.size() == 2);
  CHECK(by_job.batch.spans[0].identity == by_pipeline.batch.spans[1].identity);
}

TEST_CASE("GitLab: a pipeline without a name is called by its file; without a queue time it has no start") {
  CHECK(decoded("pipeline_unnamed") ==
        "pipeline owner=acme repository=acme/tools/api pipeline=.gitlab-ci.yml branch=main "
        "queued_at=2026-01-01T00:00:00Z result=failure ended_at=2026-01-01T00:01:01.500000Z\n");
  CHECK_THAT(dump(decode(decode_gitlab, with(sample("pipeline_unnamed"), "\"ci_config_path\": null",
                                             "\"ci_config_path\": \"ci/main.yml\""))),
             Catch::Contains("pipeline=ci/main.yml "));
}

TEST_CASE("GitLab: a queue time that is no length of time is dropped and counted") {
  for (const char* value : {"-1", "1e300", "1e12"}) {
    const std::string out = dump(decode(decode_gitlab, with(sample("job"), "2.5", value)));
    CHECK(out.find("queued_at") == std::string::npos);
    CHECK_THAT(out, Catch::Contains("dropped_attributes 1"));
  }
}

TEST_CASE("GitLab: jobs of two servers with the same number are different ones") {
  const auto identity = [](const std::string& payload) {
    return decode(decode_gitlab, payload).batch.spans.at(0).identity;
  };
  CHECK(identity(sample("job")) == identity(with(sample("job"), "\"success\"", "\"failed\"")));
  CHECK(identity(sample("job")) != identity(with(sample("job"), "\"web_url\": \"https://gitlab.example.com",
                                                 "\"web_url\": \"https://gitlab.com")));
}
