#include <catch2/catch.hpp>

#include <tidemark/errors.hpp>

#include "decode/inflate.hpp"
#include "http/content_coding.hpp"
#include "http/view_page.hpp"
#include "http/view_support.hpp"
#include "render/table.hpp"
#include "support/property.hpp"

using namespace tidemark;
using namespace tidemark::test;
using http::Headers;
using http::ViewPage;
using http::ViewPages;

namespace {

constexpr std::size_t kMiB = 1u << 20;

Headers with(const std::string& name, const std::string& value) {
  Headers headers;
  headers.add(name, value);
  return headers;
}

std::string field(const ViewPage::Ready& answer, const std::string& name) {
  const std::string_view head = answer.head();
  const std::size_t at = head.find(name + ": ");
  if (at == std::string_view::npos) return {};
  const std::string_view value = head.substr(at + name.size() + 2);
  return std::string(value.substr(0, value.find("\r\n")));
}

std::string body(const ViewPage::Ready& answer) { return answer.bytes.substr(answer.head_bytes); }

std::string opening(const ViewPage& page, Instant now) {
  return page.opening(page.answer({}), now, http::http_date(now), true);
}

}  // namespace

TEST_CASE("a page has the rows, when they were made, and how the last attempt went") {
  const ViewPage page(refreshed("landing", 1, 2), {}, kMiB);
  const ViewPage::Ready& answer = page.answer({});
  CHECK(answer.status == 200);
  CHECK(body(answer) ==
        "{\n\"view\": \"landing\",\n\"refreshed_at\": \"2026-01-05T02:00:01.250000Z\",\n"
        "\"last_refresh\": {\"status\": \"success\", \"started_at\": \"2026-01-05T02:00:01Z\"},\n"
        "\"columns\": [\"account\", \"refresh\"],\n\"rows\": [\n"
        "{\"account\": \"account 0\", \"refresh\": 1},\n{\"account\": \"account 1\", \"refresh\": 1}]\n}\n");
  CHECK(field(answer, "Content-Length") == std::to_string(body(answer).size()));
  CHECK(field(answer, "Last-Modified") == "Mon, 05 Jan 2026 02:00:01 GMT");
  CHECK(field(answer, "Tidemark-Refreshed-At") == "2026-01-05T02:00:01.250000Z");
  CHECK(field(answer, "Tidemark-Last-Refresh") == "success");
  CHECK(field(answer, "Vary") == "Accept-Encoding");
  CHECK(answer.head().ends_with("\r\n\r\n"));
  CHECK(has(body(ViewPage(refreshed("empty", 1, 0), {}, kMiB).answer({})), "\"rows\": []\n}\n"));
}

TEST_CASE("a page of many rows is the table as JSON, whatever its length") {
  for (const std::size_t rows : {255u, 256u, 257u, 1000u}) {
    const ViewRows view = refreshed("many", 1, rows);
    const std::string page = body(ViewPage(view, {}, kMiB).answer({}));
    const std::string json = table_json(view.table);
    const std::size_t begin = json.find("\"rows\""), end = json.find(",\n\"notes\"");
    CHECK(has(page, json.substr(begin, end - begin)));
  }
}

TEST_CASE("the tag is that of the rows and of how the last attempt went, not of when it was") {
  const auto tag = [](const ViewRows& view) { return field(ViewPage(view, {}, kMiB).answer({}), "ETag"); };
  ViewRows view = refreshed("landing", 1);
  const std::string first = tag(view);
  CHECK(first.starts_with("W/\""));
  ViewRows same_rows = view;
  same_rows.info.last->started = same_rows.info.success->started = kNow + hours(1);
  CHECK(tag(same_rows) == first);
  CHECK(tag(refreshed("landing", 2)) != first);
  CHECK(tag(then_failed(view, "the disk is gone")) != first);
}

TEST_CASE("who has the page is told so, without it") {
  const ViewPage page(refreshed_public("landing", 1), kNow + seconds(300), kMiB);
  const std::string tag = field(page.answer({}), "ETag");
  for (const std::string& known : {tag, tag.substr(2), "\"other\", " + tag, std::string("*")}) {
    const ViewPage::Ready& answer = page.answer(with("If-None-Match", known));
    CHECK(answer.status == 304);
    CHECK(answer.body_bytes() == 0);
    CHECK(field(answer, "ETag") == tag);
    CHECK(field(answer, "Content-Length").empty());
    CHECK(field(answer, "Access-Control-Allow-Origin") == "*");
  }
  CHECK(page.answer(with("If-None-Match", "\"other\"")).status == 200);
  const std::string date = field(page.answer({}), "Last-Modified");
  CHECK(page.answer(with("If-Modified-Since", date)).status == 304);
  CHECK(page.answer(with("If-Modified-Since", http::http_date(kNow))).status == 200);
  Headers both = with("If-None-Match", "\"other\"");
  both.add("If-Modified-Since", date);
  CHECK(page.answer(both).status == 200);
}

TEST_CASE("two pages of one second are not told apart by its date") {
  ViewRows first = refreshed("landing", 1), second = refreshed("landing", 2);
  second.info.success = second.info.last = first.info.success;
  const ViewPage before(first, {}, kMiB);
  const ViewPage after(second, {}, kMiB, &before);
  const std::string date = field(before.answer({}), "Last-Modified");
  REQUIRE(field(after.answer({}), "Last-Modified") == date);
  CHECK(before.answer(with("If-Modified-Since", date)).status == 304);
  CHECK(after.answer(with("If-Modified-Since", date)).status == 200);
  // Whoever has the second or the first one of them, by its date, is given the third.
  CHECK(ViewPage(second, {}, kMiB, &after).answer(with("If-Modified-Since", date)).status == 200);
  CHECK(ViewPage(refreshed("landing", 3), {}, kMiB, &after).answer(with("If-Modified-Since", date)).status == 200);
}

TEST_CASE("a page may be kept until the next refresh is due") {
  const auto cache = [](const ViewRows& view, std::optional<Instant> next, Instant now) {
    const std::string text = opening(ViewPage(view, next, kMiB), now);
    CHECK(text.starts_with("HTTP/1.1 200 OK\r\nDate: " + http::http_date(now) + "\r\n"));
    const std::size_t at = text.find("Cache-Control: ") + 15;
    return text.substr(at, text.find("\r\n", at) - at);
  };
  const ViewRows own = refreshed("landing", 1), open = refreshed_public("landing", 1);
  CHECK(cache(open, kNow + seconds(300), kNow) == "public, max-age=300");
  CHECK(cache(open, kNow + seconds(300), kNow + Micros{299'500'000}) == "public, max-age=1");
  CHECK(cache(open, kNow + seconds(300), kNow + seconds(900)) == "public, max-age=1");
  CHECK(cache(own, kNow + seconds(300), kNow + seconds(100)) == "private, max-age=200");
  CHECK(cache(own, {}, kNow) == "private, max-age=5");
  CHECK(cache(open, kNow + days(365), kNow) == "public, max-age=86400");
}

TEST_CASE("after a failed attempt the last good rows stay, and the page says that it failed") {
  const std::string error = "sink db.internal: the connection broke";
  const ViewPage::Ready answer = ViewPage(then_failed(refreshed("landing", 1), error), {}, kMiB).answer({});
  CHECK(has(body(answer), "\"refresh\": 1}"));
  CHECK(has(body(answer), "\"status\": \"failed\""));
  CHECK(has(body(answer), "\"error\": \"" + error + '"'));
  CHECK(field(answer, "Tidemark-Last-Refresh") == "failed");
  CHECK(field(answer, "Tidemark-Refreshed-At") == "2026-01-05T02:00:01.250000Z");
  // What everybody reads does not say which machine it was.
  const ViewPage::Ready open = ViewPage(then_failed(refreshed_public("landing", 1), error), {}, kMiB).answer({});
  CHECK(has(body(open), "\"status\": \"failed\""));
  CHECK_FALSE(has(open.bytes, "db.internal"));
}

TEST_CASE("a view without any rows is said to have none, and when to come again") {
  const ViewPage page(never_refreshed("landing"), kNow + seconds(40), kMiB);
  CHECK(page.answer(with("If-None-Match", "*")).status == 503);
  CHECK(has(body(page.answer({})), "it was never refreshed"));
  CHECK(has(opening(page, kNow), "\r\nRetry-After: 40\r\n"));
  CHECK(has(opening(page, kNow), "\r\nCache-Control: no-store\r\n"));
  const ViewPage failed(then_failed(never_refreshed("landing"), "no column"), {}, kMiB);
  CHECK(has(body(failed.answer({})), "no refresh of it has succeeded"));
  CHECK(has(opening(failed, kNow), "\r\nRetry-After: 5\r\n"));
}

TEST_CASE("a page is compressed for those who take it, when that is worth it") {
  const ViewRows view = refreshed("landing", 1, 100);
  const ViewPage page(view, {}, kMiB);
  const ViewPage::Ready& plain = page.answer({});
  const ViewPage::Ready& packed = page.answer(with("Accept-Encoding", "br, gzip"));
  CHECK(field(plain, "Content-Encoding").empty());
  CHECK(field(packed, "Content-Encoding") == "gzip");
  CHECK(field(packed, "ETag") == field(plain, "ETag"));
  CHECK(packed.body_bytes() < plain.body_bytes() / 4);
  std::string inflated;
  REQUIRE(inflate_bounded(body(packed), kMiB, inflated) == InflateResult::done);
  CHECK(inflated == body(plain));
  const ViewPage small(refreshed("landing", 1, 1), {}, kMiB);
  CHECK(field(small.answer(with("Accept-Encoding", "gzip")), "Content-Encoding").empty());
}

TEST_CASE("Accept-Encoding is read as it is meant") {
  for (const char* takes : {"gzip", "GZIP", "deflate, gzip;q=0.5", "*", "br;q=1.0, *;q=0.1", "x-gzip", " gzip ; q=1"})
    CHECK(http::accepts_gzip(takes));
  for (const char* refuses : {"", "identity", "gzip;q=0", "gzip; q=0.000, *", "*;q=0", "gzipped", "deflate"})
    CHECK_FALSE(http::accepts_gzip(refuses));
}

TEST_CASE("what is compressed inflates to what it was, or is not compressed") {
  check_property([](const std::string& piece, std::uint8_t times) {
    std::string bytes;
    for (int i = 0; i < times * 8; ++i) bytes += piece;
    const auto packed = http::gzip_if_worth(bytes);
    if (!packed) return;
    RC_ASSERT(packed->size() <= bytes.size() - bytes.size() / 10);
    std::string inflated;
    RC_ASSERT(inflate_bounded(*packed, bytes.size(), inflated) == InflateResult::done);
    RC_ASSERT(inflated == bytes);
  });
}

TEST_CASE("a page that is too large is refused with what to do, and the one before it stays") {
  ViewPages pages(10'000, 60'000);
  ViewPages::Reader reader(pages);
  const auto publish = [&](const std::string& key, const ViewRows& view) {
    pages.publish(key, [&] { return ViewPages::Read{view, std::nullopt}; });
  };
  const auto status = [&](const std::string& key) { return reader.find(key)->answer({}).status; };
  CHECK(reader.find("landing") == nullptr);
  CHECK_THROWS_WITH(publish("landing", refreshed("landing", 1, 1000)), Catch::Contains("give it a `limit`"));
  CHECK(status("landing") == 503);
  CHECK(has(body(reader.find("landing")->answer({})), "which is not served"));
  publish("landing", refreshed("landing", 2));
  CHECK_THROWS_AS(publish("landing", refreshed("landing", 3, 1000)), InputError);
  CHECK(has(body(reader.find("landing")->answer({})), "\"refresh\": 2}"));
  int published = 0;
  const auto fill = [&] {
    for (; published < 100; ++published) publish(std::to_string(published), refreshed("one of many", 1, 150));
  };
  CHECK_THROWS_WITH(fill(), Catch::Contains("together"));
  CHECK(published >= 6);
  CHECK(published < 15);
  CHECK(status("landing") == 200);
}

TEST_CASE("a reader sees what was published, and keeps what it has") {
  ViewPages pages(kMiB, kMiB);
  ViewPages::Reader one(pages), other(pages);
  pages.publish("landing", [] { return ViewPages::Read{refreshed("landing", 1), {}}; });
  const ViewPages::PagePtr first = one.find("landing");
  CHECK(has(body(other.find("landing")->answer({})), "\"refresh\": 1}"));
  pages.publish("landing", [] { return ViewPages::Read{refreshed("landing", 2), {}}; });
  pages.publish("other", [] { return ViewPages::Read{refreshed("other", 3), {}}; });
  CHECK(has(body(first->answer({})), "\"refresh\": 1}"));
  CHECK(has(body(one.find("landing")->answer({})), "\"refresh\": 2}"));
  CHECK(has(body(one.find("other")->answer({})), "\"refresh\": 3}"));
  CHECK(one.find("landing@central") == nullptr);
  CHECK_THROWS_AS(pages.publish("landing", []() -> ViewPages::Read { throw StoreError("unreadable"); }), StoreError);
  CHECK(has(body(one.find("landing")->answer({})), "\"refresh\": 2}"));
}
