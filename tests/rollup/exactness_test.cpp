#include <algorithm>
#include <catch2/catch.hpp>

#include "rollup/harness.hpp"
#include "rollup/verify.hpp"
#include "support/property.hpp"

namespace tidemark::test {
namespace {

const std::vector<std::vector<std::string>> kLabelSets{{}, {"a"}, {"A", "a"}, {"b", "a", "b"}, {"a", "b"}};

TestSpan random_span(int id) {
  TestSpan span;
  span.id = std::to_string(id);
  span.owner = *rc::gen::element<std::string>("acme", "Zürich", "", "o'neil");
  span.job = *rc::gen::element<std::string>("build", "test", "ビルド");
  span.result = *rc::gen::element<std::string>("success", "failure", "skip");
  span.labels = *rc::gen::elementOf(kLabelSets);
  span.ended = kStart + Micros{*rc::gen::inRange<std::int64_t>(0, hours(6).count)};
  span.duration_us = *rc::gen::element<std::int64_t>(0, 1, 999'999, 1'000'000, 3, 21'600'000'000);
  span.has_start = *rc::gen::inRange(0, 8) != 0;
  return span;
}

}  // namespace

TEST_CASE("every order of arrival, repeats, restarts, passes and late spans give what sorting all spans gives") {
  test::check_property([] {
    const int count = *rc::gen::inRange(1, 80);
    std::vector<TestSpan> spans;
    for (int i = 0; i < count; ++i) spans.push_back(random_span(i));

    auto disk = std::make_shared<MemoryDisk>();
    const WriterOptions options{.checkpoint_spans = *rc::gen::inRange<std::uint64_t>(1, 40)};
    const RecomputeOptions chunks{.chunk_spans = *rc::gen::inRange<std::uint64_t>(1, 30),
                                  .threads = *rc::gen::inRange<std::size_t>(1, 4)};
    auto store = std::make_unique<TestStore>(disk, test_schema(), options, chunks);
    std::uint64_t accepted = 0;
    for (std::size_t at = 0; at < spans.size();) {
      const auto n = std::min<std::size_t>(*rc::gen::inRange<std::size_t>(1, 12), spans.size() - at);
      std::vector<TestSpan> request(spans.begin() + static_cast<std::ptrdiff_t>(at),
                                    spans.begin() + static_cast<std::ptrdiff_t>(at + n));
      if (*rc::gen::arbitrary<bool>()) request.push_back(spans[*rc::gen::inRange<std::size_t>(0, at + n)]);
      accepted += store->write(request, kStart + hours(6)).accepted;
      at += n;
      switch (*rc::gen::inRange(0, 6)) {
        case 0: store = std::make_unique<TestStore>(disk, test_schema(), options, chunks); break;
        case 1: store->recompute->run_once(); break;
        case 2: store->retention->run_once(kStart + days(3)); break;  // raw spans go as soon as they are computed
        case 3: store->writer->checkpoint(); break;
        default: break;
      }
    }
    store->recompute->run_once();
    RC_ASSERT(accepted == spans.size());
    RC_ASSERT(describe_all(*store) == describe_naively(store->store->schema(), spans));
    const VerifyReport verified = verify_store(*store->store);
    RC_ASSERT(verified.mismatches == 0u);
  });
}

TEST_CASE("verify names the bucket and the state that differ") {
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk);
  store.write({{.id = "1", .duration_us = 5}, {.id = "2", .duration_us = 7}});
  store.recompute->run_once();
  REQUIRE(verify_store(*store.store).mismatches == 0);
  REQUIRE(verify_store(*store.store).buckets_checked == 3);

  auto computed = disk->entries(Family::computed);
  ComputedRow row = store.store->codec(0).decode_computed(computed.begin()->second);
  aggregate_of(AggregateKind::percentile_cont).add(row.states[0], {.value = 6});
  computed.begin()->second = store.store->codec(0).encode(row);
  disk->replace(Family::computed, computed);
  const VerifyReport report = verify_store(*store.store);
  CHECK(report.mismatches > 0);
  REQUIRE_FALSE(report.examples.empty());
  CHECK_THAT(report.examples[0], Catch::Contains("folded") && Catch::Contains("acme") && Catch::Contains("percentile_cont"));
}

TEST_CASE("label sets in any order, with repeats, and of any bytes are one bucket; case makes another") {
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk);
  store.write({{.id = "1", .labels = {"x64", "größe", "linux"}},
               {.id = "2", .labels = {"linux", "x64", "größe", "x64"}},
               {.id = "3", .labels = {" größe", "linux ", "x64"}},
               {.id = "4", .labels = {"X64", "größe", "linux"}}});
  store.recompute->run_once();
  const auto buckets = store.buckets("computed");
  REQUIRE(buckets.size() == 2);
  std::vector<std::uint64_t> counts{buckets[0].update_counter, buckets[1].update_counter};
  std::sort(counts.begin(), counts.end());
  CHECK(counts == std::vector<std::uint64_t>{1, 3});
}

}  // namespace tidemark::test
