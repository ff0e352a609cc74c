#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "model/normalise.hpp"

using namespace tidemark;

namespace {

using Labels = std::vector<std::string>;

Labels normalised(std::string label) { return normalise_labels({std::move(label)}); }

}  // namespace

TEST_CASE("ordinary labels stay as they are, case and order included") {
  const Labels labels{"X64",  "linux", "self-hosted",   "macos-14", "ubuntu-22.04", "gpu:a100", "größe-xl",
                      "cafe", "12345", "n2-standard-8", "*",        "deadbeef",     "a b,c/d"};
  CHECK(normalise_labels(labels) == labels);
}

TEST_CASE("a runs-on label is split, and the part with the run's number is dropped") {
  CHECK(normalised("runs-on=18739662665,runner=1cpu-linux-x64,tag=deploy-job") ==
        Labels{"runner=1cpu-linux-x64", "tag=deploy-job"});
  CHECK(normalised("runs-on=18739662665/runner=2cpu/tag=x") == Labels{"runner=2cpu", "tag=x"});
  CHECK(normalised("runs-on=7") == Labels{});
  CHECK(normalised("Runs-On=7,,x") == Labels{"x"});
  CHECK(normalised("runs-on=fleet,cpu=4") == Labels{"runs-on=fleet", "cpu=4"});
}

TEST_CASE("a CodeBuild label loses its run and attempt") {
  CHECK(normalised("codebuild-web-7316543-1") == Labels{"codebuild-web"});
  CHECK(normalised("codebuild-my-web-app-73-12") == Labels{"codebuild-my-web-app"});
  CHECK(normalised("codebuild-web-1") == Labels{"codebuild-web-1"});
  CHECK(normalised("codebuild-1-2") == Labels{"codebuild-1-2"});
  CHECK(normalised("codebuild-web-7316543-1-arm") == Labels{"codebuild-web-*-1-arm"});
}

TEST_CASE("labels that name a run are dropped") {
  CHECK(normalised("ghr-job-id:12") == Labels{});
  CHECK(normalised("ghr-run-id:18739662665") == Labels{});
  CHECK(normalised("ghr-ec2-type:m5") == Labels{"ghr-ec2-type:m5"});
}

TEST_CASE("a label that is only garbage is dropped") {
  for (const char* label :
       {"6f1c0c0e-3b52-4b0e-9d5a-1f6f2f0f6a11", "6F1C0C0E-3B52-4B0E-9D5A-1F6F2F0F6A11", "0123456789ab", "DEADBEEFCAFE",
        "123456", "i-0abc1234", "i-0123456789abcdef0", "  123456 "}) {
    CAPTURE(label);
    CHECK(normalised(label) == Labels{});
  }
}

TEST_CASE("a garbage token inside a label becomes a star") {
  CHECK(normalised("run-18739662665") == Labels{"run-*"});
  CHECK(normalised("vm_6f1c0c0e-3b52-4b0e-9d5a-1f6f2f0f6a11.local") == Labels{"vm_*.local"});
  CHECK(normalised("host-i-0123456789abcdef0-a") == Labels{"host-*-a"});
  CHECK(normalised("sha:0123456789abcdef0123456789abcdef01234567") == Labels{"sha:*"});
  CHECK(normalised("123456/654321") == Labels{"*/*"});
}

TEST_CASE("tokens that are part of a word, or too short, stay") {
  CHECK(normalised("build123456") == Labels{"build123456"});
  CHECK(normalised("x0123456789ab") == Labels{"x0123456789ab"});
  CHECK(normalised("12345-0123456789a") == Labels{"12345-0123456789a"});
  CHECK(normalised("i-0abc123") == Labels{"i-0abc123"});
  CHECK(normalised("i-0abc1234z") == Labels{"i-0abc1234z"});
  CHECK(normalised("é123456") == Labels{"é123456"});
  CHECK(normalised("6f1c0c0e-3b52-4b0e-9d5a-1f6f2f0f6a1z") == Labels{"6f1c0c0e-3b52-4b0e-9d5a-1f6f2f0f6a1z"});
}

TEST_CASE("runners' names lose their numbers but are never dropped") {
  CHECK(normalise_text("GitHub Actions 1028117893") == "GitHub Actions *");
  CHECK(normalise_text("GitHub Actions 7") == "GitHub Actions *");
  CHECK(normalise_text("shared-runners-manager-4") == "shared-runners-manager-*");
  CHECK(normalise_text("2-blue.shared-runners-manager-12.gitlab.com") == "2-blue.shared-runners-manager-*.gitlab.com");
  CHECK(normalise_text("ip-10-0-0-1 i-0123456789abcdef0") == "ip-10-0-0-1 *");
  CHECK(normalise_text("123456") == "*");
  CHECK(normalise_text("r-7") == "r-7");
  CHECK(normalise_text("GitHub Actions") == "GitHub Actions");
  CHECK(normalise_text("").empty());
}

TEST_CASE("normalising twice is normalising once") {
  CHECK(rc::check([] {
    const auto piece = rc::gen::element<std::string>("runs-on=", "codebuild-", "123456", "1", "-", ",", "/", ":", "i-",
                                                     "0abc12345", "0123456789ab", "x", "ghr-job-id:", "é", "*", " ",
                                                     "6f1c0c0e-3b52-4b0e-9d5a-1f6f2f0f6a11", "GitHub Actions ");
    std::string text;
    for (const std::string& p : *rc::gen::container<std::vector<std::string>>(piece)) text += p;
    const std::string once = normalise_text(text);
    RC_ASSERT(normalise_text(once) == once);
  }));
}

TEST_CASE("a megabyte of garbage is normalised in linear time") {
  std::string text;
  while (text.size() < 1'000'000) text += "i-abcdefab-12345-";
  CHECK_FALSE(normalise_text(text).empty());
  CHECK(normalise_labels({std::string(1'000'000, '7')}).empty());
}
