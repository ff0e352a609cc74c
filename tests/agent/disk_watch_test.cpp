#include "agent/disk_watch.hpp"

#include <catch2/catch.hpp>

#include "support/property.hpp"

using namespace tidemark;
using namespace tidemark::agent;

namespace {
constexpr std::uint64_t kMegabyte = 1u << 20;
DiskSpace space(std::uint64_t free_megabytes) { return {free_megabytes * kMegabyte, 10'000 * kMegabyte}; }
DiskFloor floor_of(std::uint64_t megabytes) { return {false, megabytes * kMegabyte, 0}; }
}  // namespace

TEST_CASE("below the floor the disk is full, until a quarter more is free") {
  DiskWatch watch(floor_of(400));
  CHECK_FALSE(watch.look(space(400)));
  CHECK(watch.look(space(399)));
  CHECK(watch.full());
  CHECK(watch.text() == "399 MB are free on the store's disk, less than the floor of 400 MB");
  CHECK_FALSE(watch.look(space(450)));
  CHECK(watch.full());
  CHECK_FALSE(watch.look(space(499)));
  CHECK(watch.look(space(500)));
  CHECK_FALSE(watch.full());
}

TEST_CASE("a floor can be a share of the disk, and can be changed") {
  DiskWatch watch(DiskFloor{true, 0, 5});
  CHECK_FALSE(watch.look(space(500)));
  CHECK(watch.look(space(499)));
  watch.set_floor(floor_of(0));
  CHECK(watch.look(space(0)));
  CHECK_FALSE(watch.full());
}

TEST_CASE("a huge floor asks for 1 GB more at most") {
  DiskWatch watch(floor_of(8'000));
  watch.look(space(7'999));
  CHECK_FALSE(watch.look(space(9'023)));
  CHECK(watch.look(space(9'024)));
}

TEST_CASE("whatever is free, full is below the floor and not full is at or above it") {
  test::check_property([](const std::vector<std::uint16_t>& free) {
    DiskWatch watch(floor_of(1000));
    for (const std::uint16_t megabytes : free) {
      const bool before = watch.full();
      const bool changed = watch.look(space(megabytes));
      RC_ASSERT(changed == (before != watch.full()));
      if (megabytes < 1000) RC_ASSERT(watch.full());
      if (megabytes >= 1250) RC_ASSERT(!watch.full());
    }
  });
}
