#include "store/bucket_scan.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <set>

#include "rollup/harness.hpp"
#include "support/property.hpp"

namespace tidemark::test {
namespace {

using Labels = std::vector<std::string>;

TestSpan random_span(int id) {
  TestSpan span;
  span.id = std::to_string(id);
  span.owner = *rc::gen::element<std::string>("acme", "bob", "");
  span.job = *rc::gen::element<std::string>("build", "test", "lint");
  span.labels = *rc::gen::element(Labels{}, Labels{"a"}, Labels{"a", "b"});
  span.ended = kStart + minutes(*rc::gen::inRange<std::int64_t>(0, 100 * 60));
  span.duration_us = *rc::gen::inRange<std::int64_t>(0, 5);
  return span;
}

/// Spans of which some are computed, some are in written rows, some are in memory only.
void fill(TestStore& store) {
  int id = 0;
  for (const int steps = *rc::gen::inRange(1, 5); id < steps * 20;) {
    std::vector<TestSpan> spans;
    for (int i = 0; i < 20; ++i) spans.push_back(random_span(id++));
    store.write(spans, kStart + hours(101));
    const int then = *rc::gen::inRange(0, 3);
    if (then == 1) store.writer->checkpoint();
    if (then == 2) store.recompute->run_once();
  }
}

DimensionValue random_value(const SourceDef& source, const RollupDef& rollup, int dimension) {
  DimensionValue value;
  value.is_set =
      source.fields[static_cast<std::size_t>(rollup.by[static_cast<std::size_t>(dimension)])].type == FieldType::labels;
  if (value.is_set)
    value.labels = *rc::gen::element(Labels{}, Labels{"a"}, Labels{"a", "b"}, Labels{"never"});
  else
    value.text = *rc::gen::element<std::string>("acme", "bob", "", "build", "test", "never");
  return value;
}

BucketFilter random_filter(const Schema& schema) {
  BucketFilter filter;
  filter.rollup = *rc::gen::inRange(0, static_cast<int>(schema.rollups.size()));
  const RollupDef& rollup = schema.rollups[static_cast<std::size_t>(filter.rollup)];
  const SourceDef& source = schema.sources[static_cast<std::size_t>(rollup.source)];
  for (int d = 0; d < static_cast<int>(rollup.by.size()); ++d)
    for (int n = *rc::gen::element(0, 1, 1, 2); n > 0; --n)
      filter.equals.emplace_back(d, random_value(source, rollup, d));
  if (*rc::gen::arbitrary<bool>()) std::reverse(filter.equals.begin(), filter.equals.end());
  if (*rc::gen::arbitrary<bool>()) filter.from = kStart + minutes(*rc::gen::inRange<std::int64_t>(-100, 6500));
  if (*rc::gen::arbitrary<bool>()) filter.to = kStart + minutes(*rc::gen::inRange<std::int64_t>(-100, 6500));
  filter.keys = *rc::gen::arbitrary<bool>();
  return filter;
}

bool matches(const BucketFilter& filter, const Bucket& bucket) {
  return (!filter.from || bucket.start >= *filter.from) && (!filter.to || bucket.start < *filter.to) &&
         std::all_of(filter.equals.begin(), filter.equals.end(), [&](const auto& wanted) {
           return bucket.dimensions[static_cast<std::size_t>(wanted.first)] == wanted.second;
         });
}

std::string text_of(const RollupDef& rollup, const Bucket& bucket, bool with_key) {
  std::string text = format_short(bucket.start) + " " + canonical_key(bucket.dimensions) + " ";
  if (with_key) text += to_hex(bucket.key) + " ";
  return text + describe(rollup, bucket);
}

}  // namespace

TEST_CASE("a scan gives exactly the buckets that match, whether their rows are written, in memory, or both") {
  check_property([] {
    TestStore store(std::make_shared<MemoryDisk>());
    fill(store);
    for (int n = 0; n < 20; ++n) {
      BucketFilter filter = random_filter(store.store->schema());
      const RollupDef& rollup = store.store->schema().rollups[static_cast<std::size_t>(filter.rollup)];
      std::multiset<std::string> expected;
      for (const Bucket& bucket : store.buckets(rollup.name))
        if (matches(filter, bucket)) expected.insert(text_of(rollup, bucket, filter.keys));

      if (*rc::gen::arbitrary<bool>()) filter.uses.assign(rollup.slots.size(), SlotUse::result);
      const bool takes_away = *rc::gen::arbitrary<bool>();
      StoreBuckets source(*store.store, &store.writer->table(), kStart + days(400));
      std::multiset<std::string> found;
      std::map<std::uint64_t, std::string> by_id;
      source.scan(filter, [&](Bucket&& bucket) {
        found.insert(text_of(rollup, bucket, filter.keys));
        const std::string key = canonical_key(bucket.dimensions);
        RC_ASSERT(by_id.try_emplace(bucket.dimensions_id, key).first->second == key);
        if (takes_away) const Bucket gone = std::move(bucket);
      });
      RC_ASSERT(found == expected);
    }
  });
}

TEST_CASE("bounds at the ends of time leave everything between them, and nothing beyond") {
  constexpr Instant kFirst{std::numeric_limits<std::int64_t>::min()};
  constexpr Instant kLast{std::numeric_limits<std::int64_t>::max()};
  TestStore store(std::make_shared<MemoryDisk>());
  store.write({{.id = "1"}, {.id = "2", .ended = kStart + hours(30)}}, kStart + hours(30));
  const auto scanned = [&](std::optional<Instant> from, std::optional<Instant> to) {
    BucketFilter filter;
    filter.rollup = 0;
    filter.from = from;
    filter.to = to;
    std::size_t buckets = 0;
    StoreBuckets(*store.store, &store.writer->table(), kStart + hours(30)).scan(filter, [&](Bucket&&) { ++buckets; });
    return buckets;
  };
  CHECK(scanned(kFirst, kLast) == 2);
  CHECK(scanned({}, kLast) == 2);
  CHECK(scanned(kFirst, {}) == 2);
  CHECK(scanned(kLast, {}) == 0);
  CHECK(scanned({}, kFirst) == 0);
}

TEST_CASE("without a writer a scan sees the store as of the last checkpoint") {
  TestStore store(std::make_shared<MemoryDisk>());
  store.write({{.id = "1"}});
  store.writer->checkpoint();
  store.write({{.id = "2"}, {.id = "3", .owner = "bob"}});
  StoreBuckets source(*store.store, nullptr, kStart);
  BucketFilter filter;
  filter.rollup = 0;
  std::vector<std::uint64_t> counters;
  source.scan(filter, [&](Bucket&& bucket) { counters.push_back(bucket.update_counter); });
  CHECK(counters == std::vector<std::uint64_t>{1});
}

TEST_CASE("the writer's copy is of the wanted neighbourhood only, ascending, and the newest of each row") {
  TestStore store(std::make_shared<MemoryDisk>());
  store.write(
      {{.id = "1", .job = "b", .ended = kStart + hours(1)}, {.id = "2", .owner = "bob"}, {.id = "3", .job = "a"}});
  store.write({{.id = "4", .job = "b", .ended = kStart + hours(1)}, {.id = "5", .job = "b"}});
  const auto rows_in = [&](DimensionsId first, DimensionsId end) {
    std::vector<ChangedRow> rows;
    store.writer->table().snapshot_with({0, 1, first, end}, rows);
    return rows;
  };
  const auto all = rows_in(0, ~DimensionsId{0});
  CHECK(all.size() == 4);
  const DimensionsId acme = all.front().key.dimensions >> 32 << 32;
  const auto rows = rows_in(acme, acme + (DimensionsId{1} << 32));
  REQUIRE(rows.size() == 3);
  for (std::size_t i = 1; i < rows.size(); ++i) CHECK(rows[i - 1].key < rows[i].key);
  std::uint64_t spans = 0;
  for (const ChangedRow& row : rows) spans += RowCodec::update_counter(row.row);
  CHECK(spans == 4);
  CHECK(rows_in(rows[0].key.dimensions, rows[0].key.dimensions + 1).size() < 3);
}

}  // namespace tidemark::test
