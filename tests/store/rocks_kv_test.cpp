#include <sys/resource.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "store/kv.hpp"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() {
    path = fs::temp_directory_path() / ("tidemark-kv-" + std::to_string(std::random_device{}()));
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string store() const { return (path / "store").string(); }
  std::unique_ptr<KvStore> open(bool create = true) const {
    KvOptions options;
    options.create_if_missing = create;
    return open_rocksdb(store(), options);
  }
  fs::path path;
};

void put(KvStore& kv, std::string_view key, std::string_view value) {
  KvBatch batch;
  batch.put(Family::buckets, key, value);
  kv.commit(batch, KvStore::Durability::synced);
}

}  // namespace

TEST_CASE_METHOD(Folder, "what was committed is there after opening again", "[store]") {
  {
    const auto kv = open();
    put(*kv, "a", "1");
    put(*kv, "b", "2");
    KvBatch batch;
    batch.erase(Family::buckets, "a");
    batch.put(Family::computed, "a", "other family");
    kv->commit(batch, KvStore::Durability::later);
  }
  const auto kv = open(false);
  CHECK_FALSE(kv->get(Family::buckets, "a"));
  CHECK(kv->get(Family::buckets, "b") == "2");
  CHECK(kv->get(Family::computed, "a") == "other family");
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

TEST_CASE_METHOD(Folder, "a snapshot and its cursors see one moment", "[store]") {
  const auto kv = open();
  put(*kv, "a", "1");
  const SnapshotPtr at = kv->snapshot();
  put(*kv, "a", "2");
  put(*kv, "b", "3");
  CHECK(kv->get(Family::buckets, "a", at) == "1");
  CHECK(kv->get(Family::buckets, "a") == "2");
  const auto cursor = kv->cursor(Family::buckets, at);
  cursor->seek({});
  REQUIRE(cursor->valid());
  CHECK(cursor->value() == "1");
  cursor->next();
  CHECK_FALSE(cursor->valid());
  const auto many = kv->get_many(Family::buckets, {"a", "aa", "b"});
  CHECK(many == std::vector<std::optional<std::string>>{"2", std::nullopt, "3"});
}

TEST_CASE_METHOD(Folder, "bulk loads are read like anything else, may be repeated, and expire at compaction", "[store]") {
  const auto kv = open();
  for (int round = 0; round < 2; ++round)
    kv->bulk_load(Family::identities, {{"a", "old"}, {"b", "new"}});
  CHECK(kv->get(Family::identities, "a") == "old");
  kv->set_expiry(Family::identities, [](std::string_view, std::string_view value) { return value == "old"; });
  kv->compact(Family::identities);
  CHECK_FALSE(kv->get(Family::identities, "a"));
  CHECK(kv->get(Family::identities, "b") == "new");
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
    kv->bulk_load(Family::buckets, {{key, "loaded"}});
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
