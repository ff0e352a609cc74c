#pragma once
#include <array>
#include <limits>
#include <map>
#include <memory>
#include <string>

#include "store/kv.hpp"

namespace tidemark::test {

/// What a MemoryKv leaves behind: a disk that survives crashes.
struct MemoryDisk {
  using Entries = std::map<std::string, std::string, std::less<>>;
  std::array<Entries, kFamilies> families;
  /// What is on the disk for good: all of it at the last synced commit, and bulk loads.
  std::array<Entries, kFamilies> durable;
  /// How many more writes succeed. The one after them throws, and so does everything later, until somebody raises it.
  std::uint64_t writes_left = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t writes_done = 0;

  /// What was not synced is gone, as after a power loss. A kill alone loses nothing that was written.
  void lose_power() { families = durable; }
};

/// A storage engine in memory whose writes can be made to fail at any point: a crash is a write that throws and a store
/// that is opened again on the same disk. Snapshots are copies, so keep it small.
std::unique_ptr<KvStore> open_memory(std::shared_ptr<MemoryDisk> disk);

}  // namespace tidemark::test
