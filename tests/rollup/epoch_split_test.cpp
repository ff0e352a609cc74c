#include "rollup/epoch_split.hpp"

#include <catch2/catch.hpp>

#include "rollup/harness.hpp"
#include "rollup/verify.hpp"

namespace tidemark::test {
namespace {

/// Buckets that end before the cut, that begin after it, and that have spans on both sides; late spans, too.
std::vector<TestSpan> spans_between(int first, int end) {
  std::vector<TestSpan> spans;
  for (int i = first; i < end; ++i) {
    TestSpan span;
    span.id = "span" + std::to_string(i);
    span.owner = i % 7 == 0 ? "solo" + std::to_string(i) : "acme";
    span.job = i % 3 == 0 ? "test" : "build";
    span.result = i % 5 == 0 ? "failure" : "success";
    span.ended = kStart + minutes(i % 10 == 9 ? 5 : 4 * i);
    span.duration_us = 1'000'000 + (i * 7919) % 50;
    span.has_start = i % 11 != 0;
    spans.push_back(span);
  }
  return spans;
}

constexpr int kBefore = 40;
constexpr int kAll = 70;

void write_in_requests(TestStore& store, const std::vector<TestSpan>& spans) {
  for (std::size_t at = 0; at < spans.size(); at += 4)
    store.write({spans.begin() + static_cast<std::ptrdiff_t>(at),
                 spans.begin() + static_cast<std::ptrdiff_t>(std::min(at + 4, spans.size()))},
                kStart + hours(6));
}

/// A store that a sink is known of, computed to its end. Returns the cut.
std::uint64_t prepare(TestStore& store) {
  store.sinks->find_or_add("sink");
  write_in_requests(store, spans_between(0, kBefore));
  const std::uint64_t cut = store.writer->next_sequence();
  write_in_requests(store, spans_between(kBefore, kAll));
  store.recompute->run_once();
  store.writer->checkpoint();
  return cut;
}

std::map<std::string, std::string> of_epoch(const TestStore& store, std::uint32_t epoch) {
  std::map<std::string, std::string> all;
  for (const RollupDef& rollup : store.store->schema().rollups)
    for (const Bucket& bucket : store.buckets(rollup.name)) {
      if (bucket.epoch != epoch) continue;
      std::string key = rollup.name + " " + format_short(bucket.start);
      for (const DimensionValue& value : bucket.dimensions) {
        key += " /" + value.text;
        for (const std::string& label : value.labels) key += "," + label;
      }
      all[key] = describe(rollup, bucket);
    }
  return all;
}

meta::Epoch next_epoch(std::uint64_t cut) {
  meta::Epoch next;
  next.number = 5;
  next.start = cut;
  next.began = meta::Began::forked;
  return next;
}

void require_cut(const TestStore& store) {
  const Schema& schema = store.store->schema();
  REQUIRE(store.store->epoch() == 5);
  REQUIRE(of_epoch(store, 1) == describe_naively(schema, spans_between(0, kBefore)));
  REQUIRE(of_epoch(store, 5) == describe_naively(schema, spans_between(kBefore, kAll)));
  REQUIRE(verify_store(*store.store, {}).mismatches == 0);
}

}  // namespace

TEST_CASE("a cut leaves the old epoch what came before and gives the next what came after") {
  auto disk = std::make_shared<MemoryDisk>();
  {
    TestStore store(disk);
    const std::uint64_t cut = prepare(store);
    plan_epoch_split(*store.store, next_epoch(cut));
    run_epoch_split(*store.store);
  }
  TestStore store(disk);
  require_cut(store);
  // Both writers go on, in the new epoch only.
  write_in_requests(store, spans_between(kAll, kAll + 20));
  store.recompute->run_once();
  CHECK(of_epoch(store, 1) == describe_naively(*test_schema(), spans_between(0, kBefore)));
  CHECK(of_epoch(store, 5) == describe_naively(*test_schema(), spans_between(kBefore, kAll + 20)));
}

TEST_CASE("a cut that stops at any write is gone on from, also after a power loss") {
  auto undisturbed = std::make_shared<MemoryDisk>();
  std::uint64_t first_write = 0;
  {
    TestStore store(undisturbed);
    const std::uint64_t cut = prepare(store);
    first_write = undisturbed->writes_done;
    plan_epoch_split(*store.store, next_epoch(cut));
    run_epoch_split(*store.store);
  }
  const std::uint64_t writes = undisturbed->writes_done - first_write;
  REQUIRE(writes > 3);
  // The first write is the plan: before it there is nothing to go on with.
  for (std::uint64_t n = 1; n < writes; ++n)
    for (const bool power_loss : {false, true}) {
      auto disk = std::make_shared<MemoryDisk>();
      std::uint64_t cut = 0;
      {
        TestStore store(disk);
        cut = prepare(store);
        disk->writes_left = n;
        CHECK_THROWS_AS((plan_epoch_split(*store.store, next_epoch(cut)), run_epoch_split(*store.store)), StoreError);
      }
      disk->writes_left = std::numeric_limits<std::uint64_t>::max();
      if (power_loss) disk->lose_power();
      {
        TestStore store(disk);
        REQUIRE(epoch_split_is_due(store.store->kv()));
        run_epoch_split(*store.store);
      }
      TestStore store(disk);
      require_cut(store);
    }
}

TEST_CASE("where raw spans from before the cut are gone, rows are cut by taking away, and merge to what they were") {
  auto disk = std::make_shared<MemoryDisk>();
  std::map<std::string, std::vector<State>> before;
  const auto merged = [](const TestStore& store) {
    std::map<std::string, std::vector<State>> all;
    for (const RollupDef& rollup : store.store->schema().rollups)
      for (const Bucket& bucket : store.buckets(rollup.name)) {
        auto& states = all[rollup.name + to_hex(bucket.key) + format_short(bucket.start)];
        states.resize(rollup.slots.size());
        for (std::size_t s = 0; s < rollup.slots.size(); ++s)
          aggregate_of(rollup.slots[s].kind).merge(states[s], bucket.states[s]);
      }
    return all;
  };
  {
    TestStore store(disk);
    const std::uint64_t cut = prepare(store);
    before = merged(store);
    KvBatch batch;
    for (std::uint64_t block = 0; block < cut; ++block) {
      batch.erase(Family::log, sequence_key(block));
      batch.erase(Family::log_index, sequence_key(block));
    }
    store.store->kv().commit(batch, KvStore::Durability::synced);
    plan_epoch_split(*store.store, next_epoch(cut));
    run_epoch_split(*store.store);
  }
  TestStore store(disk);
  CHECK(of_epoch(store, 5) == describe_naively(*test_schema(), spans_between(kBefore, kAll)));
  const auto after = merged(store);
  REQUIRE(after.size() == before.size());
  for (const RollupDef& rollup : store.store->schema().rollups)
    for (const auto& [key, states] : before) {
      if (!key.starts_with(rollup.name)) continue;
      for (std::size_t s = 0; s < rollup.slots.size(); ++s) {
        std::string a;
        std::string b;
        aggregate_of(rollup.slots[s].kind).encode(states[s], a);
        aggregate_of(rollup.slots[s].kind).encode(after.at(key)[s], b);
        REQUIRE(a == b);
      }
    }
}

TEST_CASE("marks of a bucket that was cut are those of its two rows") {
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk);
  const std::uint64_t cut = prepare(store);
  plan_epoch_split(*store.store, next_epoch(cut));
  run_epoch_split(*store.store);
  std::map<BucketKey, std::uint64_t> highest;
  const auto cursor = store.store->kv().cursor(Family::pending);
  for (cursor->seek({}); cursor->valid(); cursor->next()) {
    const PendingKey mark = parse_pending_key(cursor->key());
    highest[mark.bucket] = std::max(highest[mark.bucket], mark.computed_counter);
  }
  std::size_t rows = 0;
  const auto row = store.store->kv().cursor(Family::buckets);
  for (row->seek({}); row->valid(); row->next(), ++rows) {
    const auto computed = store.store->kv().get(Family::computed, row->key());
    const BucketKey key = parse_bucket_key(row->key());
    const std::uint64_t update = RowCodec::update_counter(row->value());
    REQUIRE(highest.at(key) == (computed ? RowCodec::computed_counter(*computed) : update));
    REQUIRE(highest.at(key) == update);
  }
  CHECK(rows > 20);
}

}  // namespace tidemark::test
