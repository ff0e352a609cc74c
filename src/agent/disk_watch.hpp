#pragma once
#include <cstdint>
#include <mutex>
#include <string>

#include "agent/config.hpp"

namespace tidemark::agent {

struct DiskSpace {
  std::uint64_t free = 0;  ///< Bytes that this process may still write.
  std::uint64_t total = 0;
};

/// Whether the disk has room for more spans. Below the floor it has none, until a quarter more than the floor is free
/// again (at most 1 GB more), so that it does not change its mind with every file.
/// Threads: any.
class DiskWatch {
 public:
  explicit DiskWatch(DiskFloor floor) : floor_(floor) {}

  void set_floor(DiskFloor floor);
  /// Takes note of what is free. Returns whether full() has changed.
  bool look(DiskSpace space);
  bool full() const;
  /// `12 MB are free on the store's disk, less than the floor of 512 MB`.
  std::string text() const;

 private:
  mutable std::mutex mutex_;
  DiskFloor floor_;
  DiskSpace space_;
  bool full_ = false;
};

}  // namespace tidemark::agent
