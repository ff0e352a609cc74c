#include <catch2/catch.hpp>

#include "decode_support.hpp"
#include "support/property.hpp"

using namespace tidemark;
using test::decode;
using test::dump;

namespace {

const std::string kJob =
    R"({"source":"job","id":"8f3a","owner":"acme","repository":"acme/api","pipeline":"ci","job":"build","result":"success",)"
    R"("runner":"r-7","labels":["x64","linux"],"queued_at":"2026-01-01T00:00:00.25Z","started_at":"2026-01-01T00:00:04.5Z",)"
    R"("ended_at":"2026-01-01T00:01:10.000001Z"})";

std::string ndjson(std::string_view text) { return dump(decode(decode_ndjson, text, test::context("f"))); }

/// A deploy line with one more field.
std::string deploy(std::string_view field) {
  return R"({"source":"deploy","id":1,"service":"web","at":"2026-01-01T00:02:00Z",)" + std::string(field) + "}\n";
}
const std::string kDeployed = "deploy service=web ";
const std::string kAt = " at=2026-01-01T00:02:00Z\n";

}  // namespace

TEST_CASE("an NDJSON job line becomes a job with exact times") {
  CHECK(ndjson(kJob + "\n") ==
        "job owner=acme repository=acme/api pipeline=ci job=build runner=r-7 labels=[linux,x64] "
        "queued_at=2026-01-01T00:00:00.250000Z result=success started_at=2026-01-01T00:00:04.500000Z "
        "ended_at=2026-01-01T00:01:10.000001Z duration=65.500001 queue=4.250000\n");
}

TEST_CASE("NDJSON: test and pipeline spans, escapes and surrogate pairs") {
  CHECK(dump(decode(decode_ndjson, test::corpus("ndjson/tests.ndjson"))) ==
        "test owner=acme repository=acme/api suite=math test=adds branch=main default_branch=true result=success "
        "started_at=2026-01-01T00:00:04.500000Z ended_at=2026-01-01T00:00:04.750000Z duration=0.250000\n"
        "pipeline owner=acme repository=acme/api pipeline=ci branch=caf\u00e9 \U0001F600 result=cancellation "
        "started_at=2026-01-01T00:00:00Z ended_at=2026-01-01T00:02:00Z duration=120.000000\n");
}

TEST_CASE("NDJSON: empty lines, CRLF, offsets, integer ids and null fields") {
  const auto decoded = decode(decode_ndjson, test::corpus("ndjson/jobs.ndjson"));
  CHECK(decoded.batch.size() == 3);
  CHECK(decoded.report.rejections.total() == 0);
  CHECK(dump(decoded).find("ended_at=2025-12-31T22:31:10.000001Z") != std::string::npos);
}

TEST_CASE("NDJSON: a number id and the same id as text are one identity") {
  const auto decoded =
      decode(decode_ndjson, R"({"source":"deploy","id":17,"service":"a","at":"2026-01-01T00:00:00Z"})"
                            "\n"
                            R"({"source":"deploy","id":"17","service":"a","at":"2026-01-01T00:00:00Z"})");
  REQUIRE(decoded.batch.size() == 2);
  CHECK(decoded.batch.spans[0].identity == decoded.batch.spans[1].identity);
}

TEST_CASE("NDJSON: decimals never pass through binary floating point") {
  // As doubles, both would lie below the half and round down.
  CHECK(ndjson(deploy(R"("cost":0.1234565)")) == kDeployed + "cost=0.123457" + kAt);
  CHECK(ndjson(deploy(R"("cost":1.0000005)")) == kDeployed + "cost=1.000001" + kAt);
  CHECK(ndjson(deploy(R"("cost":9007199254.740993)")) == kDeployed + "cost=9007199254.740993" + kAt);
  CHECK(ndjson(deploy(R"("cost":"-1.5e3")")) == kDeployed + "cost=-1500.000000" + kAt);
  CHECK(ndjson(deploy(R"("took":1e-6)")) == kDeployed + "took=0.000001" + kAt);
  CHECK(ndjson(deploy(R"("cost":7)")) == kDeployed + "cost=7.000000" + kAt);
}

TEST_CASE("NDJSON: unknown fields are ignored, whatever they hold") {
  CHECK(ndjson(deploy(R"("newer":{"a":[1,{"b":null}]},"duration_of_x":1.5)")) == kDeployed + kAt.substr(1));
}

TEST_CASE("NDJSON: a known field of the wrong type rejects its line and says what was expected") {
  const auto rejected = [](std::string_view line) {
    const auto decoded = decode(decode_ndjson, line, test::context("f"));
    REQUIRE(decoded.report.rejections.total() == 1);
    CHECK(decoded.batch.empty());
    return dump(decoded);
  };
  CHECK(rejected(deploy(R"("cost":[1])")) == "wrong_type 1\nf:1: \"cost\" is an array, expected a number\n");
  CHECK(rejected(deploy(R"("cost":"much")")).starts_with("wrong_type 1\n"));
  CHECK(rejected(deploy(R"("ok":1)")) == "wrong_type 1\nf:1: \"ok\" is a number, expected true or false\n");
  CHECK(rejected(deploy(R"("service":7)")) == "wrong_type 1\nf:1: \"service\" is a number, expected a text\n");
  CHECK(rejected(R"({"source":"job","id":1,"labels":["a",2],"ended_at":"2026-01-01T00:00:00Z"})")
            .starts_with("wrong_type 1\n"));
  CHECK(rejected(deploy(R"("at":"2026-01-01")"))
            .starts_with("invalid_time 1\nf:1: '2026-01-01' is not an RFC 3339 instant"));
  CHECK(rejected(deploy(R"("at":17)")).starts_with("wrong_type 1\n"));
}

TEST_CASE("NDJSON: every kind of bad line is counted with its place, and spoils no other") {
  const std::string bad = test::corpus("ndjson/bad_lines.ndjson");
  const auto decoded = decode(decode_ndjson, kJob + "\n" + bad.substr(3) + "\n" + kJob + "\n", test::context("f"));
  CHECK(decoded.batch.size() == 2);
  const auto& rejections = decoded.report.rejections;
  CHECK(rejections.of(RejectReason::missing_identity) == 1);
  CHECK(rejections.of(RejectReason::unknown_source) == 1);
  CHECK(rejections.of(RejectReason::wrong_type) == 2);
  CHECK(rejections.of(RejectReason::invalid_time) == 1);
  CHECK(rejections.of(RejectReason::too_deep) == 1);
  CHECK(rejections.of(RejectReason::malformed) == 4);
  CHECK(rejections.of(RejectReason::missing_field) == 2);
  CHECK(rejections.total() == 12);
  CHECK(rejections.examples().front().where == "f:2");
}

TEST_CASE("NDJSON: a half-written last line is malformed, a whole one without newline is not") {
  CHECK(decode(decode_ndjson, kJob).batch.size() == 1);
  const auto half = decode(decode_ndjson, kJob + "\n" + kJob.substr(0, 60), test::context("f"));
  CHECK(half.batch.size() == 1);
  CHECK(half.report.rejections.of(RejectReason::malformed) == 1);
  CHECK(half.report.rejections.examples().at(0).where == "f:2");
  CHECK(half.report.rejections.examples().at(0).message.find("cut off") != std::string::npos);
}

TEST_CASE("NDJSON: a byte order mark is skipped") {
  CHECK(decode(decode_ndjson, "\xef\xbb\xbf" + kJob).batch.size() == 1);
}

TEST_CASE("NDJSON: invalid UTF-8, NUL and lone surrogates are repaired and counted") {
  CHECK(ndjson(R"({"source":"deploy","id":1,"service":"a\u0000b\ud800c)"
               "\xff"
               R"(d","at":"2026-01-01T00:02:00Z"})") ==
        "deploy service=a\uFFFDb\uFFFDc\uFFFDd" + kAt + "repaired_text 1\n");
}

TEST_CASE("NDJSON: a span that ends before it starts is rejected") {
  std::string line = kJob;
  line.replace(line.find("00:01:10"), 8, "00:00:01");
  CHECK(decode(decode_ndjson, line).report.rejections.of(RejectReason::end_before_start) == 1);
}

TEST_CASE("NDJSON: defaults fill what a line leaves out; the owner comes from the repository") {
  auto context = test::context();
  context.defaults = {{"repository", "acme/api"}, {"branch", "main"}, {"default_branch", "main"}, {"suite", "s"}};
  CHECK(
      dump(decode(decode_ndjson,
                  R"({"source":"test","id":1,"test":"t","ended_at":"2026-01-01T00:00:00Z"})"
                  "\n"
                  R"({"source":"test","id":2,"test":"t","branch":"x","owner":"o","ended_at":"2026-01-01T00:00:00Z"})",
                  context)) ==
      "test owner=acme repository=acme/api suite=s test=t branch=main default_branch=true "
      "ended_at=2026-01-01T00:00:00Z\n"
      "test owner=o repository=acme/api suite=s test=t branch=x default_branch=false ended_at=2026-01-01T00:00:00Z\n");
}

TEST_CASE("NDJSON: a line over the limit is counted once and costs no memory") {
  const auto context = test::context("f");
  NdjsonReader reader(context);
  test::Decoded decoded;
  const std::string chunk(1 << 20, 'x');
  reader.feed(kJob + "\n", decoded.batch, decoded.report);
  for (int i = 0; i < 1024; ++i) reader.feed(chunk, decoded.batch, decoded.report);  // one GiB
  reader.feed("\n" + kJob + "\n", decoded.batch, decoded.report);
  reader.finish(decoded.batch, decoded.report);
  CHECK(decoded.batch.size() == 2);
  CHECK(decoded.report.rejections.of(RejectReason::too_large) == 1);
  CHECK(decoded.report.rejections.total() == 1);
  CHECK(decoded.report.rejections.examples().at(0).where == "f:2");
  CHECK(reader.lines() == 3);
}

TEST_CASE("NDJSON: an endless last line is counted once") {
  const auto decoded = decode(decode_ndjson, std::string(kMaxLineBytes + 1, ' '));
  CHECK(decoded.report.rejections.of(RejectReason::too_large) == 1);
  CHECK(decode(decode_ndjson, kJob + std::string(kMaxLineBytes - kJob.size(), ' ') + "\n").batch.size() == 1);
}

TEST_CASE("NDJSON: how the stream is cut into chunks does not matter") {
  const std::string pieces[] = {kJob + "\n",
                                kJob + "\r\n",
                                "\n",
                                "{\"source\":",
                                "\xef\xbb\xbf",
                                "nonsense\n",
                                deploy(R"("cost":1.5)"),
                                std::string(kMaxLineBytes, 'y'),
                                R"(\ud800)"};
  test::check_property([&] {
    const auto picks = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 9));
    std::string text;
    int long_ones = 0;
    for (const int pick : picks)
      if (pick != 7 || ++long_ones <= 2) text += pieces[pick];
    const std::string whole = test::canonical(decode(decode_ndjson, text));

    const auto context = test::context();
    NdjsonReader reader(context);
    test::Decoded chunked;
    const std::size_t most = text.size() > 10'000 ? 300'000 : 100;
    for (std::size_t at = 0; at < text.size();) {
      const auto size = *rc::gen::inRange<std::size_t>(1, most);
      reader.feed(std::string_view(text).substr(at, size), chunked.batch, chunked.report);
      at += size;
    }
    reader.finish(chunked.batch, chunked.report);
    RC_ASSERT(test::canonical(chunked) == whole);
  });
}
