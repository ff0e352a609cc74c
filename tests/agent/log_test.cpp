#include "agent/log.hpp"

#include <catch2/catch.hpp>

#include <sstream>

using namespace tidemark;
using namespace tidemark::agent;

namespace {

struct Written {
  Instant now{1767571200'000'000};
  std::ostringstream out;
  Log log;
  explicit Written(bool json) : log([this] { return now; }, json, &out) {}
};

}  // namespace

TEST_CASE("a line has its time, level, message and values, quoted where they could be misread") {
  Written text(false);
  text.log.info("listening", {{"address", "127.0.0.1:4318"}, {"note", "a \"b\"\nc"}, {"empty", ""}});
  CHECK(text.out.str() ==
        "2026-01-05T00:00:00.000000Z info listening address=127.0.0.1:4318 note=\"a \\\"b\\\"\\nc\" empty=\"\"\n");
}

TEST_CASE("the same as JSON is one object a line, whatever the bytes") {
  Written json(true);
  json.log.warn("odd", {{"bytes", std::string("\xff\x01", 2)}});
  CHECK(json.out.str() ==
        "{\"time\":\"2026-01-05T00:00:00.000000Z\",\"level\":\"warn\",\"message\":\"odd\",\"bytes\":"
        "\"\xEF\xBF\xBD\\u0001\"}\n");
}

TEST_CASE("braces in a message are no format") {
  Written text(false);
  text.log.error("{} {0} %v");
  CHECK(text.out.str() == "2026-01-05T00:00:00.000000Z error {} {0} %v\n");
}

TEST_CASE("lines below the level are not written") {
  Written text(false);
  text.log.debug("first");
  text.log.set_level("debug");
  text.log.debug("second");
  text.log.set_level("error");
  text.log.warn("third");
  CHECK(text.out.str() == "2026-01-05T00:00:00.000000Z debug second\n");
}

TEST_CASE("an error that repeats itself is written once a minute, with how often it came") {
  Written text(false);
  for (int i = 0; i < 100; ++i) text.log.repeated(Log::Level::error, "sync", "failed");
  text.now = text.now + seconds(60);
  text.log.repeated(Log::Level::error, "sync", "failed");
  text.log.repeated(Log::Level::error, "other", "failed");
  CHECK(text.log.over("sync"));
  CHECK_FALSE(text.log.over("sync"));
  text.log.repeated(Log::Level::error, "sync", "failed");
  CHECK(text.out.str() ==
        "2026-01-05T00:00:00.000000Z error failed\n"
        "2026-01-05T00:01:00.000000Z error failed repeated=99\n"
        "2026-01-05T00:01:00.000000Z error failed\n"
        "2026-01-05T00:01:00.000000Z error failed\n");
}

TEST_CASE("a clock that is set back holds nothing back, and keys are bounded") {
  RateLimit limit;
  const Instant start{1767571200'000'000};
  CHECK(limit.admit("a", start));
  CHECK(limit.admit("a", start - days(1)));
  CHECK_FALSE(limit.admit("a", start - days(1)));
  for (int i = 0; i < 5000; ++i) CHECK(limit.admit(std::to_string(i), start));
}
