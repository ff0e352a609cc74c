#include <catch2/catch.hpp>

#include "rollup/harness.hpp"

namespace tidemark::test {
namespace {

std::size_t blocks(const MemoryDisk& disk) { return disk.size(Family::log); }

}  // namespace

TEST_CASE("no block is dropped before it has been computed, however old") {
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk);
  store.write({{.id = "1"}, {.id = "2"}});
  RetainReport report = store.retention->run_once(kStart + days(9));
  CHECK(report.blocks_dropped == 0);
  CHECK(report.blocks_kept_for_compute == 1);
  CHECK(blocks(*disk) == 1);
  store.recompute->run_once();
  report = store.retention->run_once(kStart + days(9));
  CHECK(report.blocks_dropped == 1);
  CHECK(report.spans_dropped == 2);
  CHECK(blocks(*disk) == 0);
}

TEST_CASE("raw spans stay for the source's retention") {
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk);
  store.write({{.id = "1"}});
  store.recompute->run_once();
  CHECK(store.retention->run_once(kStart + hours(24)).blocks_dropped == 0);
  CHECK(store.retention->run_once(kStart + hours(24) + Micros{1}).blocks_dropped == 1);
}

TEST_CASE("a late span merges exactly after the raw spans are gone, also into a bucket of one") {
  auto disk = std::make_shared<MemoryDisk>();
  std::vector<TestSpan> spans{{.id = "1", .duration_us = 10}, {.id = "2", .duration_us = 30}, {.id = "3", .owner = "solo"}};
  {
    TestStore store(disk);
    store.write(spans);
    store.recompute->run_once();
    store.retention->run_once(kStart + days(3));
    REQUIRE(blocks(*disk) == 0);
  }
  TestStore store(disk);
  const std::vector<TestSpan> late{{.id = "4", .duration_us = 20}, {.id = "5", .owner = "solo", .duration_us = 7}};
  CHECK(store.write(late, kStart + days(3)).accepted == 2);
  CHECK(store.write({spans[0]}, kStart + days(3)).duplicates == 1);
  store.recompute->run_once();
  spans.insert(spans.end(), late.begin(), late.end());
  CHECK(describe_all(store) == describe_naively(store.store->schema(), spans));
}

TEST_CASE("sequence numbers go on after every block was dropped") {
  auto disk = std::make_shared<MemoryDisk>();
  {
    TestStore store(disk);
    store.write({{.id = "1"}});
    store.recompute->run_once();
    store.retention->run_once(kStart + days(3));
  }
  TestStore store(disk);
  CHECK(store.writer->next_sequence() == 1);
  store.write({{.id = "2"}}, kStart + days(3));
  CHECK(store.writer->next_sequence() == 2);
  CHECK(store.recompute->run_once().spans == 1);
}

TEST_CASE("dropped distributions leave final percentiles, and their buckets take no more spans") {
  auto disk = std::make_shared<MemoryDisk>();
  const auto schema = test_schema("[rollup.short]\nsource = 'job'\nevery = '1h'\nby = ['owner']\n"
                                  "distribution_retention = '2d'\n[rollup.short.columns]\n"
                                  "total_runs = 'count()'\nmedian_duration_seconds = 'median(duration)'\n");
  TestStore store(disk, schema);
  store.write({{.id = "1", .duration_us = 1'000'000}, {.id = "2", .duration_us = 2'000'000}});
  const RetainReport report = store.retention->run_once(kStart + days(3));
  CHECK(report.distributions_dropped == 1);
  Bucket bucket = store.bucket("short", "acme");
  CHECK(bucket.unmergeable);
  CHECK(describe(schema->rollups.back(), bucket) == "2/2 total_runs=2 median_duration_seconds=1.5");

  const IngestReport late = store.write({{.id = "late"}}, kStart + days(3));
  CHECK(late.accepted == 1);
  CHECK(late.sealed == 1);
  store.recompute->run_once();
  CHECK(describe(schema->rollups.back(), store.bucket("short", "acme")) == "2/2 total_runs=2 median_duration_seconds=1.5");
  CHECK(store.bucket("folded", "acme").computed_counter == 3);
}

TEST_CASE("buckets are dropped only when every sink has them") {
  auto disk = std::make_shared<MemoryDisk>();
  const auto schema = test_schema("[rollup.short]\nsource = 'job'\nevery = '1h'\nby = ['owner']\n"
                                  "bucket_retention = '2d'\n[rollup.short.columns]\ntotal_runs = 'count()'\n");
  TestStore store(disk, schema);
  store.write({{.id = "1"}});
  CHECK(store.retention->run_once(kStart + days(3)).buckets_dropped == 0);
  const std::uint16_t sink = store.sinks->find_or_add("test");
  store.sinks->update(sink, {"test", kStart, true});
  store.write({{.id = "2"}}, kStart + hours(1));
  store.writer->checkpoint();
  CHECK(store.retention->run_once(kStart + days(3)).buckets_dropped == 1);
  CHECK(store.buckets("short").empty());
  CHECK(store.buckets("folded").size() == 1);
}

TEST_CASE("a retention that is stopped at any write loses nothing that was not computed") {
  const auto schema = test_schema("[rollup.short]\nsource = 'job'\nevery = '1h'\nby = ['owner']\n"
                                  "distribution_retention = '2d'\n[rollup.short.columns]\n"
                                  "total_runs = 'count()'\nmedian_duration_seconds = 'median(duration)'\n");
  auto prepared = std::make_shared<MemoryDisk>();
  {
    TestStore store(prepared, schema);
    store.write({{.id = "1", .duration_us = 1'000'000}, {.id = "2", .duration_us = 2'000'000}});
    store.recompute->run_once();
    store.write({{.id = "3", .duration_us = 9'000'000}});  // dirty when retention comes
  }
  for (std::uint64_t crash_after = 0; crash_after < 9; ++crash_after) {
    auto disk = std::make_shared<MemoryDisk>(*prepared);
    disk->writes_left = crash_after;
    try {
      TestStore(disk, schema).retention->run_once(kStart + days(3));
    } catch (const StoreError&) {
    }
    disk->repair();
    TestStore store(disk, schema);
    store.retention->run_once(kStart + days(3));
    store.recompute->run_once();
    INFO("crash after " << crash_after);
    CHECK(describe(schema->rollups.back(), store.bucket("short", "acme")) == "3/3 total_runs=3 median_duration_seconds=2");
    CHECK(store.bucket("short", "acme").unmergeable);
  }
}

}  // namespace tidemark::test
