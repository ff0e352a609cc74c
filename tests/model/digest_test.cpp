#include "model/digest.hpp"

#include <catch2/catch.hpp>

#include "model/bytes.hpp"
#include "support/property.hpp"

namespace tidemark {
namespace {

std::vector<std::string> some_parts() {
  auto sizes = *rc::gen::container<std::vector<std::size_t>>(
      rc::gen::oneOf(rc::gen::inRange<std::size_t>(0, 60), rc::gen::inRange<std::size_t>(120, 300)));
  std::vector<std::string> parts;
  for (const std::size_t size : sizes)
    parts.push_back(*rc::gen::container<std::string>(size, rc::gen::arbitrary<char>()));
  return parts;
}

std::string encoded(const std::vector<std::string>& parts) {
  std::string bytes;
  for (const std::string& part : parts) put_text(bytes, part);
  return bytes;
}

}  // namespace

TEST_CASE("a built digest is that of its parts behind their lengths, however many and long they are") {
  DigestBuilder reused;
  DigestBuilder other;
  test::check_property([&] {
    const auto first = some_parts();
    const auto second = some_parts();
    for (const std::string& part : first) reused.add(part);
    for (const std::string& part : second) other.add(part);
    RC_ASSERT(reused.take(other).finish() == digest_of(encoded(first) + encoded(second)));
    RC_ASSERT(other.finish() == digest_of(""));
  });
}

TEST_CASE("a built digest is right on both sides of where one block of the hash ends") {
  for (std::size_t size = 0; size < 130; ++size) {
    const std::string part(size, 'x');
    CHECK(DigestBuilder().add(part).finish() == digest_of(encoded({part})));
    CHECK(DigestBuilder().add("").add(part).finish() == digest_of(encoded({"", part})));
  }
}

}  // namespace tidemark
