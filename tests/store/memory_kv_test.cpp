#include "support/memory_kv.hpp"

#include <catch2/catch.hpp>

#include "store/kv_conformance.hpp"

namespace tidemark::test {
namespace {

class MemoryPlace final : public conformance::KvPlace {
 public:
  std::unique_ptr<KvStore> open() override { return open_memory(disk_); }
  std::unique_ptr<KvStore> open_killed() override { return open_memory(std::make_shared<MemoryDisk>(*disk_)); }
  void note_synced() override { CHECK(disk_->unsynced() == 0); }
  void each_power_loss(const std::function<void(KvStore&)>& take) override {
    for (std::size_t survivors = 0; survivors <= disk_->unsynced(); ++survivors) {
      const auto left = std::make_shared<MemoryDisk>(*disk_);
      left->lose_power(survivors);
      take(*open_memory(left));
    }
  }
  std::shared_ptr<void> full_disk() override {
    disk_->writes_left = 0;
    return {nullptr, [disk = disk_](void*) { disk->repair(); }};
  }

 private:
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
};

void put(KvStore& kv, std::string_view key, std::string_view value) {
  KvBatch batch;
  batch.put(Family::buckets, key, value);
  kv.commit(batch, KvStore::Durability::later);
}

}  // namespace

TEST_CASE("a store in memory is a store") {
  for (const auto& test : conformance::kv_cases()) {
    DYNAMIC_SECTION(test.name) {
      MemoryPlace place;
      test.run(place);
    }
  }
}

TEST_CASE("an image of a disk goes its own way, and brings the disk back to where it was") {
  const auto disk = std::make_shared<MemoryDisk>();
  const auto kv = open_memory(disk);
  put(*kv, "a", "1");
  const auto image = std::make_shared<MemoryDisk>(*disk);
  put(*kv, "a", "2");
  const auto copy = open_memory(image);
  CHECK(copy->get(Family::buckets, "a") == "1");
  put(*copy, "b", "3");
  CHECK_FALSE(kv->get(Family::buckets, "b"));
  *disk = *image;
  const auto restored = open_memory(disk);
  CHECK(restored->get(Family::buckets, "a") == "1");
  CHECK(restored->get(Family::buckets, "b") == "3");
}

TEST_CASE("an image can be taken before any write, and a failing write may be on the disk or not") {
  for (const bool lands : {false, true}) {
    const auto disk = std::make_shared<MemoryDisk>();
    std::vector<std::size_t> sizes;
    disk->before_write = [&](std::uint64_t) { sizes.push_back(MemoryDisk(*disk).size(Family::buckets)); };
    disk->writes_left = 2;
    disk->failing_write_lands = lands;
    {
      const auto kv = open_memory(disk);
      put(*kv, "a", "1");
      put(*kv, "b", "2");
      CHECK_THROWS_AS(put(*kv, "c", "3"), StoreError);
      CHECK_THROWS_AS(put(*kv, "d", "4"), StoreError);
    }
    CHECK(sizes == std::vector<std::size_t>{0, 1, 2});
    CHECK(disk->entries(Family::buckets).contains("c") == lands);
    CHECK(disk->size(Family::buckets) == (lands ? 3 : 2));
  }
}

}  // namespace tidemark::test
