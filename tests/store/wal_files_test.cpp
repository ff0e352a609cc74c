#include "store/wal_files.hpp"

#include <rocksdb/env.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "support/temporary_folder.hpp"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

struct Folder : test::TemporaryFolder {
  std::string file(const std::string& name) const { return (path / name).string(); }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(path)) all.push_back(entry.path().filename());
    std::sort(all.begin(), all.end());
    return all;
  }
};

/// A store's logs, as RocksDB uses them.
struct Logs {
  explicit Logs(const Folder& folder, std::uint64_t kept_bytes = 1u << 20)
      : files(rocksdb::FileSystem::Default(), folder.path.string(), {kept_bytes, 1u << 19}) {}

  std::unique_ptr<rocksdb::FSWritableFile> begin(const std::string& path) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    REQUIRE(files.NewWritableFile(path, {}, &file, nullptr).ok());
    return file;
  }
  void write(const std::string& path, const std::string& text) {
    const auto file = begin(path);
    REQUIRE(file->Append(text, {}, nullptr).ok());
    REQUIRE(file->Sync({}, nullptr).ok());
    REQUIRE(file->Close({}, nullptr).ok());
  }
  std::string read(const std::string& path) {
    std::unique_ptr<rocksdb::FSSequentialFile> file;
    REQUIRE(files.NewSequentialFile(path, {}, &file, nullptr).ok());
    std::string buffer(100'000, '\0');
    rocksdb::Slice result;
    REQUIRE(file->Read(buffer.size(), {}, &result, buffer.data(), nullptr).ok());
    return result.ToString();
  }
  std::uint64_t size(const std::string& path) {
    std::uint64_t bytes = 0;
    REQUIRE(files.GetFileSize(path, {}, &bytes, nullptr).ok());
    return bytes;
  }
  void remove(const std::string& path) { REQUIRE(files.DeleteFile(path, {}, nullptr).ok()); }

  WalFiles files;
};

const std::string kLong(5000, 'a');

}  // namespace

TEST_CASE("a log has the size of what was appended, whatever its file has", "[store]") {
  const Folder folder;
  Logs logs(folder);
  logs.write(folder.file("000004.log"), kLong);
  CHECK(logs.size(folder.file("000004.log")) == kLong.size());
  CHECK(logs.read(folder.file("000004.log")) == kLong);
  CHECK(fs::file_size(folder.file("000004.log")) > kLong.size());
}

TEST_CASE("the file of a log that is deleted becomes a later log's", "[store]") {
  const Folder folder;
  Logs logs(folder);
  logs.write(folder.file("000004.log"), kLong);
  const auto bytes = fs::file_size(folder.file("000004.log"));
  logs.remove(folder.file("000004.log"));
  CHECK(folder.names() == std::vector<std::string>{"spare-0.wal"});
  logs.write(folder.file("000009.log"), "short");
  CHECK(fs::file_size(folder.file("000009.log")) == bytes);
  CHECK(logs.read(folder.file("000009.log")) == "short");
  CHECK(logs.size(folder.file("000009.log")) == 5);
}

TEST_CASE("a file that has a second name is left as it is", "[store]") {
  const Folder folder;
  Logs logs(folder);
  logs.write(folder.file("000004.log"), kLong);
  fs::create_directory(folder.path / "copy");
  fs::create_hard_link(folder.file("000004.log"), folder.path / "copy" / "000004.log");
  logs.remove(folder.file("000004.log"));
  CHECK(folder.names() == std::vector<std::string>{"copy"});
  logs.write(folder.file("000009.log"), "short");
  CHECK(logs.read(folder.path / "copy" / "000004.log") == kLong);
}

TEST_CASE("no more is kept than is allowed, and nothing of another folder's", "[store]") {
  const Folder folder;
  Logs logs(folder, 7000);
  logs.write(folder.file("000004.log"), kLong);
  logs.write(folder.file("000005.log"), kLong);
  fs::create_directory(folder.path / "copy");
  logs.write(folder.path / "copy" / "000006.log", "x");
  logs.remove(folder.path / "copy" / "000006.log");
  logs.remove(folder.file("000004.log"));
  logs.remove(folder.file("000005.log"));
  CHECK(folder.names() == std::vector<std::string>{"copy", "spare-0.wal"});
  CHECK(fs::is_empty(folder.path / "copy"));
  logs.files.drop_kept();
  CHECK(folder.names() == std::vector<std::string>{"copy"});
}

TEST_CASE("a log that is long and often synced has a file made for the next one, which holds nothing", "[store]") {
  const Folder folder;
  {
    Logs logs(folder);
    const auto log = logs.begin(folder.file("000004.log"));
    const std::string piece(1u << 16, 'x');
    const auto append = [&](int times) {
      for (int i = 0; i < times; ++i) REQUIRE(log->Append(piece, {}, nullptr).ok());
    };
    append(40);
    logs.files.await_made();
    CHECK(folder.names() == std::vector<std::string>{"000004.log"});
    for (int i = 0; i < 40; ++i) REQUIRE(log->Sync({}, nullptr).ok());
    append(1);
    logs.files.await_made();
    CHECK(folder.names() == std::vector<std::string>{"000004.log", "spare-0.wal"});
    CHECK(fs::file_size(folder.file("spare-0.wal")) == 1u << 19);
    REQUIRE(log->Close({}, nullptr).ok());
    logs.write(folder.file("000005.log"), "short");
    CHECK(logs.read(folder.file("000005.log")) == "short");
    CHECK(fs::file_size(folder.file("000005.log")) == 1u << 19);
    logs.files.finish();
  }
  CHECK(folder.names() == std::vector<std::string>{"000004.log", "000005.log"});
}

TEST_CASE("in the end nothing is left but the logs, each as long as it is, and no other file is touched", "[store]") {
  const Folder folder;
  Logs logs(folder);
  logs.write(folder.file("000004.log"), kLong);
  logs.remove(folder.file("000004.log"));
  const auto log = logs.begin(folder.file("000005.log"));
  REQUIRE(log->Append("short", {}, nullptr).ok());
  logs.write(folder.file("000006.log"), kLong);
  logs.remove(folder.file("000006.log"));
  std::ofstream(folder.file("spare-77.wal")) << "of a process that was killed";
  logs.files.remove_left();
  CHECK(folder.names() == std::vector<std::string>{"000005.log", "spare-1.wal"});
  logs.files.finish();
  CHECK(folder.names() == std::vector<std::string>{"000005.log"});
  REQUIRE(log->Close({}, nullptr).ok());
  CHECK(fs::file_size(folder.file("000005.log")) < 200);
  CHECK(logs.read(folder.file("000005.log")) == "short");
  logs.remove(folder.file("000005.log"));
  CHECK(folder.names().empty());
}

TEST_CASE("only a log that was written here, and is closed, leaves its file to another", "[store]") {
  const Folder folder;
  {
    Logs earlier(folder);
    earlier.write(folder.file("000004.log"), kLong);
  }
  std::ofstream(folder.file("000005.log"), std::ios::binary) << "a log without frames";
  Logs logs(folder);
  const auto open = logs.begin(folder.file("000006.log"));
  REQUIRE(open->Append(kLong, {}, nullptr).ok());
  for (const char* name : {"000004.log", "000005.log", "000006.log"}) logs.remove(folder.file(name));
  CHECK(folder.names().empty());
  REQUIRE(open->Close({}, nullptr).ok());
}

TEST_CASE("damage to a log is RocksDB's corruption, with the file's name", "[store]") {
  const Folder folder;
  Logs logs(folder);
  const std::string path = folder.file("000004.log");
  logs.write(path, kLong);
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(1000);
    file << "damage";
  }
  std::uint64_t bytes = 0;
  const auto status = logs.files.GetFileSize(path, {}, &bytes, nullptr);
  CHECK(status.IsCorruption());
  CHECK_THAT(status.ToString(), Catch::Contains("000004.log is damaged at byte 0"));
}

TEST_CASE("a log that was written without frames, and files that are no logs, are as they were", "[store]") {
  const Folder folder;
  Logs logs(folder);
  const std::string record = "\x12\x34\x56\x78\x05\x00\x01hello" + std::string(50, 'x');
  std::ofstream(folder.file("000004.log"), std::ios::binary) << record;
  CHECK(logs.read(folder.file("000004.log")) == record);
  CHECK(logs.size(folder.file("000004.log")) == record.size());
  logs.write(folder.file("LOG"), "text");
  CHECK(fs::file_size(folder.file("LOG")) == 4);
  std::unique_ptr<rocksdb::FSWritableFile> file;
  CHECK(logs.files.ReopenWritableFile(folder.file("000004.log"), {}, &file, nullptr).IsNotSupported());
}

}  // namespace tidemark
