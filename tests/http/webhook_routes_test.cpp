#include <catch2/catch.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <fstream>
#include <iterator>

#include "http/http_support.hpp"

using namespace tidemark;
using namespace tidemark::test;
using http::ClientRequest;
using http::ClientResponse;

namespace {

std::string sample(const std::string& name) {
  std::ifstream file(std::string(TIDEMARK_SOURCE_DIR) + "/tests/corpus/" + name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string hmac(const std::string& secret, const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", digest[i]);
    hex += digits;
  }
  return hex;
}

ClientRequest github(const std::string& body, const std::string& secret) {
  return {"POST",
          "/webhooks/github",
          {{"X-GitHub-Event", "workflow_job"}, {"X-Hub-Signature-256", "sha256=" + hmac(secret, body)}},
          body};
}

/// Nobody may do anything with tokens here.
http::ServerOptions with_secrets() {
  http::ServerOptions options = loopback({});
  options.access.webhooks = {{"old", "new"}, {"kite"}, {"lab"}};
  return options;
}

std::uint64_t accepted(Running& running) {
  const auto totals = running.host.engine().status().totals;
  const auto at = totals.find("accepted");
  return at == totals.end() ? 0 : at->second;
}

}  // namespace

TEST_CASE("GitHub's jobs land when they are signed, by either of two secrets, once", "[store]") {
  Running running(with_secrets());
  const std::string body = sample("github/job_completed.json");
  const ClientResponse first = running.send(github(body, "old"));
  CHECK(first.status == 200);
  CHECK(has(first.body, "\"accepted\": 1,"));
  CHECK(has(running.send(github(body, "new")).body, "\"duplicates\": 1,"));
  CHECK(running.send(github("{}", "new")).status / 100 != 5);
}

TEST_CASE("what is not genuine is a 401 and leaves no trace", "[store]") {
  Running running(with_secrets());
  const std::string body = sample("github/job_completed.json");
  CHECK(running.send(github(body, "wrong")).status == 401);
  ClientRequest altered = github(body, "new");
  altered.body += ' ';
  CHECK(running.send(altered).status == 401);
  ClientRequest unsigned_one = github(body, "new");
  unsigned_one.headers.pop_back();
  CHECK(running.send(unsigned_one).status == 401);
  ClientRequest garbled = github(body, "new");
  garbled.headers.back().second = "sha256=zz";
  CHECK(running.send(garbled).status == 401);
  CHECK(running.send({"POST", "/webhooks/gitlab", {{"X-Gitlab-Token", "wrong"}}, sample("gitlab/job.json")}).status ==
        401);
  CHECK(accepted(running) == 0);
  CHECK(running.host.engine().status().totals.count("rejected.malformed") == 0);
}

TEST_CASE("Buildkite signs with the time, or shows its token", "[store]") {
  Running running(with_secrets());
  const std::string body = sample("buildkite/job_finished.json");
  const auto signed_at = [&](std::int64_t second) {
    const std::string time = std::to_string(second);
    const std::string value = "timestamp=" + time + ",signature=" + hmac("kite", time + '.' + body);
    return running.send({"POST", "/webhooks/buildkite", {{"X-Buildkite-Signature", value}}, body}).status;
  };
  const std::int64_t now = kNow.us / 1'000'000;
  CHECK(signed_at(now) == 200);
  CHECK(signed_at(now - 299) == 200);
  CHECK(signed_at(now - 301) == 401);
  CHECK(running.send({"POST", "/webhooks/buildkite", {{"X-Buildkite-Token", "kite"}}, body}).status == 200);
  CHECK(running.send({"POST", "/webhooks/buildkite", {{"X-Buildkite-Token", "lab"}}, body}).status == 401);
}

TEST_CASE("events that nobody wants are taken, garbage is the sender's mistake", "[store]") {
  Running running(with_secrets());
  const auto lab = [&](const std::string& body) {
    return running.send({"POST", "/webhooks/gitlab", {{"X-Gitlab-Token", "lab"}}, body});
  };
  CHECK(lab(sample("gitlab/job.json")).status == 200);
  CHECK(has(lab(sample("gitlab/push.json")).body, "\"ignored\": 1"));
  CHECK(lab("{half").status == 400);
  CHECK(running.send(github(sample("github/ping.json"), "new")).status == 200);
  CHECK(lab(gzip(sample("gitlab/job.json"))).status == 415);
  ClientRequest compressed = github("x", "new");
  compressed.headers.emplace_back("Content-Encoding", "gzip");
  CHECK(running.send(compressed).status == 415);
}

TEST_CASE("without a secret nothing is genuine", "[store]") {
  Running running;
  CHECK(running.send(github(sample("github/job_completed.json"), "")).status == 403);
  CHECK(running.post("/webhooks/buildkite", "{}").status == 403);
  CHECK(running.post("/webhooks/gitlab", "{}").status == 403);
}
