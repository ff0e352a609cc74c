#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>

#include "store/kv.hpp"
#include "support/memory_tree.hpp"

namespace tidemark::test {

/// What a store in memory leaves behind: a disk that survives crashes, and can be made to fail.
/// A copy is an image of the disk as of now, at the cost of a few pointers; assigning one restores it.
/// Threads: a store that is open on it guards it against its own callers. Everything here is for when none of them
/// writes, or for `before_write`.
class MemoryDisk {
 public:
  using Families = std::array<MemoryTree, kFamilies>;
  using Entries = std::map<std::string, std::string, std::less<>>;

  /// How many more writes succeed. The one after them throws, and so does everything later, until somebody raises it.
  std::uint64_t writes_left = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t writes_done = 0;
  /// Whether the write that fails is on the disk all the same: who asked for it cannot know.
  bool failing_write_lands = false;
  /// Called before each write, with how many came before it. Not part of an image.
  std::function<void(std::uint64_t writes_done)> before_write;
  /// Called before a cursor over a snapshot is made, without any lock: here something else may happen to the store,
  /// as if another thread came in between. Not part of an image.
  std::function<void(Family family)> before_snapshot_cursor;

  MemoryDisk() = default;
  MemoryDisk(const MemoryDisk& other) : families_(other.families_), unsynced_(other.unsynced_) {}
  MemoryDisk& operator=(const MemoryDisk& other) {
    families_ = other.families_;
    unsynced_ = other.unsynced_;
    return *this;
  }
  ~MemoryDisk() = default;

  /// Lets every write succeed again.
  void repair();
  /// How many commits a power loss may take, at most: those since the last one that was synced. The oldest of very many
  /// count as having reached the disk by themselves.
  std::size_t unsynced() const { return unsynced_.size(); }
  /// Only the first `survivors` of those commits are left, as after a power loss. A kill alone loses nothing.
  void lose_power(std::size_t survivors = 0);

  std::size_t size(Family family) const { return families_[static_cast<std::size_t>(family)].size(); }
  /// All entries of a family, for tests to look at, and to change and put back.
  Entries entries(Family family) const;
  void replace(Family family, const Entries& entries);

 private:
  friend class MemoryKv;
  Families families_;
  /// What was there before each of the commits that are not synced.
  std::deque<Families> unsynced_;
};

/// A storage engine in memory whose writes can be made to fail at any point: a crash is a write that throws and a store
/// that is opened again on the same disk. Only one may be open on a disk that is written to.
std::unique_ptr<KvStore> open_memory(std::shared_ptr<MemoryDisk> disk);

}  // namespace tidemark::test
