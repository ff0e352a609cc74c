#include "store/store_read_models.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include <tidemark/errors.hpp>

#include "support/memory_kv.hpp"
#include "support/read_models_conformance.hpp"

namespace tidemark::test {
namespace {

using namespace conformance;

constexpr Instant kNow{1767571200'000'000};

class PlaceInMemory final : public ReadModelsPlace {
 public:
  std::shared_ptr<ReadModels> open() override {
    kv_.reset();
    kv_ = open_memory(disk_);
    return std::make_shared<StoreReadModels>(kv_);
  }

 private:
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  std::shared_ptr<KvStore> kv_;
};

/// What a whole refresh does to a store.
void refresh(StoreReadModels& models, int rows, std::int64_t runs, Instant at) {
  const auto id = models.begin_refresh("top", "me", at);
  models.complete_refresh(small_view("top"), id, at + seconds(1), small_rows(rows, runs));
}

}  // namespace

TEST_CASE("a store keeps what is read as a sink does") {
  for (const ReadModelsCase& one : read_models_cases()) {
    DYNAMIC_SECTION(one.name) {
      PlaceInMemory place;
      one.run(place);
    }
  }
}

TEST_CASE("a refresh that is stopped at any write leaves the rows before it or those behind, and opening closes it") {
  for (std::uint64_t writes = 0; writes < 3; ++writes) {
    for (const bool lands : {false, true}) {
      const auto disk = std::make_shared<MemoryDisk>();
      {
        StoreReadModels models(open_memory(disk));
        refresh(models, 5000, 1, kNow);
        disk->writes_left = writes;
        disk->failing_write_lands = lands;
        if (writes < 2)
          CHECK_THROWS_AS(refresh(models, 4500, 2, kNow + hours(1)), StoreError);
        else
          refresh(models, 4500, 2, kNow + hours(1));
      }
      disk->repair();
      StoreReadModels models(open_memory(disk));
      const bool done = writes == 2 || (writes == 1 && lands);
      const bool begun = writes > 0 || lands;
      CHECK(models.close_running(kNow + hours(2)) == (begun && !done ? 1 : 0));
      CHECK(models.close_running(kNow + hours(2)) == 0);
      CHECK(exactly(*models.rows(small_view("top"))) == exactly(done ? small_rows(4500, 2) : small_rows(5000, 1)));
      const auto log = models.log("top", 10);
      REQUIRE(log.size() == (begun ? 2 : 1));
      const auto expected = done || !begun ? Refresh::Status::success : Refresh::Status::failed;
      CHECK(log.front().status == expected);
      CHECK(log.front().error.empty() == (expected == Refresh::Status::success));
    }
  }
}

TEST_CASE("who reads a view while it is refreshed sees one refresh, whole") {
  StoreReadModels models(open_memory(std::make_shared<MemoryDisk>()));
  refresh(models, 5000, 0, kNow);
  std::atomic<bool> stop{false};
  std::atomic<int> reads{0}, wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 8; ++i)
    readers.emplace_back([&] {
      while (!stop) {
        const auto table = models.rows(small_view("top"));
        ++reads;
        if (!table || table->rows.size() != 5000) {
          ++wrong;
          continue;
        }
        const std::int64_t first = table->rows[0][1].integer();
        for (const Row row : table->rows) wrong += row[1].integer() != first;
      }
    });
  for (std::int64_t n = 1; n <= 20 || reads < 40; ++n) refresh(models, 5000, n, kNow + seconds(n));
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
}

TEST_CASE("the log of many attempts is read from its end") {
  StoreReadModels models(open_memory(std::make_shared<MemoryDisk>()));
  for (int i = 0; i < 300; ++i) {
    const auto id = models.begin_refresh(i % 100 == 0 ? "rare" : "often", "me", kNow + seconds(i));
    models.fail_refresh(id, kNow + seconds(i + 1), "no");
  }
  CHECK(models.log("rare", 5).size() == 3);
  CHECK(models.log("", 2)[1].id == 299);
  CHECK(models.trim_log(kNow + hours(1)) == 298);
  CHECK(models.log("", 10).size() == 2);
  CHECK(models.attempts("rare").last->id == 201);
}

}  // namespace tidemark::test
