#include <catch2/catch.hpp>
#include <filesystem>

#include "decode/inflate.hpp"
#include "decode_support.hpp"

using namespace tidemark;
using test::decode;

namespace {

InputFormat detect(std::string_view bytes, std::string_view name = "-") {
  return detect_format(bytes.substr(0, kDetectBytes), name);
}

test::Decoded document(std::string_view bytes, std::string_view name = "-") {
  test::Decoded out;
  decode_document(bytes, InputFormat::automatic, test::context(name), out.batch, out.report);
  return out;
}

}  // namespace

TEST_CASE("The format of every file of the corpus is told from its bytes") {
  const std::pair<const char*, InputFormat> folders[] = {{"ndjson", InputFormat::ndjson},
                                                         {"otlp_json", InputFormat::otlp_json},
                                                         {"otlp_protobuf", InputFormat::otlp_protobuf},
                                                         {"junit", InputFormat::junit},
                                                         {"github", InputFormat::github},
                                                         {"buildkite", InputFormat::buildkite},
                                                         {"gitlab", InputFormat::gitlab}};
  for (const auto& [folder, format] : folders) {
    const std::filesystem::path path = std::filesystem::path(TIDEMARK_SOURCE_DIR) / "tests/corpus" / folder;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      INFO(entry.path());
      // Buildkite's pings look like anything.
      if (format == InputFormat::buildkite && entry.path().filename() == "ping.json") continue;
      const std::string bytes = test::corpus(std::string(folder) + "/" + entry.path().filename().string());
      CHECK(detect(bytes, entry.path().filename().string()) == format);
    }
  }
}

TEST_CASE("Formats are told apart where they look alike") {
  CHECK(detect("\n{\"source\":\"job\"}\n") == InputFormat::ndjson);
  CHECK(detect("{ \n \"resourceSpans\" : []}") == InputFormat::otlp_json);
  CHECK(detect("{\"schemaUrl\":\"\",\"resourceSpans\":[]}") == InputFormat::otlp_json);
  CHECK(detect("{\"source\":\"job\",\"id\":\"resourceSpans\"}") == InputFormat::ndjson);
  CHECK(detect("\xef\xbb\xbf <testsuite/>") == InputFormat::junit);
  CHECK(detect(std::string("\xff\xfe<\0t\0", 6)) == InputFormat::junit);
  CHECK(detect(std::string("\x0a\x7b\x12\x00", 4)) == InputFormat::otlp_protobuf);
  CHECK(detect("<testsuite>\x01") == InputFormat::junit);
  CHECK(detect(R"({"zen":"\"action\":","hook_id":1})") == InputFormat::github);
  CHECK(detect(R"({"repository":{"object_kind":1},"workflow_run":{},"action":"completed"})") == InputFormat::github);
  CHECK(detect(R"({"action":"completed","repository":{"owner":{"login":"a)") == InputFormat::github);
  CHECK(detect(R"({"action":"completed","repository":"acme/api"})") == InputFormat::ndjson);
  CHECK(detect(R"( { "object_kind" : "build", "ref": "main" })") == InputFormat::gitlab);
  CHECK(detect(R"({"event":"build.finished","build":{"source":"webhook"}})") == InputFormat::buildkite);
  CHECK(detect(R"({"event":"job.finished","source":"deploy","id":1})") == InputFormat::ndjson);
  CHECK(detect(R"({"event":"deploy","action":"completed"})") == InputFormat::ndjson);
  CHECK(detect(R"({"a":{"object_kind":"build"}})") == InputFormat::ndjson);
  CHECK(detect(R"({"a":["object_kind":"build"]})") == InputFormat::ndjson);
  CHECK(detect("", "a.xml") == InputFormat::junit);
  CHECK(detect("", "a.pb.gz") == InputFormat::otlp_protobuf);
  CHECK(detect("", "a.jsonl") == InputFormat::ndjson);
  CHECK(detect("hello") == InputFormat::ndjson);
}

TEST_CASE("gzip documents are inflated first, of one member or several") {
  CHECK(document(test::corpus("inflate/one_member.gz")).batch.size() == 1);
  CHECK(document(test::corpus("inflate/two_members.gz")).batch.size() == 2);
  CHECK(document(test::gzip(test::corpus("junit/gtest.xml"))).batch.size() == 4);
  CHECK(document(test::gzip(test::to_protobuf(test::corpus("otlp_json/convention.json")))).batch.size() == 3);
}

TEST_CASE("Damaged and endless gzip is refused") {
  for (const char* name : {"inflate/truncated.gz", "inflate/trailing_garbage.gz"})
    CHECK(test::dump(document(test::corpus(name))) == "malformed 1\n-: the gzip data is damaged or cut off\n");
  std::string out;
  const std::string bomb = test::corpus("inflate/bomb.gz");
  CHECK(bomb.size() < 4000);
  CHECK(inflate_bounded(bomb, 1000, out) == InflateResult::too_large);
  CHECK(out.size() <= 1000);
  out.clear();
  CHECK(inflate_bounded(bomb, 3'000'000, out) == InflateResult::done);
  CHECK(out.size() == 3'000'000);
  CHECK(inflate_bounded(bomb, 2'999'999, out) == InflateResult::too_large);
  CHECK(inflate_bounded("", 10, out) == InflateResult::malformed);
}

TEST_CASE("Inflating in chunks of any size gives the same") {
  const std::string gzip = test::corpus("inflate/two_members.gz");
  std::string whole;
  REQUIRE(inflate_bounded(gzip, kMaxDocumentBytes, whole) == InflateResult::done);
  for (const std::size_t size : {1u, 2u, 7u, 100u, 1000u}) {
    Inflater inflater(kMaxDocumentBytes);
    std::string out;
    InflateResult last = InflateResult::more;
    for (std::size_t at = 0; at < gzip.size(); at += size)
      last = inflater.feed(std::string_view(gzip).substr(at, size), [&](std::string_view piece) { out.append(piece); });
    CHECK(last == InflateResult::done);
    CHECK(out == whole);
  }
}
