#include <catch2/catch.hpp>

#include "rollup/harness.hpp"
#include "rollup/latest_times.hpp"
#include "store/meta.hpp"
#include "support/property.hpp"

namespace tidemark::test {
namespace {

/// One span a block, each so many minutes after the start.
std::shared_ptr<MemoryDisk> log_of(const std::vector<int>& at_minutes) {
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk);
  for (std::size_t i = 0; i < at_minutes.size(); ++i)
    store.write({{.id = std::to_string(i), .ended = kStart + minutes(at_minutes[i])}}, kStart + days(1));
  store.writer->checkpoint();
  return disk;
}

void begin_epoch(const std::shared_ptr<MemoryDisk>& disk, std::uint64_t start) {
  const auto kv = open_memory(disk);
  meta::Epoch epoch;
  epoch.number = 2;
  epoch.start = start;
  KvBatch batch;
  meta::put_identity(batch, meta::load_agent(*kv), epoch.number);
  meta::put_epoch(batch, epoch);
  kv->commit(batch, KvStore::Durability::synced);
}

}  // namespace

TEST_CASE("the latest time is that of all spans of the epoch before a place in the log, asked in any order") {
  test::check_property([] {
    const auto at = *rc::gen::container<std::vector<int>>(20, rc::gen::inRange(0, 600));
    const auto disk = log_of(at);
    const auto cut = *rc::gen::inRange<std::uint64_t>(0, at.size());
    if (cut > 0) begin_epoch(disk, cut);
    TestStore store(disk);
    LatestTimes latest(*store.store);
    for (int question = 0; question < 6; ++question) {
      const auto sequence = *rc::gen::inRange<std::uint64_t>(0, at.size());
      Instant expected = LatestTimes::kNone;
      for (std::uint64_t i = sequence < cut ? 0 : cut; i < sequence; ++i)
        expected = std::max(expected, kStart + minutes(at[i]));
      RC_ASSERT(latest.before(sequence)[0].us == expected.us);
    }
  });
}

TEST_CASE("nothing is known of an epoch whose first blocks are gone, or that lacks one, until the next epoch") {
  for (const std::size_t gone : {0u, 2u}) {
    const auto disk = log_of({5, 6, 7, 8, 9, 10});
    begin_epoch(disk, 4);
    auto index = disk->entries(Family::log_index);
    index.erase(std::next(index.begin(), static_cast<std::ptrdiff_t>(gone)));
    disk->replace(Family::log_index, index);
    TestStore store(disk);
    LatestTimes latest(*store.store);
    CHECK(latest.before(3)[0].us == LatestTimes::kUnknown.us);
    CHECK(latest.before(3)[0].us == LatestTimes::kUnknown.us);
    CHECK(latest.before(5)[0].us == (kStart + minutes(9)).us);
  }
}

TEST_CASE("what was read stays known when retention drops it") {
  const auto disk = log_of({5, 6, 7});
  TestStore store(disk);
  LatestTimes latest(*store.store);
  CHECK(latest.before(2)[0].us == (kStart + minutes(6)).us);
  auto index = disk->entries(Family::log_index);
  index.erase(index.begin(), std::next(index.begin(), 2));
  disk->replace(Family::log_index, index);
  CHECK(latest.before(2)[0].us == (kStart + minutes(6)).us);
  CHECK(latest.before(3)[0].us == (kStart + minutes(7)).us);
}

}  // namespace tidemark::test
