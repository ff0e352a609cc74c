#include "rollup/recent_fill.hpp"

#include <catch2/catch.hpp>

#include "rollup/recents_harness.hpp"

namespace tidemark::test {
namespace {

std::vector<TestSpan> some_spans(int begin, int end) {
  std::vector<TestSpan> spans;
  for (int i = begin; i < end; ++i)
    spans.push_back({.id = "s" + std::to_string(i),
                     .owner = kOwners[i % 3],
                     .job = "job" + std::to_string(i * 7 % 11),
                     .result = i % 4 == 0 ? "failure" : "success",
                     .ended = kStart + minutes(i * 37 % 50),
                     .duration_us = 1000 + i});
  return spans;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

/// As opening does it: the catalog first.
void open_with(const std::shared_ptr<MemoryDisk>& disk, const SchemaPtr& schema) { TestStore(disk, schema); }

/// A store with spans before and after its last checkpoint.
std::shared_ptr<MemoryDisk> disk_with(const std::vector<TestSpan>& spans, const SchemaPtr& schema) {
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk, schema);
  for (std::size_t at = 0; at < spans.size(); at += 10) {
    const std::size_t end = std::min(at + 10, spans.size());
    store.write({spans.begin() + static_cast<std::ptrdiff_t>(at), spans.begin() + static_cast<std::ptrdiff_t>(end)},
                kStart + hours(2));
    if (at == 30) store.writer->checkpoint();
  }
  return disk;
}

}  // namespace

TEST_CASE("a recent that is declared later is built from the raw spans that survive, wherever that is stopped") {
  const auto spans = some_spans(0, 60);
  const auto before = disk_with(spans, test_schema());
  std::uint64_t writes = 0;
  {
    auto disk = std::make_shared<MemoryDisk>(*before);
    const TestStore store(disk, recents_schema());
    CHECK(all_recents(store) == all_naive(spans));
    writes = disk->writes_done;
  }
  REQUIRE(writes >= 2);
  for (std::uint64_t stop = 0; stop < writes; ++stop) {
    auto disk = std::make_shared<MemoryDisk>(*before);
    disk->writes_left = stop;
    CHECK_THROWS_AS(open_with(disk, recents_schema()), StoreError);
    disk->repair();
    const TestStore store(disk, recents_schema());
    CHECK(all_recents(store) == all_naive(spans));
    CHECK_FALSE(recent_fill_is_due(*store.store));
  }
}

TEST_CASE("a recent with another meaning is built anew, and what the old one left is erased") {
  const auto spans = some_spans(0, 60);
  const auto old =
      recents_schema(replaced(kRecents, "where = \"result = 'success'\"", "where = \"result = 'failure'\""));
  const auto before = disk_with(spans, old);
  for (std::uint64_t stop = 0; stop < 20; ++stop) {
    auto disk = std::make_shared<MemoryDisk>(*before);
    disk->writes_left = stop;
    try {
      open_with(disk, recents_schema());
    } catch (const StoreError&) {
    }
    disk->repair();
    TestStore store(disk, recents_schema());
    CHECK(all_recents(store) == all_naive(spans));
    store.writer->checkpoint();
    CHECK(disk->size(Family::recents) == 2 + 3 + 1);  // definitions and groups
  }
}

TEST_CASE("a definition that comes back while the old one is being erased counts as a new one") {
  const auto spans = some_spans(0, 60);
  const auto other = recents_schema(replaced(kRecents, "item = [\"job\", \"labels\"]", "item = [\"job\"]"));
  const auto before = disk_with(spans, recents_schema());
  for (std::uint64_t stop = 1; stop < 5; ++stop) {
    auto disk = std::make_shared<MemoryDisk>(*before);
    disk->writes_left = stop;
    try {
      open_with(disk, other);
    } catch (const StoreError&) {
    }
    disk->repair();
    const TestStore store(disk, recents_schema());
    CHECK(all_recents(store) == all_naive(spans));
  }
}

TEST_CASE("a recent that keeps more adds what the raw spans say to what it has; one that keeps less shows less") {
  const auto spans = some_spans(0, 60);
  auto disk = disk_with(spans, recents_schema());
  {
    const TestStore store(disk, recents_schema(replaced(kRecents, "keep = 3", "keep = 9")));
    CHECK(all_recents(store) == all_naive(spans, 9));
  }
  {
    TestStore store(disk, recents_schema(replaced(kRecents, "keep = 3", "keep = 2")));
    CHECK(all_recents(store) == all_naive(spans, 2));
    store.recompute->run_once();
    store.retention->run_once(kStart + days(3));  // no raw span survives
  }
  const TestStore store(disk, recents_schema(replaced(kRecents, "keep = 3", "keep = 9")));
  for (const char* owner : kOwners) {
    const auto texts = recent_texts(store, "last_jobs", owner);
    const auto all = naive_recent(spans, "last_jobs", owner, 9);
    REQUIRE(texts.size() >= 2);  // what is left is the newest, without gaps
    CHECK(std::equal(texts.begin(), texts.end(), all.begin()));
  }
}

TEST_CASE("a recent that is not declared any more leaves nothing, and the others as they are") {
  const auto spans = some_spans(0, 60);
  auto disk = disk_with(spans, recents_schema());
  const std::string events = std::string(kRecents).substr(std::string(kRecents).find("[recent.events]"));
  {
    TestStore store(disk, recents_schema(events));
    store.sinks->find_or_add("a sink");
    CHECK(recent_texts(store, "events") == all_naive(spans)["events"]);
    store.writer->checkpoint();
    CHECK(disk->size(Family::recents) == 3);  // definition, group and mark
  }
  open_with(disk, test_schema());
  CHECK(disk->size(Family::recents) == 0);
}

TEST_CASE("what is built later waits for the sinks that there are") {
  auto disk = disk_with(some_spans(0, 60), test_schema());
  {
    TestStore store(disk, test_schema());
    store.sinks->find_or_add("a sink");
    store.sinks->find_or_add("another");
    store.writer->checkpoint();
  }
  open_with(disk, recents_schema());
  std::size_t marks = 0;
  for (const auto& [key, value] : disk->entries(Family::recents)) marks += key.front() == kRecentMarks;
  CHECK(marks == 2 * (3 + 1));
}

}  // namespace tidemark::test
