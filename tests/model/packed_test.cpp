#include "model/packed.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

#include "support/property.hpp"

namespace tidemark {
namespace {

using Numbers = std::vector<std::uint64_t>;

/// Of any width; neighbours are of like width, as they are where this is used.
rc::Gen<Numbers> some_numbers() {
  return rc::gen::container<Numbers>(
      rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 3), rc::gen::inRange<std::uint64_t>(0, 100'000),
                     rc::gen::arbitrary<std::uint64_t>(), rc::gen::just(std::numeric_limits<std::uint64_t>::max())));
}

std::string pack(const Numbers& numbers) {
  std::string bytes;
  put_packed(bytes, numbers.size(), [&](std::size_t i) { return numbers[i]; });
  return bytes;
}

Numbers unpack(ByteReader& in, std::size_t n) {
  Numbers numbers(n);
  take_packed(in, n, [&](std::size_t i, std::uint64_t value) { numbers[i] = value; });
  return numbers;
}

}  // namespace

TEST_CASE("packed numbers read back, whatever follows them") {
  test::check_property([] {
    const Numbers numbers = *some_numbers();
    const std::string bytes = pack(numbers);
    const std::string more = bytes + *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    for (const std::string_view record : {std::string_view(bytes), std::string_view(more)}) {
      ByteReader in(record);
      RC_ASSERT(unpack(in, numbers.size()) == numbers);
      RC_ASSERT(in.left() == record.size() - bytes.size());
    }
  });
}

TEST_CASE("every width is packed exactly") {
  for (unsigned width = 0; width <= 64; ++width) {
    const std::uint64_t largest = width == 0 ? 0 : ~std::uint64_t{0} >> (64 - width);
    for (const std::size_t n : {1u, 2u, 15u, 16u, 17u, 33u}) {
      Numbers numbers(n, largest);
      if (n > 1) numbers[1] = largest / 3;
      const std::string bytes = pack(numbers);
      ByteReader in(bytes);
      CHECK(unpack(in, n) == numbers);
    }
  }
}

TEST_CASE("packed numbers are laid out as documented") {
  CHECK(pack({}).empty());
  CHECK(pack({0, 0}) == std::string("\0", 1));
  // Widths 3 and 1; 5 = 101, 2 = 010, 7 = 111 make 11'010'101 and 1.
  CHECK(pack({5, 2, 7}) == "\x03\xd5\x01");
  Numbers numbers(16, 0);
  numbers.push_back(1);
  CHECK(pack(numbers) == std::string("\x00\x01\x01", 3));
}

TEST_CASE("packed numbers that are cut short or damaged are refused") {
  test::check_property([] {
    const Numbers numbers = *rc::gen::nonEmpty(some_numbers());
    const std::string bytes = pack(numbers);
    ByteReader cut(std::string_view(bytes).substr(0, bytes.size() - 1));
    RC_ASSERT_THROWS_AS(unpack(cut, numbers.size()), StoreError);
  });
  const std::string wide(200, '\x41');
  ByteReader in(wide);
  CHECK_THROWS_AS(unpack(in, 1), StoreError);
}

}  // namespace tidemark
