#include <catch2/catch.hpp>

#include "rollup/harness.hpp"

namespace tidemark::test {
namespace {

struct Fixture {
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  TestStore open() { return TestStore(disk); }
};

double median(const TestStore& store, const std::string& owner) {
  const Bucket bucket = store.bucket("folded", owner);
  const RollupDef& rollup = store.store->schema().rollups[0];
  return std::get<double>(results_of(rollup, bucket)[static_cast<std::size_t>(rollup.column_index("median_duration_seconds"))]);
}

}  // namespace

TEST_CASE_METHOD(Fixture, "a bucket of one span is complete at once and no pass touches it") {
  TestStore store = open();
  store.write({{.id = "1", .duration_us = 2'500'000}});
  for (int pass = 0; pass < 2; ++pass) {
    const Bucket bucket = store.bucket("folded", "acme");
    CHECK(bucket.update_counter == 1);
    CHECK(bucket.computed_counter == 1);
    CHECK(bucket.finished);
    CHECK(median(store, "acme") == 2.5);
    CHECK(store.bucket("computed", "acme").computed_counter == 1);
    CHECK(store.recompute->run_once().buckets == 0);
  }
  CHECK(disk->size(Family::computed) == 0);
}

TEST_CASE_METHOD(Fixture, "a span that is accepted while its bucket is being computed leaves the bucket dirty") {
  TestStore store = open();
  store.write({{.id = "1", .duration_us = 1'000'000}, {.id = "2", .duration_us = 3'000'000}});
  store.recompute->begin();
  store.write({{.id = "3", .duration_us = 5'000'000}});
  RecomputeReport report;
  store.recompute->step(report);

  const Bucket between = store.bucket("folded", "acme");
  CHECK(between.update_counter == 3);
  CHECK(between.computed_counter == 2);
  CHECK_FALSE(between.finished);
  CHECK(median(store, "acme") == 2.0);

  store.recompute->run_once();
  const Bucket after = store.bucket("folded", "acme");
  CHECK(after.update_counter == 3);
  CHECK(after.computed_counter == 3);
  CHECK(after.finished);
  CHECK(median(store, "acme") == 3.0);
}

TEST_CASE_METHOD(Fixture, "the seed's value counts as the base when a second span comes after a pass went by") {
  TestStore store = open();
  store.write({{.id = "1", .duration_us = 1'000'000}});
  store.recompute->run_once();
  store.write({{.id = "2", .duration_us = 3'000'000}});
  CHECK(store.bucket("folded", "acme").computed_counter == 1);
  CHECK(median(store, "acme") == 1.0);
  CHECK(store.recompute->run_once().buckets == 3 - 1);  // folded and computed; summary has nothing to compute
  CHECK(store.bucket("folded", "acme").computed_counter == 2);
  CHECK(median(store, "acme") == 2.0);
}

TEST_CASE_METHOD(Fixture, "a pass costs what arrived, not how many buckets there are") {
  TestStore store = open();
  std::vector<TestSpan> spans;
  for (int i = 0; i < 400; ++i)
    spans.push_back({.id = std::to_string(i), .owner = "owner" + std::to_string(i / 2)});
  store.write(spans);
  store.recompute->run_once();
  store.write({{.id = "late", .owner = "owner7"}});
  const RecomputeReport report = store.recompute->run_once();
  CHECK(report.spans == 1);
  CHECK(report.buckets == 2);
}

TEST_CASE_METHOD(Fixture, "synced, computed and update never overtake each other while a pass runs in chunks") {
  TestStore store(disk, test_schema(), {}, {.chunk_spans = 3});
  for (int i = 0; i < 12; ++i) store.write({{.id = std::to_string(i), .duration_us = 1'000'000 + i}});
  store.recompute->begin();
  RecomputeReport report;
  std::uint64_t before = 0;
  for (bool more = true; more;) {
    more = store.recompute->step(report);
    const Bucket bucket = store.bucket("folded", "acme");
    CHECK(bucket.computed_counter <= bucket.update_counter);
    CHECK(bucket.computed_counter > before);
    before = bucket.computed_counter;
  }
  CHECK(report.chunks == 4);
  CHECK(before == 12);
}

}  // namespace tidemark::test
