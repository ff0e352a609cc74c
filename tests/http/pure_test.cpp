#include <catch2/catch.hpp>

#include "http/access.hpp"
#include "http/address.hpp"
#include "http/browser_guard.hpp"
#include "http/byte_budget.hpp"
#include "http/counters.hpp"
#include "http/message.hpp"
#include "http/metrics_text.hpp"
#include "http/recent_rejects.hpp"
#include "http/route.hpp"
#include "support/property.hpp"
#include "tidemark/errors.hpp"

using namespace tidemark;
using namespace tidemark::http;

TEST_CASE("a pattern takes the paths that it describes") {
  PathValues values;
  CHECK(matches("/a/{b}/c", {"a", "x", "c"}, values));
  CHECK(values == PathValues{"x"});
  CHECK_FALSE(matches("/a/{b}/c", {"a", "", "c"}, values));
  CHECK_FALSE(matches("/a/{b}/c", {"a", "x"}, values));
  CHECK_FALSE(matches("/a", {"a", "b"}, values));
  CHECK_FALSE(matches("/a", {}, values));
  CHECK(matches("**/traces", {"v1", "ci", "traces"}, values));
  CHECK(matches("**/traces", {"traces"}, values));
  CHECK_FALSE(matches("**/traces", {"traces", "x"}, values));
}

TEST_CASE("headers are found whatever their case") {
  Headers headers;
  headers.add("Content-TYPE", "a");
  headers.add("content-type", "b");
  CHECK(headers.find("Content-Type") == "a");
  CHECK(headers.count("CONTENT-TYPE") == 2);
  CHECK_FALSE(headers.has("Content"));
  CHECK(media_type("Application/JSON; charset=utf-8") == "application/json");
}

TEST_CASE("an answer's header says what its body is, and when it was made") {
  const std::string text = header_text(Response::text(200, "ok"), Instant{784111777'000'000}, true);
  CHECK(text ==
        "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: 2\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
        "Connection: keep-alive\r\n\r\n");
  CHECK(header_text({204, {}, {}}, {}, false).find("Content-Length") == std::string::npos);
}

TEST_CASE("tokens are found by their secret, and by nothing else") {
  const TokenList tokens({{"ci", "s3cret", {true, false, false}}, {"grafana", "other", {false, true, false}}});
  REQUIRE(tokens.find("Bearer s3cret"));
  CHECK(tokens.find("Bearer s3cret")->ingest);
  CHECK_FALSE(tokens.find("Bearer s3cret")->read);
  CHECK(tokens.find("bearer other")->read);
  for (const char* wrong : {"", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3crett", "Basic s3cret", "s3cret"})
    CHECK_FALSE(tokens.find(wrong));
  CHECK_THROWS_AS(TokenList(std::vector<Token>{{"empty", "", {}}}), InputError);
}

TEST_CASE("an admin may do everything, others what they may") {
  const Scopes admin{false, false, true}, ingest{true, false, false};
  for (const Scope scope : {Scope::ingest, Scope::read, Scope::admin}) CHECK(admin.has(scope));
  CHECK(ingest.has(Scope::ingest));
  CHECK_FALSE(ingest.has(Scope::read));
  CHECK_FALSE(ingest.has(Scope::admin));
}

TEST_CASE("pages of other origins are kept out, programs are not") {
  for (const char* host : {"", "localhost", "LOCALHOST:4318", "127.0.0.1:4318", "[::1]:4318", "10.0.0.3"})
    CHECK_FALSE(refuse_foreign_page(host, "", {}));
  CHECK_FALSE(refuse_foreign_page("localhost:4318", "http://localhost:4318", {}));
  CHECK_FALSE(refuse_foreign_page("agent:4318", "", {"agent"}));
  CHECK(refuse_foreign_page("agent:4318", "", {}));
  CHECK(refuse_foreign_page("evil.example", "", {}));
  CHECK(refuse_foreign_page("localhost:4318", "https://evil.example", {}));
  CHECK(refuse_foreign_page("localhost:4318", "http://localhost:8080", {}));
  CHECK(refuse_foreign_page("localhost:4318", "null", {}));
}

TEST_CASE("addresses are a host and a port, or a socket's path") {
  CHECK(parse_tcp_address("[::1]:80")->host == "::1");
  CHECK(parse_tcp_address("localhost:0")->port == "0");
  for (const char* wrong : {"", "localhost", "localhost:", ":80", "::1:80", "a:65536", "a:-1", "a:8o"})
    CHECK_FALSE(parse_tcp_address(wrong));
  CHECK(unix_path("unix:/run/a.sock") == "/run/a.sock");
  CHECK_FALSE(unix_path("unix:"));
  CHECK_FALSE(unix_path("/run/a.sock"));
}

TEST_CASE("shares never take more than the budget, and give all of it back") {
  test::check_property([](const std::vector<std::uint16_t>& wanted) {
    constexpr std::size_t kLimit = 100'000;
    ByteBudget budget(kLimit);
    {
      std::vector<ByteBudget::Share> shares;
      std::size_t taken = 0;
      for (const std::uint16_t bytes : wanted) {
        ByteBudget::Share share(budget);
        const bool fits = taken + bytes <= kLimit;
        RC_ASSERT(share.grow_to(bytes) == fits);
        RC_ASSERT(share.grow_to(fits ? bytes / 2 : 0));
        if (fits) taken += bytes;
        shares.push_back(std::move(share));
        RC_ASSERT(budget.taken() == taken);
      }
    }
    RC_ASSERT(budget.taken() == 0u);
  });
}

TEST_CASE("the last rejections of each reason are kept, the newest first, and no more") {
  RecentRejects rejects;
  for (int i = 0; i < 120; ++i)
    rejects.add(Instant{i}, "/v1/spans", {{RejectReason::too_old, "a:" + std::to_string(i), std::string(9000, 'x')}});
  rejects.add(Instant{1}, "/v1/junit", {{RejectReason::malformed, "b", "c"}});
  const auto old = rejects.of(RejectReason::too_old);
  REQUIRE(old.size() == RecentRejects::kPerReason);
  CHECK(old.front().rejection.where == "a:119");
  CHECK(old.back().rejection.where == "a:70");
  CHECK(old.front().rejection.message.size() == RecentRejects::kMaxTextBytes);
  CHECK(rejects.all().size() == RecentRejects::kPerReason + 1);
  CHECK(rejects.of(RejectReason::in_future).empty());
}

TEST_CASE("metrics are text that Prometheus reads") {
  MetricsText page;
  page.family("a_total", "counter", "Some.");
  page.sample({{"x", "q\"\\\n\xff"}, {"y", ""}}, std::uint64_t{18446744073709551615u});
  page.sample({}, 0.25, "_sum");
  CHECK(page.text() ==
        "# HELP a_total Some.\n# TYPE a_total counter\n"
        "a_total{x=\"q\\\"\\\\\\n\uFFFD\",y=\"\"} 18446744073709551615\na_total_sum 0.25\n");
}

TEST_CASE("durations are counted at the first bound that holds them") {
  Counters counters;
  counters.answered("/a", 200, Micros{1000});
  counters.answered("/a", 200, Micros{1001});
  counters.answered("/a", 503, seconds(100));
  const auto durations = counters.durations().at("/a");
  CHECK(durations.at_most[0] == 1);
  CHECK(durations.at_most[1] == 1);
  CHECK(durations.count == 3);
  CHECK(counters.requests().at({"/a", 200}) == 2);
}
