#include <catch2/catch.hpp>

#include "npm/senders.hpp"

/// Webhooks as GitHub, Buildkite and GitLab send them, to an agent. tests/npm/deliver_webhooks.mjs delivers them.

using namespace tidemark::test;
using Catch::Contains;

namespace {

const std::string kSecret = "the secret";

/// An agent that knows one secret for all three.
struct Listening : Supervisor {
  Listening() {
    const std::string secret = file("secret", kSecret);
    std::filesystem::permissions(secret, std::filesystem::perms::owner_read);
    std::vector<std::string> words;
    for (const char* provider : {"github", "buildkite", "gitlab"})
      words.insert(words.end(), {"--set", "webhooks." + std::string(provider) + ".secret_files=" + secret});
    start(words);
  }
};

/// A line for each payload.
std::string deliver(const Supervisor& agent, const std::string& provider, const std::string& secret,
                    const std::string& times = "recent") {
  const std::string corpus = std::string(TIDEMARK_SOURCE_DIR) + "/tests/corpus";
  const Ran ran =
      run_program(script("deliver_webhooks.mjs", {agent.address(), provider, secret, corpus, times}), node());
  if (ran.code != 0) throw std::runtime_error("deliver_webhooks.mjs: " + ran.err);
  return ran.out;
}

int count(const std::string& text, const std::string& part) {
  int n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++n;
  return n;
}

}  // namespace

TEST_CASE("GitHub's examples, signed by Octokit, are answered as they should be", "[slow]") {
  Listening agent;
  const std::string unwanted_pings =
      "ping-0 200 ignored 1\nping-1 200 ignored 1\nping-2 200 ignored 1\nping-3 200 ignored 1\n";
  const auto outcome = [&](const std::string& first, const std::string& second_job, const std::string& second_run) {
    std::string lines = unwanted_pings + "workflow_job-0 200 ignored 1\nworkflow_job-1 200 " + first +
                        "\nworkflow_job-2 200 " + second_job + "\n";
    for (int i = 3; i < 8; ++i) lines += "workflow_job-" + std::to_string(i) + " 200 ignored 1\n";
    return lines + "workflow_run-0 200 ignored 1\nworkflow_run-1 200 " + first + "\nworkflow_run-2 200 " + second_run +
           "\nworkflow_run-3 200 ignored 1\nworkflow_run-4 200 ignored 1\n";
  };
  // They are of 2020 and 2021.
  CHECK(deliver(agent, "github", kSecret, "as-sent") == outcome("too_old 1", "too_old 1", "too_old 1"));
  CHECK(deliver(agent, "github", kSecret) ==
        outcome("accepted 1", "duplicates 1 differing_duplicates 1", "duplicates 1"));
  CHECK_THAT(deliver(agent, "github", kSecret), Contains("workflow_job-1 200 duplicates 1"));
  CHECK(rows(agent, "ci_job_metrics", "owner", "total_runs,failed_runs") == "Octocoders,1,1,1,1\r\n");
  CHECK(rows(agent, "ci_pipeline_metrics", "owner", "total_runs,failed_runs") == "octo-org,1,0,1,1\r\n");
}

TEST_CASE("Buildkite's and GitLab's payloads are answered as they should be", "[slow]") {
  Listening agent;
  CHECK(deliver(agent, "buildkite", kSecret) ==
        "build_blocked 200 ignored 1\nbuild_finished 200 accepted 1\nbuild_running 200 ignored 1\n"
        "job_finished 200 accepted 1\njob_later_state 200 ignored 1\njob_never_started 200 accepted 1\n"
        "job_started 200 ignored 1\njob_trigger 200 ignored 1\njob_unnamed 200 accepted 1\nping 200 ignored 1\n");
  CHECK(deliver(agent, "gitlab", kSecret) ==
        "job 200 accepted 1\njob_canceled_before_pickup 200 accepted 1\njob_created 200 ignored 1\n"
        "job_of_an_old_server 200 accepted 1\njob_skipped 200 ignored 1\npipeline 200 accepted 1 duplicates 1\n"
        "pipeline_running 200 ignored 1\npipeline_unnamed 200 accepted 1\npush 200 ignored 1\n");
  CHECK(rows(agent, "ci_job_metrics", "", "total_runs") == "6,6,6\r\n");
  CHECK(rows(agent, "ci_pipeline_metrics", "", "total_runs") == "3,3,3\r\n");
  CHECK(total(agent, "accepted") == 9);
}

TEST_CASE("A webhook with a wrong signature or token is a 401 and leaves no trace", "[slow]") {
  Listening agent;
  const auto [provider, payloads] =
      GENERATE(table<std::string, int>({{"github", 17}, {"buildkite", 10}, {"gitlab", 9}}));
  INFO(provider);
  const std::string answers = deliver(agent, provider, "the Secret");
  CHECK(count(answers, "\n") == payloads);
  CHECK(count(answers, " 401\n") == payloads);
  CHECK(total(agent, "log_next") == 0);
  CHECK_THAT(agent.run({"status", "--output", "json"}).out, Contains("\"totals\": {}"));
  CHECK(rows(agent, "ci_job_metrics", "owner", "total_runs").empty());
  CHECK(rows(agent, "ci_pipeline_metrics", "owner", "total_runs").empty());
  CHECK_THAT(agent.run({"rejects"}).out, Contains("(0 rejected spans kept)"));
  CHECK_THAT(agent.agent().err(), !Contains("ecret"));
}
