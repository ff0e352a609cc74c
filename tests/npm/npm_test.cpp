#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "decode/decode.hpp"
#include "http/webhook_auth.hpp"
#include "support/decode_schema.hpp"

/// What the real tools write is read as they mean it. tests/npm/make_reports has run them by now.

using namespace tidemark;
namespace fs = std::filesystem;

namespace {

fs::path folder() {
  const char* path = std::getenv("TIDEMARK_NPM");
  if (path == nullptr) throw std::runtime_error("TIDEMARK_NPM does not say where make_reports wrote to");
  return path;
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("there is no " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Decoded {
  SpanBatch batch;
  DecodeReport report;
};

Decoded decode(const std::string& bytes, InputFormat format) {
  static const Schema schema = test::decode_schema();
  Decoded out;
  decode_document(bytes, format, {schema, "-", Instant{1'767'312'000'000'000}, {}}, out.batch, out.report);
  return out;
}

/// How many spans of a source have each result.
std::map<std::string, int> results(const Decoded& decoded, const std::string& source) {
  static const Schema schema = test::decode_schema();
  const int wanted = schema.source_index(source);
  const int field = schema.sources.at(static_cast<std::size_t>(wanted)).field_index("result");
  std::map<std::string, int> counts;
  for (const SpanBatch::Span& span : decoded.batch.spans)
    if (span.source == wanted) ++counts[std::string(decoded.batch.texts[decoded.batch.value(span, field)])];
  return counts;
}

/// `job: success 1, failure 2`, what became of a payload.
std::string outcome(const std::string& payload) {
  const Decoded decoded = decode(payload, InputFormat::automatic);
  std::string text;
  for (const char* source : {"job", "pipeline"})
    for (const auto& [result, count] : results(decoded, source))
      for (int i = 0; i < count; ++i) text += std::string(source) + " " + result;
  if (decoded.report.ignored != 0) text += "ignored";
  if (decoded.report.rejections.total() != 0) text += "rejected";
  return text;
}

}  // namespace

TEST_CASE("A report of each real test tool gives the counts that the tool itself reports", "[slow]") {
  const std::string tool = GENERATE(as<std::string>(), "node", "vitest", "jest", "ctest", "catch2", "gtest", "pytest");
  INFO(tool);
  const fs::path reports = folder() / "reports";
  if (!fs::exists(reports / (tool + ".xml"))) {
    // Debian's packages, which a machine may lack; the others come with what builds and fetches these tests.
    REQUIRE((tool == "gtest" || tool == "pytest"));
    WARN(tool << " is not installed: its report was not tried");
    return;
  }
  int passed = 0, failed = 0, skipped = 0;
  std::istringstream(text_of(reports / (tool + ".counts"))) >> passed >> failed >> skipped;
  REQUIRE(passed > 0);
  REQUIRE(failed > 0);
  const Decoded decoded = decode(text_of(reports / (tool + ".xml")), InputFormat::automatic);
  CHECK(decoded.report.rejections.total() == 0);
  auto counts = results(decoded, "test");
  CHECK(counts["success"] == passed);
  CHECK(counts["failure"] + counts["error"] == failed);
  CHECK(counts["skip"] == skipped);
  CHECK(decoded.batch.size() == static_cast<std::size_t>(passed + failed + skipped));
}

TEST_CASE("Every example of GitHub's events, signed by Octokit, is genuine and becomes what it says", "[slow]") {
  const std::map<std::string, std::string> expected = {{"workflow_job-0", "ignored"},
                                                       {"workflow_job-1", "job failure"},
                                                       {"workflow_job-2", "job success"},
                                                       {"workflow_job-3", "ignored"},
                                                       {"workflow_job-4", "ignored"},
                                                       {"workflow_job-5", "ignored"},
                                                       {"workflow_job-6", "ignored"},
                                                       {"workflow_job-7", "ignored"},
                                                       {"workflow_run-0", "ignored"},
                                                       {"workflow_run-1", "pipeline success"},
                                                       {"workflow_run-2", "pipeline success"},
                                                       {"workflow_run-3", "ignored"},
                                                       {"workflow_run-4", "ignored"},
                                                       {"ping-0", "ignored"},
                                                       {"ping-1", "ignored"},
                                                       {"ping-2", "ignored"},
                                                       {"ping-3", "ignored"}};
  const http::WebhookSecrets secrets({"another", "the secret"}), wrong({"the Secret"});
  std::size_t seen = 0;
  for (const auto& entry : fs::directory_iterator(folder() / "webhooks")) {
    if (entry.path().extension() != ".json") continue;
    const std::string name = entry.path().stem().string();
    INFO(name);
    REQUIRE(expected.contains(name));
    ++seen;
    std::string body = text_of(entry.path());
    const std::string signature = text_of(folder() / "webhooks" / (name + ".signature"));
    CHECK(http::verify_github(signature, body, secrets) == http::WebhookVerdict::genuine);
    CHECK(http::verify_github(signature, body, wrong) == http::WebhookVerdict::wrong);
    CHECK(outcome(body) == expected.at(name));
    body.back() = ' ';
    CHECK(http::verify_github(signature, body, secrets) == http::WebhookVerdict::wrong);
  }
  CHECK(seen == expected.size());
}

TEST_CASE("Two of GitHub's examples that tell of one job give one identity", "[slow]") {
  const auto identity = [](const std::string& name) {
    return decode(text_of(folder() / "webhooks" / (name + ".json")), InputFormat::github).batch.spans.at(0).identity;
  };
  CHECK(identity("workflow_job-1") == identity("workflow_job-2"));
  CHECK(identity("workflow_run-1") == identity("workflow_run-2"));
  CHECK(identity("workflow_job-1") != identity("workflow_run-1"));
}
