#include "http/webhook_auth.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <tidemark/errors.hpp>

#include "support/property.hpp"

using namespace tidemark;
using namespace tidemark::http;

namespace {

const WebhookSecrets kGithub({"It's a Secret to Everybody"});
const std::string kGithubSignature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

const WebhookSecrets kBuildkite({"secret"});
const std::string kBuildkiteBody = R"({"event":"job.finished"})";
const std::string kBuildkiteSignature =
    "timestamp=1619071700,signature=cb4d3248b989c398dbb0b7d2cb54182269285c0f35c8bddb20ed69ca675a58b3";
constexpr Instant kSigned{1'619'071'700'000'000};

WebhookVerdict buildkite(const std::string& signature, Instant now = kSigned) {
  return verify_buildkite(signature, "", kBuildkiteBody, kBuildkite, now);
}

}  // namespace

TEST_CASE("GitHub's own example of a signature is genuine") {
  CHECK(verify_github(kGithubSignature, "Hello, World!", kGithub) == WebhookVerdict::genuine);
}

TEST_CASE("GitHub: another body, another secret, another digit is wrong") {
  CHECK(verify_github(kGithubSignature, "Hello, World", kGithub) == WebhookVerdict::wrong);
  CHECK(verify_github(kGithubSignature, "Hello, World!", WebhookSecrets({"another"})) == WebhookVerdict::wrong);
  std::string changed = kGithubSignature;
  changed.back() = '8';
  CHECK(verify_github(changed, "Hello, World!", kGithub) == WebhookVerdict::wrong);
}

TEST_CASE("GitHub: a header that is absent, of SHA-1, cut off or no hexadecimal proves nothing") {
  CHECK(verify_github("", "Hello, World!", kGithub) == WebhookVerdict::no_proof);
  for (const std::string& header : {std::string("sha1=757107ea0eb2509fc211221cce984b8a37570b6d"),
                                    std::string("sha256="), kGithubSignature.substr(7), kGithubSignature.substr(0, 70),
                                    kGithubSignature + "0", "sha256=" + std::string(64, 'g'), " " + kGithubSignature})
    CHECK(verify_github(header, "Hello, World!", kGithub) == WebhookVerdict::unreadable);
}

TEST_CASE("While one secret replaces another both are good") {
  const WebhookSecrets both({"new", "It's a Secret to Everybody", "older"});
  CHECK(verify_github(kGithubSignature, "Hello, World!", both) == WebhookVerdict::genuine);
  const WebhookSecrets tokens({"new", "old"});
  for (const char* token : {"new", "old"}) {
    CHECK(verify_gitlab(token, tokens) == WebhookVerdict::genuine);
    CHECK(verify_buildkite("", token, "{}", tokens, kSigned) == WebhookVerdict::genuine);
  }
}

TEST_CASE("Without a configured secret nothing is genuine") {
  CHECK(verify_github(kGithubSignature, "Hello, World!", {}) == WebhookVerdict::no_secret);
  CHECK(verify_buildkite(kBuildkiteSignature, "", kBuildkiteBody, {}, kSigned) == WebhookVerdict::no_secret);
  CHECK(verify_gitlab("", {}) == WebhookVerdict::no_secret);
}

TEST_CASE("An empty secret, which anybody knows, is refused") {
  CHECK_THROWS_AS(WebhookSecrets({"good", ""}), InputError);
}

TEST_CASE("Buildkite: a signature counts for five minutes around its time") {
  CHECK(buildkite(kBuildkiteSignature) == WebhookVerdict::genuine);
  for (const Micros apart : {seconds(299), minutes(5)}) {
    CHECK(buildkite(kBuildkiteSignature, kSigned + apart) == WebhookVerdict::genuine);
    CHECK(buildkite(kBuildkiteSignature, kSigned - apart) == WebhookVerdict::genuine);
  }
  const Micros too_far = minutes(5) + Micros{1};
  CHECK(buildkite(kBuildkiteSignature, kSigned + too_far) == WebhookVerdict::stale);
  CHECK(buildkite(kBuildkiteSignature, kSigned - too_far) == WebhookVerdict::stale);
}

TEST_CASE("Buildkite: who does not know the secret is not told that a signature is old") {
  std::string changed = kBuildkiteSignature;
  changed.back() = '4';
  CHECK(buildkite(changed) == WebhookVerdict::wrong);
  CHECK(buildkite(changed, kSigned + hours(1)) == WebhookVerdict::wrong);
}

TEST_CASE("Buildkite: the time is part of what is signed, and so is the body") {
  std::string later = kBuildkiteSignature;
  later.replace(later.find("1619071700"), 10, "1619071701");
  CHECK(buildkite(later) == WebhookVerdict::wrong);
  CHECK(verify_buildkite(kBuildkiteSignature, "", "{}", kBuildkite, kSigned) == WebhookVerdict::wrong);
}

TEST_CASE("Buildkite: the parts of a signature come in either order; without one of them it is unreadable") {
  const auto comma = kBuildkiteSignature.find(',');
  const std::string timestamp = kBuildkiteSignature.substr(0, comma), signature = kBuildkiteSignature.substr(comma + 1);
  CHECK(buildkite(signature + ", " + timestamp) == WebhookVerdict::genuine);
  for (const std::string& header :
       {timestamp, signature, timestamp + ",", "," + signature, std::string(","), "timestamp=," + signature,
        "timestamp=-1," + signature, "timestamp=1e9," + signature, "timestamp=99999999999999999999," + signature,
        timestamp + ",signature=12"})
    CHECK(buildkite(header) == WebhookVerdict::unreadable);
}

TEST_CASE("Buildkite: a token counts where there is no signature, and does not excuse a wrong one") {
  CHECK(verify_buildkite("", "secret", "{}", kBuildkite, kSigned) == WebhookVerdict::genuine);
  CHECK(verify_buildkite("", "secre", "{}", kBuildkite, kSigned) == WebhookVerdict::wrong);
  CHECK(verify_buildkite("", "", "{}", kBuildkite, kSigned) == WebhookVerdict::no_proof);
  CHECK(verify_buildkite("garbage", "secret", "{}", kBuildkite, kSigned) == WebhookVerdict::unreadable);
}

TEST_CASE("GitLab: only the secret itself is good, neither its beginning nor more") {
  const WebhookSecrets secrets({"topsecret"});
  CHECK(verify_gitlab("topsecret", secrets) == WebhookVerdict::genuine);
  for (const char* token : {"topsecre", "topsecret1", "Topsecret", "t"})
    CHECK(verify_gitlab(token, secrets) == WebhookVerdict::wrong);
  CHECK(verify_gitlab("", secrets) == WebhookVerdict::no_proof);
  CHECK(verify_gitlab(std::string("topsecret\0", 10), secrets) == WebhookVerdict::wrong);
}

TEST_CASE("Secrets of any length and content work; every other token is wrong") {
  test::check_property([](const std::string& secret, const std::string& token) {
    RC_PRE(!secret.empty() && !token.empty());
    const WebhookSecrets secrets({secret});
    RC_ASSERT(verify_gitlab(secret, secrets) == WebhookVerdict::genuine);
    RC_ASSERT((verify_gitlab(token, secrets) == WebhookVerdict::genuine) == (token == secret));
  });
}

TEST_CASE("Every verdict has a message of its own") {
  std::set<std::string_view> messages;
  for (const WebhookVerdict verdict : {WebhookVerdict::genuine, WebhookVerdict::no_secret, WebhookVerdict::no_proof,
                                       WebhookVerdict::unreadable, WebhookVerdict::wrong, WebhookVerdict::stale})
    messages.insert(message_of(verdict));
  CHECK(messages.size() == 6);
}
