#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <tidemark/errors.hpp>

#include "store/wal_frame.hpp"
#include "store/wal_reader.hpp"
#include "store/wal_writer.hpp"
#include "support/property.hpp"
#include "support/temporary_folder.hpp"

namespace tidemark::wal {
namespace {

namespace fs = std::filesystem;

struct File {
  std::unique_ptr<WalWriter> writer(std::uint64_t log) const {
    return std::make_unique<WalWriter>(::open(path.c_str(), O_RDWR | O_CREAT, 0644), log);
  }
  /// Everything that a log has, its pieces one behind the other.
  std::string read(std::uint64_t log) const {
    WalReader reader(::open(path.c_str(), O_RDONLY), log, "the log");
    std::string all;
    while (const auto piece = reader.next()) all += *piece;
    return all;
  }
  std::string bytes() const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void replace(const std::string& bytes) const { std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes; }

  test::TemporaryFolder folder;
  std::string path = (folder.path / "log").string();
};

/// Pieces that were appended to a log, and after which of them it was synced.
struct History {
  std::vector<std::string> pieces;
  std::vector<bool> synced;

  static History any() {
    History history;
    history.pieces = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(rc::gen::nonEmpty<std::string>()));
    for (std::size_t i = 0; i < history.pieces.size(); ++i) history.synced.push_back(*rc::gen::arbitrary<bool>());
    return history;
  }
  void write(WalWriter& to) const {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      RC_ASSERT(to.append(pieces[i]) == 0);
      if (synced[i]) RC_ASSERT(to.sync() == 0);
    }
  }
  std::string text(std::size_t count) const {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += pieces[i];
    return all;
  }
  std::string text() const { return text(pieces.size()); }
  /// Where a piece's frame begins in the file.
  std::size_t begin(std::size_t piece) const {
    std::size_t at = 0;
    for (std::size_t i = 0; i < piece; ++i) at += frame_bytes(pieces[i].size());
    return at;
  }
  /// How many pieces were on the disk for sure, when `known` of them were written.
  std::size_t durable(std::size_t known) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < known; ++i)
      if (synced[i]) count = i + 1;
    return count;
  }
};

}  // namespace

TEST_CASE("what is appended to a log is read from it, in pieces of any size", "[store]") {
  test::check_property([] {
    const File file;
    const History history = History::any();
    history.write(*file.writer(7));
    RC_ASSERT(file.read(7) == history.text());
  });
}

TEST_CASE("a piece that is larger than a frame may be is cut into several", "[store]") {
  const File file;
  std::string large(2 * kMaxPayloadBytes + 1, '\0');
  std::mt19937 random(1);
  for (char& c : large) c = static_cast<char>(random());
  const auto writer = file.writer(1);
  REQUIRE(writer->append(large) == 0);
  CHECK(writer->bytes() == large.size());
  CHECK(file.read(1) == large);
}

TEST_CASE("a log that is written over a longer one ends where it ends, open and closed", "[store]") {
  test::check_property([] {
    const File file;
    const History before = History::any();
    const History after = History::any();
    before.write(*file.writer(4));
    const auto writer = file.writer(9);
    after.write(*writer);
    RC_ASSERT(file.read(9) == after.text());
    RC_ASSERT(writer->close(false) == 0);
    RC_ASSERT(file.read(9) == after.text());
  });
}

TEST_CASE("a file that another log is to be written into is an empty log", "[store]") {
  const File file;
  REQUIRE(file.writer(4)->append("earlier") == 0);
  CHECK(file.read(5).empty());
  file.replace(std::string(5000, '\0'));
  CHECK(file.read(5).empty());
  file.replace("");
  CHECK(file.read(5).empty());
}

TEST_CASE("whoever reads a log whose file becomes another one's is told, and not given half of it", "[store]") {
  const File file;
  {
    const auto writer = file.writer(4);
    for (int i = 0; i < 3; ++i) REQUIRE(writer->append("piece") == 0);
  }
  WalReader reader(::open(file.path.c_str(), O_RDONLY), 4, "the log");
  REQUIRE(reader.next() == "piece");
  REQUIRE(file.writer(6)->append(std::string(100, 'x')) == 0);
  CHECK_THROWS_WITH(reader.next(), Catch::Contains("given up") && Catch::Contains("try again"));
  CHECK_THROWS_AS(file.read(4), StoreError);
}

TEST_CASE("after a power loss a log has everything that was synced, and an end of the rest is gone at most",
          "[store]") {
  test::check_property([] {
    const File file;
    const History before = History::any();
    const History history = History::any();
    before.write(*file.writer(1));
    history.write(*file.writer(2));
    // Of what was not synced each block of the disk may be there or not.
    constexpr std::size_t kBlock = 16;
    const std::size_t safe = history.durable(history.pieces.size());
    const std::string whole = file.bytes();
    const File old;
    before.write(*old.writer(1));
    std::string left = old.bytes();
    left.resize(whole.size());
    for (std::size_t at = 0; at < whole.size(); at += kBlock)
      if (at < history.begin(safe) || *rc::gen::arbitrary<bool>()) {
        const std::size_t n = std::min(kBlock, std::max(history.begin(safe), at + kBlock) - at);
        left.replace(at, n, whole.substr(at, n));
      }
    file.replace(left);
    const std::string read = file.read(2);
    RC_ASSERT(read.starts_with(history.text(safe)));
    RC_ASSERT(history.text().starts_with(read));
  });
}

TEST_CASE("damage to what a later frame says was on the disk is an error", "[store]") {
  test::check_property([] {
    const File file;
    const History history = History::any();
    const bool closed = *rc::gen::arbitrary<bool>();
    {
      const auto writer = file.writer(3);
      history.write(*writer);
      if (closed) RC_ASSERT(writer->close(false) == 0);
    }
    const auto hurt = *rc::gen::inRange<std::size_t>(0, history.pieces.size());
    std::string bytes = file.bytes();
    const auto at = history.begin(hurt) + *rc::gen::inRange<std::size_t>(0, kHeaderBytes + history.pieces[hurt].size());
    bytes[at] = static_cast<char>(bytes[at] ^ *rc::gen::inRange(1, 256));
    file.replace(bytes);
    // The last frame does not say of itself that it was synced.
    const std::size_t told = history.durable(closed ? history.pieces.size() : history.pieces.size() - 1);
    if (hurt < told) {
      RC_ASSERT_THROWS_AS(file.read(3), StoreError);
    } else {
      RC_ASSERT(file.read(3) == history.text(hurt));
    }
  });
}

TEST_CASE("a write or a sync that fails says why", "[store]") {
  WalWriter full(::open("/dev/full", O_RDWR), 1);
  CHECK(full.append("x") == ENOSPC);
  CHECK(full.bytes() == 0);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  WalWriter pipe(ends[1], 1);
  CHECK(pipe.sync() == EINVAL);  // what cannot be on a disk
  ::close(ends[0]);
}

TEST_CASE("a log of RocksDB's own is told from one in frames", "[store]") {
  const File file;
  const auto is_framed = [&] { return WalReader(::open(file.path.c_str(), O_RDONLY), 1, "the log").is_framed(); };
  REQUIRE(file.writer(1)->append("x") == 0);
  CHECK(is_framed());
  file.replace(std::string(64, '\0'));
  CHECK(is_framed());
  file.replace("\x12\x34\x56\x78" + std::string(60, 'x'));
  CHECK_FALSE(is_framed());
}

TEST_CASE("damage to the beginning of a log does not make it one of RocksDB's own", "[store]") {
  const File file;
  {
    const auto writer = file.writer(1);
    REQUIRE(writer->append("first") == 0);
    REQUIRE(writer->sync() == 0);
    REQUIRE(writer->append("second") == 0);
  }
  const std::string good = file.bytes();
  for (std::size_t at = 0; at < kHeaderBytes + 5; ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] == 0 ? 1 : 0);
    file.replace(bad);
    CHECK(WalReader(::open(file.path.c_str(), O_RDONLY), 1, "the log").is_framed());
    CHECK_THROWS_AS(file.read(1), StoreError);
  }
}

TEST_CASE("a log that is closed for good is cut to its end", "[store]") {
  const File file;
  REQUIRE(file.writer(1)->append(std::string(5000, 'x')) == 0);
  const auto writer = file.writer(2);
  REQUIRE(writer->append("short") == 0);
  REQUIRE(writer->close(true) == 0);
  CHECK(fs::file_size(file.path) == frame_bytes(5) + frame_bytes(0));
  CHECK(file.read(2) == "short");
}

}  // namespace tidemark::wal
