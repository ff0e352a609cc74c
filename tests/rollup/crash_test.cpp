#include <algorithm>
#include <catch2/catch.hpp>

#include "rollup/harness.hpp"

namespace tidemark::test {
namespace {

/// A little of everything: buckets of one, two and many spans, duplicates, missing durations, several hours.
std::vector<TestSpan> sample_spans() {
  std::vector<TestSpan> spans;
  for (int i = 0; i < 60; ++i) {
    TestSpan span;
    span.id = "span" + std::to_string(i);
    span.owner = i % 7 == 0 ? "solo" + std::to_string(i) : "acme";
    span.job = i % 3 == 0 ? "test" : "build";
    span.result = i % 5 == 0 ? "failure" : "success";
    span.labels = i % 2 == 0 ? std::vector<std::string>{"x64", "linux"} : std::vector<std::string>{"linux", "x64", "linux"};
    span.ended = kStart + minutes(3 * i);
    span.duration_us = 1'000'000 + (i * 7919) % 1000;
    span.has_start = i % 11 != 0;
    spans.push_back(span);
  }
  return spans;
}

/// Writes everything in requests of five, with checkpoints and passes now and then. What was acknowledged before a
/// crash is delivered again, as senders do that did not hear the answer.
void deliver(TestStore& store, const std::vector<TestSpan>& spans) {
  for (std::size_t at = 0; at < spans.size(); at += 5) {
    const std::vector<TestSpan> request(spans.begin() + static_cast<std::ptrdiff_t>(at),
                                        spans.begin() + static_cast<std::ptrdiff_t>(std::min(at + 5, spans.size())));
    store.write(request, kStart + hours(4));
    if (at % 20 == 15) store.writer->checkpoint();
    if (at % 30 == 25) store.recompute->run_once();
  }
  store.recompute->run_once();
}

constexpr WriterOptions kSmallCheckpoints{.checkpoint_spans = 13};
/// A checkpoint is three writes then: identities and rows as files of their own, and the position.
constexpr WriterOptions kCheckpointsOfFiles{.checkpoint_spans = 13, .bulk_entries = 1};
constexpr RecomputeOptions kSmallChunks{.chunk_spans = 7};

}  // namespace

TEST_CASE("a crash at any write loses nothing and counts nothing twice") {
  const auto spans = sample_spans();
  const auto expected = describe_naively(*test_schema(), spans);
  const WriterOptions options = GENERATE(kSmallCheckpoints, kCheckpointsOfFiles);

  auto undisturbed = std::make_shared<MemoryDisk>();
  {
    TestStore store(undisturbed, test_schema(), options, kSmallChunks);
    deliver(store, spans);
    REQUIRE(describe_all(store) == expected);
  }
  for (std::uint64_t crash_after = 1; crash_after < undisturbed->writes_done; ++crash_after) {
    auto disk = std::make_shared<MemoryDisk>();
    disk->writes_left = crash_after;
    for (int life = 0; life < 3; ++life) {
      try {
        TestStore store(disk, test_schema(), options, kSmallChunks);
        deliver(store, spans);
      } catch (const StoreError&) {
        // The second life dies, too, a little later: during recovery for small numbers.
        disk->writes_left = life == 0 ? crash_after % 4 : std::numeric_limits<std::uint64_t>::max();
      }
    }
    const TestStore store(disk, test_schema(), options, kSmallChunks);
    INFO("crash after write " << crash_after);
    REQUIRE(describe_all(store) == expected);
  }
}

TEST_CASE("a power loss after any write loses nothing that was acknowledged") {
  const auto spans = sample_spans();
  const WriterOptions options = GENERATE(kSmallCheckpoints, kCheckpointsOfFiles);
  for (std::uint64_t loss_after = 1; loss_after < 70; ++loss_after) {
    auto disk = std::make_shared<MemoryDisk>();
    disk->writes_left = loss_after;
    std::vector<TestSpan> acknowledged;
    try {
      TestStore store(disk, test_schema(), options, kSmallChunks);
      for (const TestSpan& span : spans) {
        store.write({span}, kStart + hours(4));
        acknowledged.push_back(span);
        if (acknowledged.size() % 9 == 0) store.recompute->run_once();
      }
    } catch (const StoreError&) {
    }
    disk->lose_power();
    disk->repair();
    if (acknowledged.empty()) continue;
    TestStore store(disk, test_schema(), options, kSmallChunks);
    store.recompute->run_once();
    INFO("power lost after write " << loss_after);
    REQUIRE(describe_all(store) == describe_naively(*test_schema(), acknowledged));
    REQUIRE(store.write(acknowledged, kStart + hours(4)).duplicates == acknowledged.size());
  }
}

TEST_CASE("a kill between a commit and its checkpoint is made good by replaying the log") {
  auto disk = std::make_shared<MemoryDisk>();
  const auto spans = sample_spans();
  std::map<std::string, std::string> before;
  {
    TestStore store(disk);
    store.write(spans);
    before = describe_all(store);
  }
  CHECK(disk->size(Family::buckets) == 0);
  TestStore store(disk);
  CHECK(describe_all(store) == before);
  CHECK(store.write(spans).duplicates == spans.size());
}

TEST_CASE("a kill between a checkpoint's rows and its position counts nothing twice") {
  const auto spans = sample_spans();
  const auto expected = describe_naively(*test_schema(), spans);
  for (std::uint64_t more_writes = 0; more_writes < 3; ++more_writes) {
    auto disk = std::make_shared<MemoryDisk>();
    {
      TestStore store(disk, test_schema(), {.bulk_entries = 1});
      store.write(spans);
      disk->writes_left = more_writes;  // identities, rows, position
      CHECK_THROWS_AS(store.writer->checkpoint(), StoreError);
    }
    CHECK((disk->size(Family::buckets) == 0) == (more_writes < 2));
    // Recovery is killed at its own checkpoint, in the same places.
    for (std::uint64_t again = 0; again < 3; ++again) {
      disk->writes_left = again;
      CHECK_THROWS_AS(TestStore(disk, test_schema(), {.checkpoint_spans = 1, .bulk_entries = 1}), StoreError);
    }
    disk->repair();
    TestStore store(disk);
    CHECK(store.write(spans).duplicates == spans.size());
    store.recompute->run_once();
    CHECK(describe_all(store) == expected);
  }
}

TEST_CASE("rows that a cut-off checkpoint wrote ahead count once, wherever a replay makes its own checkpoints") {
  const auto spans = sample_spans();
  const auto expected = describe_naively(*test_schema(), spans);
  auto ahead = std::make_shared<MemoryDisk>();
  {
    TestStore store(ahead, test_schema(), {.bulk_entries = 1});
    for (const TestSpan& span : spans) store.write({span}, kStart + hours(4));
    ahead->writes_left = 2;  // identities, rows
    CHECK_THROWS_AS(store.writer->checkpoint(), StoreError);
  }
  ahead->repair();
  // The replay's checkpoints stand before what the rows hold; it goes on from its rows in memory, or is killed.
  for (std::uint64_t killed_after = 0; killed_after < 20; ++killed_after) {
    auto disk = std::make_shared<MemoryDisk>(*ahead);
    constexpr WriterOptions kOften{.checkpoint_spans = 10, .bulk_entries = 1};
    disk->writes_left = killed_after;
    try {
      TestStore(disk, test_schema(), kOften);
    } catch (const StoreError&) {
    }
    disk->repair();
    TestStore store(disk, test_schema(), kOften);
    CHECK(store.write(spans, kStart + hours(4)).duplicates == spans.size());
    store.recompute->run_once();
    INFO("killed after write " << killed_after);
    CHECK(describe_all(store) == expected);
  }
}

TEST_CASE("after a failed checkpoint the writer says what failed first") {
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk, test_schema(), {.checkpoint_spans = 10});
  const auto spans = sample_spans();
  disk->writes_left = 1;  // the block; not the checkpoint that it makes due
  CHECK(store.write(spans).accepted == spans.size());
  disk->repair();
  CHECK_THROWS_WITH(store.write(spans), Catch::StartsWith("an earlier write failed (") &&
                                            Catch::Contains("the disk failed") && Catch::EndsWith("; open the store again"));
}

TEST_CASE("rows whose checkpoint was cut off are marked for the sinks by the next one") {
  auto disk = std::make_shared<MemoryDisk>();
  TestSpan span;
  span.id = "only";
  {
    TestStore store(disk, test_schema(), {.bulk_entries = 1});
    store.sinks->find_or_add("a sink");
    store.write({span});
    disk->writes_left = 2;
    CHECK_THROWS_AS(store.writer->checkpoint(), StoreError);
  }
  CHECK(disk->size(Family::buckets) == test_schema()->rollups.size());
  CHECK(disk->size(Family::pending) == 0);
  disk->repair();
  TestStore store(disk);
  store.writer->checkpoint();
  CHECK(disk->size(Family::pending) == disk->size(Family::buckets));
}

TEST_CASE("a missing block of the log is refused, not passed over") {
  auto disk = std::make_shared<MemoryDisk>();
  {
    TestStore store(disk);
    for (const TestSpan& span : sample_spans()) store.write({span}, kStart + hours(4));
  }
  auto log = disk->entries(Family::log);
  log.erase(sequence_key(5));
  disk->replace(Family::log, log);
  CHECK_THROWS_WITH(TestStore(disk), Catch::Contains("lacks block 5"));
}

TEST_CASE("a damaged block of the log is refused with what to do") {
  auto disk = std::make_shared<MemoryDisk>();
  {
    TestStore store(disk);
    store.write(sample_spans());
  }
  auto log = disk->entries(Family::log);
  log.begin()->second[40] ^= 1;
  disk->replace(Family::log, log);
  CHECK_THROWS_WITH(TestStore(disk), Catch::Contains("checksum") && Catch::Contains("restore a backup"));
}

}  // namespace tidemark::test
