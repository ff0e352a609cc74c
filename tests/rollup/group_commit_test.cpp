#include <atomic>
#include <catch2/catch.hpp>
#include <limits>
#include <mutex>
#include <thread>

#include "rollup/harness.hpp"

namespace tidemark::test {
namespace {

constexpr Instant kNow = kStart + hours(4);

std::vector<TestSpan> numbered_spans(int n) {
  std::vector<TestSpan> spans;
  for (int i = 0; i < n; ++i) {
    TestSpan span;
    span.id = "span" + std::to_string(i);
    span.job = "job" + std::to_string(i % 7);
    span.ended = kStart + minutes(i);
    span.duration_us = 1'000'000 + i;
    spans.push_back(span);
  }
  return spans;
}

struct Senders {
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::vector<TestSpan> answered;  ///< Every span of a request that was answered, as new or as known.
};

/// Several senders deliver the same spans in requests of five, each beginning somewhere else.
Senders deliver_together(TestStore& store, const std::vector<TestSpan>& spans, std::size_t senders) {
  Senders all;
  std::mutex mutex;
  std::vector<std::jthread> threads;
  for (std::size_t s = 0; s < senders; ++s)
    threads.emplace_back([&, s] {
      for (std::size_t at = 0; at < spans.size(); at += 5) {
        std::vector<TestSpan> request;
        for (std::size_t i = 0; i < 5; ++i) request.push_back(spans[(at + i + s * 10) % spans.size()]);
        try {
          const IngestReport report = store.write(request, kNow);
          const std::lock_guard lock(mutex);
          all.accepted += report.accepted;
          all.duplicates += report.duplicates;
          all.answered.insert(all.answered.end(), request.begin(), request.end());
        } catch (const StoreError&) {
          return;
        }
      }
    });
  threads.clear();
  return all;
}

}  // namespace

TEST_CASE("senders that repeat each other have each span accepted once, checkpoints and passes beside them") {
  const auto spans = numbered_spans(100);
  const bool helper = GENERATE(false, true);
  for (int round = 0; round < 5; ++round) {
    auto disk = std::make_shared<MemoryDisk>();
    TestStore store(disk, test_schema(), {.checkpoint_spans = 20, .bulk_entries = 3, .helper = helper});
    Senders senders;
    {
      std::atomic<bool> done = false;
      const std::jthread background([&] {
        while (!done) {
          store.writer->checkpoint();
          store.recompute->run_once();
          store.writer->seal(0, kStart - days(1));
        }
      });
      senders = deliver_together(store, spans, 4);
      done = true;
    }
    CHECK(senders.accepted == spans.size());
    CHECK(senders.duplicates == 3 * spans.size());
    store.recompute->run_once();
    CHECK(describe_all(store) == describe_naively(*test_schema(), spans));
    const TestStore again(disk);
    CHECK(describe_all(again) == describe_all(store));
  }
}

TEST_CASE("no sender is left waiting, however many come and go") {
  const auto spans = numbered_spans(100);
  const bool helper = GENERATE(false, true);
  for (int round = 0; round < 300; ++round) {
    TestStore store(std::make_shared<MemoryDisk>(), test_schema(), {.checkpoint_spans = 50, .helper = helper});
    const Senders senders = deliver_together(store, spans, 8);
    REQUIRE(senders.accepted == spans.size());
    REQUIRE(senders.duplicates == 7 * spans.size());
  }
}

TEST_CASE("who asks after an answer sees its spans, though others may still count them") {
  const bool helper = GENERATE(false, true);
  for (int round = 0; round < 20; ++round) {
    TestStore store(std::make_shared<MemoryDisk>(), test_schema(), {.checkpoint_spans = 50, .helper = helper});
    std::atomic<int> unseen = 0;
    std::vector<std::jthread> senders;
    for (int s = 0; s < 4; ++s)
      senders.emplace_back([&, s] {
        const std::string owner = "owner" + std::to_string(s);
        for (std::uint64_t n = 1; n <= 20; ++n) {
          store.write({{.id = owner + std::to_string(n), .owner = owner, .ended = kStart}}, kNow);
          std::uint64_t seen = 0;
          StoreBuckets source(*store.store, &store.writer->table(), kNow);
          BucketFilter filter;
          filter.rollup = 0;
          source.scan(filter, [&](Bucket&& bucket) {
            if (bucket.dimensions[0].text == owner) seen += bucket.update_counter;
          });
          unseen += seen != n;
        }
      });
    senders.clear();
    REQUIRE(unseen == 0);
    REQUIRE(store.writer->totals()["accepted"] == 80);
  }
}

TEST_CASE("what was answered before a failed write is there afterwards, repeats of unwritten spans too") {
  const auto spans = numbered_spans(40);
  for (std::uint64_t writes = 1; writes < 25; ++writes) {
    auto disk = std::make_shared<MemoryDisk>();
    disk->writes_left = writes;
    std::vector<TestSpan> answered;
    {
      TestStore store(disk, test_schema(), {.checkpoint_spans = 9, .bulk_entries = 3, .helper = writes % 2 == 0});
      answered = deliver_together(store, spans, 4).answered;
    }
    disk->lose_power();
    disk->repair();
    TestStore store(disk);
    INFO("power lost after write " << writes);
    REQUIRE(store.write(answered, kNow).duplicates == answered.size());
    store.write(spans, kNow);
    store.recompute->run_once();
    REQUIRE(describe_all(store) == describe_naively(*test_schema(), spans));
  }
}

}  // namespace tidemark::test
