#include <catch2/catch.hpp>
#include <set>

#include "decode/junit_time.hpp"
#include "decode/vendor_time.hpp"
#include "decode_support.hpp"

using namespace tidemark;
using test::decode;
using test::dump;

namespace {

std::string junit(const std::string& name) {
  return dump(decode(decode_junit, test::corpus("junit/" + name + ".xml")));
}

std::string one_case(const std::string& attributes, const std::string& children = "") {
  return dump(decode(decode_junit, "<testsuite name='s'><testcase classname='c' name='n' time='1' " + attributes + ">" +
                                       children + "</testcase></testsuite>"));
}
std::string result_of(const std::string& attributes, const std::string& children = "") {
  const std::string line = one_case(attributes, children);
  const auto at = line.find("result=") + 7;
  return line.substr(at, line.find(' ', at) - at);
}

std::int64_t us(std::string_view text) {
  const auto duration = parse_junit_seconds(text);
  return duration ? duration->count : -1;
}

// Naive or no time: ended when it came.
const std::string kReceived =
    " started_at=2026-01-01T23:59:59.750000Z ended_at=2026-01-02T00:00:00Z duration=0.250000\n";

}  // namespace

TEST_CASE("JUnit: pytest's report, with an absolute time on the suite") {
  CHECK(junit("pytest") ==
        "test suite=tests.test_math test=test_adds result=success started_at=2026-01-01T05:00:10.549396Z "
        "ended_at=2026-01-01T05:00:10.550396Z duration=0.001000\n"
        "test suite=tests.test_math test=test_fails result=failure started_at=2026-01-01T05:00:10.549396Z "
        "ended_at=2026-01-01T05:00:10.799396Z duration=0.250000\n"
        "test suite=tests.test_math test=test_skipped result=skip started_at=2026-01-01T05:00:10.549396Z "
        "ended_at=2026-01-01T05:00:10.549396Z duration=0.000000\n"
        "test suite=tests.test_math.TestMore test=test_broken result=error started_at=2026-01-01T05:00:10.549396Z "
        "ended_at=2026-01-01T05:00:10.551396Z duration=0.002000\n"
        "test suite=tests.test_math test=test_adds result=success started_at=2026-01-01T05:00:10.549396Z "
        "ended_at=2026-01-01T05:00:10.552396Z duration=0.003000\n");
}

TEST_CASE("JUnit: gtest: naive times are nobody's, several failures are one, suppressed is skipped") {
  CHECK(junit("gtest") ==
        "test suite=Math test=Adds result=success started_at=2026-01-01T23:59:59.900000Z ended_at=2026-01-02T00:00:00Z "
        "duration=0.100000\n"
        "test suite=Math test=Fails result=failure started_at=2026-01-01T23:59:59.800000Z "
        "ended_at=2026-01-02T00:00:00Z duration=0.200000\n"
        "test suite=Math test=Skips result=skip started_at=2026-01-02T00:00:00Z ended_at=2026-01-02T00:00:00Z "
        "duration=0.000000\n"
        "test suite=Math test=DISABLED_Later result=skip started_at=2026-01-02T00:00:00Z ended_at=2026-01-02T00:00:00Z "
        "duration=0.000000\n");
}

TEST_CASE("JUnit: ctest: a classname that repeats the name says nothing; status=fail is a failure") {
  CHECK(junit("ctest") ==
        "test suite=Linux-c++ test=adds result=success started_at=2026-01-01T23:59:59.998770Z "
        "ended_at=2026-01-02T00:00:00Z duration=0.001230\n"
        "test suite=Linux-c++ test=times_out result=failure started_at=2026-01-01T23:59:49.990000Z "
        "ended_at=2026-01-02T00:00:00Z duration=10.010000\n"
        "test suite=Linux-c++ test=fails result=failure started_at=2026-01-01T23:59:59.500000Z "
        "ended_at=2026-01-02T00:00:00Z duration=0.500000\n");
}

TEST_CASE("JUnit: Node: cases right below testsuites, nested suites, no times") {
  const std::string out = junit("node");
  CHECK(out.find("test suite=test test=top level result=success") == 0);
  CHECK(out.find("test suite=math test=adds result=success") != std::string::npos);
  CHECK(out.find("test suite=math > division test=by zero result=failure") != std::string::npos);
}

TEST_CASE("JUnit: jest-junit: the suite is the suite's name") {
  CHECK(junit("jest").find("test suite=math test=math adds result=success") == 0);
}

TEST_CASE("JUnit: gotestsum: wrong counts do not matter, offsets do, year 1 is no time") {
  CHECK(junit("gotestsum") ==
        "test suite=example.org/math test=TestAdds result=success started_at=2026-01-01T00:00:10Z "
        "ended_at=2026-01-01T00:00:10.500000Z duration=0.500000\n"
        "test suite=example.org/none test=TestNone result=success started_at=2026-01-02T00:00:00Z "
        "ended_at=2026-01-02T00:00:00Z duration=0.000000\n");
}

TEST_CASE("JUnit: surefire: flaky passed, rerun failed, of several outcomes the worst, odd times") {
  CHECK(junit("surefire_flaky") ==
        "test suite=org.acme.MathTest test=flaky result=success started_at=2026-01-01T23:18:16.900000Z "
        "ended_at=2026-01-02T00:00:00Z duration=2503.100000\n"
        "test suite=org.acme.MathTest test=fails result=failure started_at=2026-01-01T23:59:59.712000Z "
        "ended_at=2026-01-02T00:00:00Z duration=0.288000\n"
        "test suite=org.acme.MathTest test=breaks result=error started_at=2026-01-01T23:59:59.999986Z "
        "ended_at=2026-01-02T00:00:00Z duration=0.000014\n"
        "test suite=org.acme.MathTest test=all at once result=error ended_at=2026-01-02T00:00:00Z\n"
        "dropped_attributes 1\n");
}

TEST_CASE("JUnit: times that are missing, empty, zero or words, and timestamps of every shape") {
  CHECK(junit("times") ==
        "test suite=t test=none result=success ended_at=2026-01-02T00:00:00Z\n"
        "test suite=t test=empty result=success ended_at=2026-01-02T00:00:00Z\n"
        "test suite=t test=zero result=success started_at=2026-01-02T00:00:00Z ended_at=2026-01-02T00:00:00Z "
        "duration=0.000000\n"
        "test suite=t test=words result=success ended_at=2026-01-02T00:00:00Z\n"
        "test suite=t test=own time result=success started_at=2021-03-07T10:36:56Z "
        "ended_at=2021-03-07T10:36:57.500000Z duration=1.500000\n"
        "test suite=t test=mail time result=success started_at=2021-03-07T10:36:56Z "
        "ended_at=2021-03-07T10:36:57.500000Z duration=1.500000\n"
        "test suite=t test=spaced result=success started_at=2024-01-03T12:40:13Z ended_at=2024-01-03T12:40:14.500000Z "
        "duration=1.500000\n"
        "test suite=t test=date result=success started_at=2026-01-01T23:59:58.500000Z ended_at=2026-01-02T00:00:00Z "
        "duration=1.500000\n"
        "dropped_attributes 1\n");
}

TEST_CASE("JUnit: seconds with commas, points and exponents") {
  CHECK(us("0") == 0);
  CHECK(us("1.4e-05") == 14);
  CHECK(us("2,503.1") == 2'503'100'000);
  CHECK(us("14,029.255") == 14'029'255'000);
  CHECK(us("1,234,567.5") == 1'234'567'500'000);
  CHECK(us("0,288") == 288'000);
  CHECK(us(",5") == 500'000);
  CHECK(us("2,503") == 2'503'000'000);
  CHECK(us("12,5") == 12'500'000);
  CHECK(us("12,5000001") == 12'500'000);
  CHECK(us("1.234,5") == 1'234'500'000);
  CHECK(us("0.") == 0);
  CHECK(us(".5") == 500'000);
  CHECK(us("+1") == 1'000'000);
  CHECK(us(" 1 ") == 1'000'000);
  CHECK(us("0.0000005") == 1);
  CHECK(us("0.00000049999999999999999999999999999999999999999999999999") == 0);
  CHECK(us("1E3") == 1'000'000'000);
  CHECK(us("1e-400") == 0);
  CHECK(us("999999999") == 999'999'999'000'000);
  for (const char* none :
       {"",      " ",    "-1",       "-345345",   "-0.5", "nan", "inf", "1e",  "1e400",      "1e99999999999", "0x10",
        "1.2.3", "1,,2", "1,23,456", "12345,678", ".",    ",",   "1s",  "1 2", "1000000001", "1e30"})
    CHECK(us(none) == -1);
}

TEST_CASE("Instants in the shapes that vendors write; naive ones are none") {
  const auto t = [](std::string_view text) {
    const auto instant = parse_vendor_time(text);
    return instant ? format_short(*instant) : "none";
  };
  CHECK(t("2021-03-07T10:36:56Z") == "2021-03-07T10:36:56Z");
  CHECK(t("2021-03-07 10:36:56 UTC") == "2021-03-07T10:36:56Z");
  CHECK(t("2021-03-07T10:36:56 UTC") == "2021-03-07T10:36:56Z");
  CHECK(t("2021-03-07T 10:36:56+01:00") == "2021-03-07T09:36:56Z");
  CHECK(t("2021-03-07 10:36:56 -0130") == "2021-03-07T12:06:56Z");
  CHECK(t("Sun, 7 Mar 2021 10:36:56 GMT") == "2021-03-07T10:36:56Z");
  CHECK(t("07 Mar 2021 10:36:56 +0100") == "2021-03-07T09:36:56Z");
  for (const char* none :
       {"", " ", "2021-03-07T10:36:56", "2021-03-07 10:36:56", "2024-01-03", "2024-01-03T 12:40:13", "now",
        "Sun, 7 Mra 2021 10:36:56 GMT", "Sun, 7 Mar 2021 10:36:56", "a b c d e f g", "0000-00-00T00:00:00Z"})
    CHECK(t(none) == "none");
}

TEST_CASE("JUnit: outcomes by elements and by status") {
  CHECK(result_of("") == "success");
  CHECK(result_of("", "<failure/><failure/>") == "failure");
  CHECK(result_of("", "<skipped/><failure/>") == "failure");
  CHECK(result_of("", "<failure/><error/>") == "error");
  CHECK(result_of("", "<rerunFailure/>") == "failure");
  CHECK(result_of("", "<flakyFailure/><flakyError/>") == "success");
  CHECK(result_of("status='fail'") == "failure");
  CHECK(result_of("status='FAILED'") == "failure");
  CHECK(result_of("status='notrun'") == "skip");
  CHECK(result_of("status='run' result='suppressed'") == "skip");
  CHECK(result_of("status='run' result='completed'") == "success");
  CHECK(result_of("status='passed'", "<failure/>") == "failure");
  CHECK(result_of("", "<system-out>&lt;failure/&gt;</system-out>") == "success");
}

TEST_CASE("JUnit: a byte order mark and ISO-8859-1 are read, invalid bytes are repaired") {
  CHECK(junit("bom").find("test=caf\u00e9 ") != std::string::npos);
  CHECK(junit("latin1").find("test=caf\u00e9 ") != std::string::npos);
  CHECK(junit("invalid_bytes").find("repaired_text 1\n") != std::string::npos);
}

TEST_CASE("JUnit: what is no report is refused whole, with what was expected") {
  CHECK(junit("empty") == "malformed 1\n-: the report is empty; expected JUnit XML\n");
  CHECK(junit("truncated").starts_with("malformed 1\n-: no well-formed XML"));
  CHECK(junit("other_root") ==
        "malformed 1\n-: the root element is 'assemblies'; expected 'testsuites' or 'testsuite'\n");
  CHECK(junit("bomb") == "malformed 1\n-: the report declares XML entities; they are not resolved\n");
  CHECK(junit("external_entity") == "malformed 1\n-: the report declares XML entities; they are not resolved\n");
  CHECK(dump(decode(decode_junit, "nonsense")).starts_with("malformed 1\n"));
}

TEST_CASE("JUnit: deep nesting and masses of tags are bounded") {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<testsuite>";
  for (int i = 0; i < 100'000; ++i) deep += "</testsuite>";
  CHECK(decode(decode_junit, deep).report.rejections.of(RejectReason::too_deep) == 1);
  std::string many = "<testsuite>";
  many.reserve(30u << 20);
  for (int i = 0; i < 6'100'000; ++i) many += "<a/>";
  CHECK(decode(decode_junit, many + "</testsuite>").report.rejections.of(RejectReason::too_large) == 1);
  CHECK(decode(decode_junit, std::string(kMaxJunitBytes + 1, ' ')).report.rejections.of(RejectReason::too_large) == 1);
}

TEST_CASE("JUnit: a case without a name is rejected alone") {
  const auto decoded = decode(decode_junit, "<testsuite><testcase classname='a'/><testcase name='b'/></testsuite>");
  CHECK(decoded.batch.size() == 1);
  CHECK(decoded.report.rejections.of(RejectReason::missing_field) == 1);
}

TEST_CASE("JUnit: the same report again gives the same identities, another run or report others") {
  const std::string report = test::corpus("junit/pytest.xml");
  const auto identities = [](const test::Decoded& decoded) {
    std::set<Digest> out;
    for (const auto& span : decoded.batch.spans) out.insert(span.identity);
    return out;
  };
  auto run_1 = test::context(), run_2 = test::context();
  run_1.defaults = {{"run", "1"}};
  run_2.defaults = {{"run", "2"}};
  const auto first = identities(decode(decode_junit, report, run_1));
  CHECK(first.size() == 5);  // the case that comes twice has two
  CHECK(identities(decode(decode_junit, report, run_1)) == first);
  CHECK(identities(decode(decode_junit, report, run_2)) != first);
  CHECK(identities(decode(decode_junit, report + " ", run_1)) != first);
  auto later = run_1;
  later.received_at = later.received_at + hours(5);
  CHECK(identities(decode(decode_junit, report, later)) == first);
  CHECK(junit_report_digest(report, run_1.defaults) != junit_report_digest(report, run_2.defaults));
  CHECK(junit_report_digest(report, run_1.defaults) == junit_report_digest(report, run_1.defaults));
}

TEST_CASE("JUnit: defaults fill what a report cannot say") {
  auto context = test::context();
  context.defaults = {
      {"repository", "acme/api"}, {"branch", "main"}, {"default_branch", "true"}, {"suite", "unit"}, {"run", "7"}};
  CHECK(dump(decode(decode_junit, "<testsuites><testcase name='n' time='0.25'/></testsuites>", context)) ==
        "test owner=acme repository=acme/api suite=unit test=n branch=main default_branch=true result=success" +
            kReceived);
}
