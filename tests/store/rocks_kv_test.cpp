#include <sys/resource.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "store/kv.hpp"
#include "store/kv_conformance.hpp"
#include "support/temporary_folder.hpp"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

struct Folder : test::TemporaryFolder {
  std::string store() const { return (path / "store").string(); }
  std::unique_ptr<KvStore> open(bool create = true) const {
    KvOptions options;
    options.create_if_missing = create;
    return open_rocksdb(store(), options);
  }
};

/// What a kill or a power loss leaves is a copy of the store's files; the latter with the end of its log cut off.
class RocksPlace final : public conformance::KvPlace {
 public:
  std::unique_ptr<KvStore> open() override { return folder_.open(); }

  std::unique_ptr<KvStore> open_killed() override { return open_copy(std::nullopt); }

  void note_synced() override { synced_bytes_ = fs::file_size(log()); }

  void each_power_loss(const std::function<void(KvStore&)>& take) override {
    constexpr std::uint64_t kStep = 53;  // so that commits are cut at many places within them
    const std::uint64_t all = fs::file_size(log());
    for (std::uint64_t bytes = synced_bytes_; bytes < all; bytes += kStep) take(*open_copy(bytes));
    take(*open_copy(all));
  }

  std::shared_ptr<void> full_disk() override {
    // Files larger than this fail to grow, as on a full disk.
    rlimit usual{};
    getrlimit(RLIMIT_FSIZE, &usual);
    const rlimit small{1u << 20, usual.rlim_max};
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    return {nullptr, [usual, handler](void*) {
              setrlimit(RLIMIT_FSIZE, &usual);
              std::signal(SIGXFSZ, handler);
            }};
  }

 private:
  /// The write-ahead log; stores this small have one.
  fs::path log(const fs::path& store) const {
    std::vector<fs::path> logs;
    for (const auto& entry : fs::directory_iterator(store))
      if (entry.path().extension() == ".log") logs.push_back(entry.path());
    REQUIRE(logs.size() == 1);
    return logs[0];
  }
  fs::path log() const { return log(folder_.store()); }

  std::unique_ptr<KvStore> open_copy(std::optional<std::uint64_t> log_bytes) {
    const fs::path copy = folder_.path / ("copy" + std::to_string(copies_++));
    fs::copy(folder_.store(), copy);
    fs::remove(copy / "LOCK");
    if (log_bytes) fs::resize_file(log(copy), *log_bytes);
    return open_rocksdb(copy.string(), {});
  }

  Folder folder_;
  std::uint64_t synced_bytes_ = 0;
  int copies_ = 0;
};

void put(KvStore& kv, std::string_view key, std::string_view value) {
  KvBatch batch;
  batch.put(Family::buckets, key, value);
  kv.commit(batch, KvStore::Durability::synced);
}

}  // namespace

TEST_CASE("RocksDB is a store", "[store]") {
  for (const auto& test : conformance::kv_cases()) {
    DYNAMIC_SECTION(test.name) {
      RocksPlace place;
      test.run(place);
    }
  }
}

TEST_CASE_METHOD(Folder, "a store that has no room to flush at its close is let go all the same, and keeps everything",
                 "[store]") {
  std::mt19937_64 random(1);
  std::string value(6u << 20, '\0');
  for (char& c : value) c = static_cast<char>(random());
  const auto kv = open();
  put(*kv, "a", value);
  {
    // Files larger than this fail to grow, as on a full disk.
    rlimit usual{};
    getrlimit(RLIMIT_FSIZE, &usual);
    const rlimit small{1u << 20, usual.rlim_max};
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    CHECK_THROWS_AS(kv->close(), StoreError);
    setrlimit(RLIMIT_FSIZE, &usual);
    std::signal(SIGXFSZ, handler);
  }
  CHECK(open()->get(Family::buckets, "a") == value);
}

TEST_CASE_METHOD(Folder, "a store whose logs take over each other's files keeps everything, and so do its copies",
                 "[store]") {
  KvOptions options;
  options.write_buffer_bytes = 256 << 10;  // so that a log is soon full
  const auto key = [](int i) { return "key" + std::to_string(i); };
  const std::string value(20'000, 'v');
  const auto check_all = [&](KvStore& kv, int count) {
    for (int i = 0; i < count; ++i) REQUIRE(kv.get(Family::buckets, key(i)) == value + std::to_string(i));
  };
  bool kept = false;
  {
    const auto kv = open_rocksdb(store(), options);
    for (int i = 0; i < 200; ++i) {
      put(*kv, key(i), value + std::to_string(i));
      if (i % 40 != 39) continue;
      const std::string copy = (path / ("copy" + std::to_string(i))).string();
      kv->copy_to(copy);  // which flushes, so that logs are no longer needed
      for (const auto& entry : fs::directory_iterator(store())) kept |= entry.path().extension() == ".wal";
      check_all(*open_rocksdb(copy, options), i + 1);
    }
  }
  CHECK(kept);
  check_all(*open_rocksdb(store(), options), 200);
}

TEST_CASE_METHOD(Folder, "damage to the log of a store that was killed is refused, and says where", "[store]") {
  const auto kv = open();
  for (int i = 0; i < 10; ++i) put(*kv, "key" + std::to_string(i), std::string(1000, 'v'));
  const fs::path killed = path / "killed";
  fs::copy(store(), killed);
  fs::remove(killed / "LOCK");
  for (const auto& entry : fs::directory_iterator(killed)) {
    if (entry.path().extension() != ".log") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(5000);
    file << "damage";
  }
  CHECK_THROWS_WITH(open_rocksdb(killed.string(), {}),
                    Catch::Contains("is damaged at byte") && Catch::Contains("restore a backup"));
}

TEST_CASE_METHOD(Folder, "a store that another process has open is refused with what to do", "[store]") {
  const auto kv = open();
  CHECK_THROWS_WITH(open(), Catch::Contains("in use by another process"));
}

TEST_CASE_METHOD(Folder, "a store that is not there, a file, and a folder of something else are refused", "[store]") {
  CHECK_THROWS_AS(open(false), InputError);
  std::ofstream(path / "store") << "text";
  CHECK_THROWS_WITH(open(), Catch::Contains("is not a folder"));
  fs::remove(path / "store");
  fs::create_directories(path / "store");
  std::ofstream(path / "store" / "photo.jpg") << "x";
  CHECK_THROWS_WITH(open(), Catch::Contains("is not empty"));
}

TEST_CASE_METHOD(Folder, "a store whose making was stopped is made by the next opening", "[store]") {
  // In the order in which RocksDB makes them; CURRENT comes next.
  const std::vector<std::string> files = {"LOG", "LOCK", "000000.dbtmp", "IDENTITY", "MANIFEST-000001", "000001.dbtmp"};
  for (std::size_t made = 0; made <= files.size(); ++made) {
    fs::remove_all(store());
    fs::create_directories(store());
    for (std::size_t i = 0; i < made; ++i) std::ofstream(fs::path(store()) / files[i]) << "half";
    CHECK_THROWS_WITH(open(false), Catch::Contains("there is no store"));
    put(*open(), "key", "value");
    CHECK(open(false)->get(Family::buckets, "key") == "value");
  }
  // One that has lost its CURRENT is no such thing.
  fs::remove(fs::path(store()) / "CURRENT");
  CHECK_THROWS_WITH(open(), Catch::Contains("is not empty"));
}

TEST_CASE_METHOD(Folder, "a damaged file is an error that names the damage, not a wrong answer", "[store]") {
  {
    const auto kv = open();
    for (int i = 0; i < 20000; ++i) {
      KvBatch batch;
      batch.put(Family::buckets, "key" + std::to_string(i), std::string(100, static_cast<char>('a' + i % 26)));
      kv->commit(batch, KvStore::Durability::later);
    }
    kv->compact(Family::buckets);
  }
  for (const auto& entry : fs::directory_iterator(store())) {
    if (entry.path().extension() != ".sst") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(fs::file_size(entry.path()) / 3));
    file.write("damage!", 7);
  }
  const auto read_all = [&] {
    const auto kv = open(false);
    const auto cursor = kv->cursor(Family::buckets);
    for (cursor->seek({}); cursor->valid(); cursor->next()) {
    }
  };
  CHECK_THROWS_WITH(read_all(), Catch::Contains("orruption") && Catch::Contains("restore a backup"));
}

TEST_CASE_METHOD(Folder, "files of a bulk load that was cut off are cleared away", "[store]") {
  open()->close();
  std::ofstream(fs::path(store()) / "load-7.sst") << "half";
  open(false)->close();
  CHECK_FALSE(fs::exists(fs::path(store()) / "load-7.sst"));
}

TEST_CASE_METHOD(Folder, "a copy that is made while files are loaded has every file that a later commit speaks of",
                 "[store]") {
  constexpr int kCopies = 30;
  const auto kv = open();
  const auto load = [&](int n) {
    const std::string key = "n" + std::to_string(n);
    conformance::bulk_load(*kv, Family::buckets, {{key, "loaded"}});
    KvBatch batch;
    batch.put(Family::meta, "last", key);
    kv->commit(batch, KvStore::Durability::synced);
  };
  const auto copy = [&](int n) { return (path / ("copy" + std::to_string(n))).string(); };
  load(0);
  std::atomic<bool> stop{false};
  std::thread loader([&] {
    for (int n = 1; !stop; ++n) load(n);
  });
  for (int n = 0; n < kCopies; ++n) kv->copy_to(copy(n));
  stop = true;
  loader.join();
  for (int n = 0; n < kCopies; ++n) {
    INFO("copy " << n);
    KvOptions options;
    options.read_only = true;
    const auto held = open_rocksdb(copy(n), options);
    const auto last = held->get(Family::meta, "last");
    REQUIRE(last);
    CHECK(held->get(Family::buckets, *last) == "loaded");
  }
}

}  // namespace tidemark
