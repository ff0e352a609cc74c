#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "rollup/harness.hpp"

namespace tidemark::test {

TEST_CASE("spans that are delivered again are duplicates, and those that say something else are counted") {
  TestStore store(std::make_shared<MemoryDisk>());
  CHECK(store.write({{.id = "1"}, {.id = "2"}}).accepted == 2);
  CHECK(store.write({{.id = "1"}, {.id = "1"}}).duplicates == 2);
  const IngestReport differing = store.write({{.id = "1", .result = "failure"}, {.id = "3"}});
  CHECK(differing.accepted == 1);
  CHECK(differing.duplicates == 1);
  CHECK(differing.differing_duplicates == 1);
  CHECK(store.bucket("folded", "acme").update_counter == 3);
}

TEST_CASE("repeats within one request are found, also when their time differs") {
  TestStore store(std::make_shared<MemoryDisk>());
  const IngestReport report = store.write({{.id = "1"}, {.id = "1", .ended = kStart + hours(3)}});
  CHECK(report.accepted == 1);
  CHECK(report.differing_duplicates == 1);
  CHECK(store.buckets("folded").size() == 1);
}

TEST_CASE("spans older than the identity horizon are refused, and taken as a backfill") {
  TestStore store(std::make_shared<MemoryDisk>());
  const Instant now = kStart + days(20);
  const IngestReport refused = store.write({{.id = "old"}}, now);
  CHECK(refused.accepted == 0);
  CHECK(refused.decode.rejections.of(RejectReason::too_old) == 1);
  CHECK_THAT(refused.decode.rejections.examples()[0].message, Catch::Contains("--backfill"));
  CHECK(store.write({{.id = "old"}}, now, true).accepted == 1);
  CHECK(store.write({{.id = "old"}}, now, true).duplicates == 1);
}

TEST_CASE("spans that end more than a day ahead of the clock are refused") {
  TestStore store(std::make_shared<MemoryDisk>());
  const IngestReport report = store.write({{.id = "ahead", .ended = kStart + hours(25)}, {.id = "near", .ended = kStart + hours(24)}}, kStart);
  CHECK(report.accepted == 1);
  CHECK(report.decode.rejections.of(RejectReason::in_future) == 1);
}

TEST_CASE("identities are forgotten after their retention, which runs from acceptance or the end, whichever is later") {
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk);
  store.write({{.id = "1"}}, kStart + days(5));
  store.recompute->run_once();
  store.retention->run_once(kStart + days(14));
  CHECK(store.write({{.id = "1"}}, kStart + days(14), true).duplicates == 1);
  store.retention->run_once(kStart + days(16));
  CHECK(disk->size(Family::identities) == 0);
}

TEST_CASE("what retention has forgotten stays refused when the clock is set back") {
  TestStore store(std::make_shared<MemoryDisk>());
  store.write({{.id = "1"}}, kStart + hours(1));
  store.recompute->run_once();
  store.retention->run_once(kStart + days(30));
  const IngestReport report = store.write({{.id = "1"}}, kStart + hours(2));
  CHECK(report.accepted == 0);
  CHECK(report.decode.rejections.of(RejectReason::too_old) == 1);
}

TEST_CASE("requests of many threads at once are each counted once") {
  TestStore store(std::make_shared<MemoryDisk>(), test_schema(), {.checkpoint_spans = 50});
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> accepted{0};
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 60; ++i) {
        // Every span comes from two threads.
        const std::string id = std::to_string(t / 2) + "-" + std::to_string(i);
        accepted += store.write({{.id = id, .owner = "o" + std::to_string(i % 5)}}).accepted;
        if (i % 20 == t) store.recompute->position();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(accepted == 180);
  std::uint64_t counted = 0;
  for (const Bucket& bucket : store.buckets("folded")) counted += bucket.update_counter;
  CHECK(counted == 180);
}

TEST_CASE("writers go on while passes run, and every bucket ends exact") {
  TestStore store(std::make_shared<MemoryDisk>(), test_schema(), {.checkpoint_spans = 40}, {.chunk_spans = 25});
  std::vector<TestSpan> spans;
  for (int i = 0; i < 300; ++i)
    spans.push_back({.id = std::to_string(i), .owner = "o" + std::to_string(i % 7), .duration_us = 1000 + i * 31 % 977});
  std::atomic<bool> done{false};
  std::thread background([&] {
    while (!done) store.recompute->run_once();
  });
  for (const TestSpan& span : spans) store.write({span});
  done = true;
  background.join();
  store.recompute->run_once();
  CHECK(describe_all(store) == describe_naively(store.store->schema(), spans));
}

TEST_CASE("past the guard's limit label sets become __other__, counted and remembered over restarts") {
  auto disk = std::make_shared<MemoryDisk>();
  std::vector<TestSpan> spans;
  for (int i = 0; i < 8; ++i) spans.push_back({.id = std::to_string(i), .labels = {"set" + std::to_string(i)}});
  {
    TestStore store(disk);
    CHECK(store.write(spans).guarded == 3);
  }
  TestStore store(disk);
  CHECK(store.write({{.id = "known", .labels = {"set2"}}}).guarded == 0);
  CHECK(store.write({{.id = "new", .labels = {"set9"}}}).guarded == 1);
  CHECK(store.write({{.id = "next hour", .labels = {"set9"}, .ended = kStart + hours(1)}}).guarded == 0);
  CHECK(store.write({{.id = "other owner", .owner = "else", .labels = {"set9"}}}).guarded == 0);
  std::uint64_t spans_seen = 0;
  std::uint64_t other = 0;
  std::set<std::vector<std::string>> sets;
  for (const Bucket& bucket : store.buckets("computed")) {
    spans_seen += bucket.update_counter;
    sets.insert(bucket.dimensions[1].labels);
    if (bucket.dimensions[1].labels == std::vector<std::string>{"__other__"}) other += bucket.update_counter;
  }
  CHECK(spans_seen == 12);
  CHECK(other == 4);
  // What the sender itself calls __other__ is something else.
  store.write({{.id = "escaped", .owner = "third", .labels = {"__other__"}}});
  CHECK(store.bucket("computed", "third").dimensions[1].labels == std::vector<std::string>{"\\__other__"});
}

TEST_CASE("spans of one request that differ in nothing but their hour are guarded hour by hour") {
  TestStore store(std::make_shared<MemoryDisk>());
  std::vector<TestSpan> spans;
  for (int i = 0; i < 8; ++i) spans.push_back({.id = std::to_string(i), .labels = {"set" + std::to_string(i)}});
  const TestSpan last = spans.back();
  spans.push_back({.id = "again", .labels = last.labels});
  spans.push_back({.id = "next hour", .labels = last.labels, .ended = kStart + hours(1)});
  const std::uint64_t in_one = store.write(spans).guarded;
  TestStore apart(std::make_shared<MemoryDisk>());
  std::uint64_t one_by_one = 0;
  for (const TestSpan& span : spans) one_by_one += apart.write({span}).guarded;
  CHECK(in_one == one_by_one);
  CHECK(in_one > 1);
  CHECK(describe_all(store) == describe_all(apart));
}

}  // namespace tidemark::test
