#include "store/keys.hpp"

#include <catch2/catch.hpp>

#include "support/property.hpp"

namespace tidemark::test {
namespace {

/// Few values of each part, so that keys often differ in one of them only.
BucketKey random_key() {
  BucketKey key;
  key.rollup = *rc::gen::element<std::uint16_t>(0, 1, 65535);
  key.epoch = *rc::gen::element<std::uint32_t>(1, 2, 0xffffffff);
  key.dimensions = *rc::gen::element<DimensionsId>(1, 2, DimensionsId{1} << 32, ~DimensionsId{0});
  key.start_minutes = *rc::gen::element<std::uint32_t>(0, 60, 1439, 1440, 29453760, 0xffffffff);
  return key;
}

}  // namespace

TEST_CASE("bucket keys sort by their bytes as they do by their parts, and come back from them") {
  check_property([] {
    const BucketKey a = random_key();
    const BucketKey b = random_key();
    RC_ASSERT(parse_bucket_key(encode(a)) == a);
    RC_ASSERT(encode(a).size() == kBucketKeyBytes);
    RC_ASSERT((encode(a) < encode(b)) == (a < b));
    RC_ASSERT((encode(a) == encode(b)) == (a == b));
  });
}

TEST_CASE("a day's buckets lie together, then those of one owner") {
  const BucketKey monday{0, 1, 7, 10 * kMinutesOfDay};
  const BucketKey monday_evening{0, 1, 7, 10 * kMinutesOfDay + 1380};
  const BucketKey monday_other{0, 1, 8, 10 * kMinutesOfDay};
  const BucketKey tuesday{0, 1, 7, 11 * kMinutesOfDay};
  CHECK(monday < monday_evening);
  CHECK(monday_evening < monday_other);
  CHECK(monday_other < tuesday);
}

TEST_CASE("a mark names its sink, its bucket and the counter that it stands for") {
  const PendingKey mark{3, {1, 2, 7, 1501}, 42};
  const PendingKey parsed = parse_pending_key(encode(mark));
  CHECK(parsed.sink == 3);
  CHECK(parsed.bucket == mark.bucket);
  CHECK(parsed.computed_counter == 42);
}

}  // namespace tidemark::test
