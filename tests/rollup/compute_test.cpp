#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <random>

#include "rollup/bucket_spans.hpp"
#include "rollup/fork_join.hpp"
#include "rollup/harness.hpp"
#include "rollup/sort_values.hpp"
#include "support/property.hpp"

namespace tidemark::test {
namespace {

/// Writes the spans in requests of ten, with a pass after the first half, so that rows are made and merged into.
std::shared_ptr<MemoryDisk> computed_by(std::size_t threads, std::uint64_t chunk_spans,
                                        const std::vector<TestSpan>& spans) {
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk, test_schema(), {.checkpoint_spans = 50}, {.chunk_spans = chunk_spans, .threads = threads});
  for (std::size_t at = 0; at < spans.size(); at += 10) {
    const auto end = std::min(at + 10, spans.size());
    store.write({spans.begin() + static_cast<std::ptrdiff_t>(at), spans.begin() + static_cast<std::ptrdiff_t>(end)});
    if (at == spans.size() / 20 * 10) store.recompute->run_once();
  }
  store.recompute->run_once();
  return disk;
}

/// Returns the log as it was.
auto damage_block(MemoryDisk& disk, int number) {
  const auto log = disk.entries(Family::log);
  auto damaged = log;
  std::string& block = std::next(damaged.begin(), number)->second;
  block[block.size() / 2] ^= 1;
  disk.replace(Family::log, damaged);
  return log;
}

std::vector<TestSpan> many_spans(int count) {
  std::vector<TestSpan> spans;
  std::mt19937 random(7);
  for (int i = 0; i < count; ++i) {
    TestSpan span;
    span.id = std::to_string(i);
    span.owner = "owner" + std::to_string(random() % 5);
    span.job = "job" + std::to_string(random() % 9);
    span.result = random() % 4 == 0 ? "failure" : "success";
    span.ended = kStart + minutes(static_cast<std::int64_t>(random() % 600));
    span.duration_us = static_cast<std::int64_t>(random() % 50);
    span.has_start = random() % 10 != 0;
    spans.push_back(span);
  }
  return spans;
}

}  // namespace

TEST_CASE("any number of threads writes byte for byte what one writes") {
  const auto spans = many_spans(600);
  for (const std::uint64_t chunk : {37u, 10'000u}) {
    const auto alone = computed_by(1, chunk, spans);
    REQUIRE(alone->size(Family::computed) > 100);
    for (const std::size_t threads : {2u, 5u}) {
      const auto together = computed_by(threads, chunk, spans);
      CHECK(together->entries(Family::computed) == alone->entries(Family::computed));
      CHECK(together->entries(Family::pending) == alone->entries(Family::pending));
    }
  }
}

TEST_CASE("a damaged block fails the pass on any thread, and the position stays where it was") {
  for (const std::size_t threads : {1u, 3u}) {
    auto disk = std::make_shared<MemoryDisk>();
    TestStore store(disk, test_schema(), {}, {.threads = threads});
    for (int i = 0; i < 12; ++i) store.write({{.id = std::to_string(i)}});
    const auto log = damage_block(*disk, 7);
    CHECK_THROWS_AS(store.recompute->run_once(), StoreError);
    CHECK(store.recompute->position() == 0);
    CHECK(disk->size(Family::computed) == 0);
    disk->replace(Family::log, log);
    CHECK(store.recompute->run_once().spans == 12);
  }
}

TEST_CASE("a chunk that cannot be read is no hindrance to the one before it, and is read again by the next pass") {
  for (const std::size_t threads : {1u, 3u}) {
    auto disk = std::make_shared<MemoryDisk>();
    TestStore store(disk, test_schema(), {}, {.chunk_spans = 5, .threads = threads});
    for (int i = 0; i < 12; ++i) store.write({{.id = std::to_string(i)}});
    const auto log = damage_block(*disk, 7);
    CHECK_THROWS_AS(store.recompute->run_once(), StoreError);
    CHECK(store.recompute->position() == 5);
    disk->replace(Family::log, log);
    CHECK(store.recompute->run_once().spans == 7);
  }
}

TEST_CASE("a chunk that was read ahead is computed by the next pass when the one before it could not be committed") {
  std::uint64_t reached = 0;
  for (std::uint64_t writes = 0; writes < 6; ++writes) {
    auto disk = std::make_shared<MemoryDisk>();
    {
      TestStore store(disk, test_schema(), {}, {.chunk_spans = 5, .threads = 3});
      for (int i = 0; i < 12; ++i) store.write({{.id = std::to_string(i)}});
      store.writer->checkpoint();
      disk->writes_left = writes;
      try {
        store.recompute->run_once();
      } catch (const StoreError&) {
      }
    }
    disk->repair();
    TestStore store(disk, test_schema(), {}, {.chunk_spans = 5, .threads = 3});
    const std::uint64_t done = store.recompute->position();
    CHECK((done >= reached && (done % 5 == 0 || done == 12)));
    reached = done;
    CHECK(store.recompute->run_once().spans == 12 - done);
    CHECK(store.bucket("folded", "acme").computed_counter == 12);
  }
  CHECK(reached == 12);
}

TEST_CASE("a block that is gone, or is not what the index says, fails the pass") {
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk);
  store.write({{.id = "1"}});
  store.write({{.id = "2"}, {.id = "3"}});
  const auto kept = disk->entries(Family::log);
  auto log = kept;
  log.erase(log.begin());
  disk->replace(Family::log, log);
  CHECK_THROWS_WITH(store.recompute->run_once(), Catch::Contains("index"));
  log = kept;
  std::swap(log.begin()->second, log.rbegin()->second);
  disk->replace(Family::log, log);
  CHECK_THROWS_WITH(store.recompute->run_once(), Catch::Contains("index"));
  disk->replace(Family::log, kept);
  const auto kept_index = disk->entries(Family::log_index);
  auto index = kept_index;
  index.erase(index.begin());
  disk->replace(Family::log_index, index);
  CHECK_THROWS_WITH(store.recompute->run_once(), Catch::Contains("lacks a block"));
  for (const std::uint64_t spans : {std::uint64_t{3}, (std::uint64_t{1} << 32) - 1, ~std::uint64_t{0}}) {
    index = kept_index;
    BlockSummary summary = parse_block_summary(index.rbegin()->second);
    summary.sources[0].spans = spans;
    index.rbegin()->second = encode(summary);
    disk->replace(Family::log_index, index);
    CHECK_THROWS_WITH(store.recompute->run_once(), Catch::Contains("index"));
  }
  disk->replace(Family::log_index, kept_index);
  CHECK(store.recompute->run_once().spans == 3);
}

TEST_CASE("spans sort as bucket keys do, then by row") {
  test::check_property([] {
    std::mt19937_64 random(*rc::gen::arbitrary<std::uint32_t>());
    // Up to all bits of each part, and sizes around the one from which on digits are counted.
    const auto bits = [&] { return ~std::uint64_t{0} >> *rc::gen::inRange(0, 64); };
    const std::uint64_t lead = bits() << 32, number = bits() & 0xffff'ffff, start = bits() & 0xffff'ffff;
    std::vector<BucketSpan> spans(*rc::gen::element<std::size_t>(0, 1, 20, 511, 512, 3000));
    for (std::uint32_t row = 0; row < spans.size(); ++row)
      spans[row] = {random() & (lead | number), static_cast<std::uint32_t>(random() & start), row};
    auto expected = spans;
    std::sort(expected.begin(), expected.end());
    std::vector<BucketSpan> scratch;
    sort_by_bucket(spans, scratch);
    RC_ASSERT(spans == expected);
  });
}

TEST_CASE("values sort whatever their number and order, repeats and extremes included") {
  test::check_property([] {
    std::mt19937_64 random(*rc::gen::arbitrary<std::uint32_t>());
    const auto n = *rc::gen::oneOf(rc::gen::inRange<std::size_t>(0, 70), rc::gen::inRange<std::size_t>(0, 2000),
                                   rc::gen::element<std::size_t>(65'535, 65'536, 65'537));
    const int bits = *rc::gen::inRange(0, 64);
    std::vector<std::int64_t> values(n);
    for (std::int64_t& value : values) value = static_cast<std::int64_t>(random()) >> bits;
    if (*rc::gen::arbitrary<bool>()) std::sort(values.begin(), values.end());
    auto expected = values;
    std::sort(expected.begin(), expected.end());
    std::vector<std::int64_t> scratch(*rc::gen::inRange<std::size_t>(0, 100));
    const auto sorted = sort_values(values, scratch);
    RC_ASSERT(std::vector(sorted.begin(), sorted.end()) == expected);
  });
}

TEST_CASE("a fork-join runs every task once, and hands on the first failure after the others have ended") {
  for (const std::size_t threads : {0u, 1u, 2u, 7u}) {
    std::vector<std::atomic<int>> runs(50);
    fork_join(threads, runs.size(), [&](std::size_t i) { ++runs[i]; });
    CHECK(std::all_of(runs.begin(), runs.end(), [](const auto& n) { return n == 1; }));
    fork_join(threads, 0, [&](std::size_t) { FAIL("there is no task"); });

    std::atomic<int> running{0};
    CHECK_THROWS_WITH(fork_join(threads, 20,
                                [&](std::size_t i) {
                                  ++running;
                                  if (i == 3) {
                                    --running;
                                    throw StoreError("the third");
                                  }
                                  --running;
                                }),
                      "the third");
    CHECK(running == 0);
  }
}

}  // namespace tidemark::test
