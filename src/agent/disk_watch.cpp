#include "agent/disk_watch.hpp"

#include <algorithm>

namespace tidemark::agent {
namespace {

constexpr std::uint64_t kMostAbove = 1u << 30;

std::string megabytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MB"; }

}  // namespace

void DiskWatch::set_floor(DiskFloor floor) {
  const std::lock_guard lock(mutex_);
  floor_ = floor;
}

bool DiskWatch::look(DiskSpace space) {
  const std::lock_guard lock(mutex_);
  space_ = space;
  const std::uint64_t floor = floor_.of(space.total);
  const bool before = full_;
  full_ = before ? space.free < floor + std::min(floor / 4, kMostAbove) : space.free < floor;
  return full_ != before;
}

bool DiskWatch::full() const {
  const std::lock_guard lock(mutex_);
  return full_;
}

std::string DiskWatch::text() const {
  const std::lock_guard lock(mutex_);
  const std::uint64_t floor = floor_.of(space_.total);
  const char* relation = space_.free < floor ? ", less than the floor of "
                         : full_             ? ", not yet well above the floor of "
                                             : "; the floor is ";
  return megabytes(space_.free) + " are free on the store's disk" + relation + megabytes(floor);
}

}  // namespace tidemark::agent
