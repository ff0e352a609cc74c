#include "model/cell.hpp"

#include <catch2/catch.hpp>

#include <tidemark/errors.hpp>

#include "support/property.hpp"

namespace tidemark {

TEST_CASE("decimals show all digits of their scale") {
  CHECK(to_text(Decimal{12'345'678'901, 1'000'000}) == "12345.678901");
  CHECK(to_text(Decimal{5, 1'000'000}) == "0.000005");
  CHECK(to_text(Decimal{-5, 1'000'000}) == "-0.000005");
  CHECK(to_text(Decimal{0, 1000}) == "0.000");
  CHECK(to_text(Decimal{7, 1}) == "7");
}

TEST_CASE("128-bit integers read back as they were written, to both ends of the range") {
  const Int128 most = static_cast<Int128>(~static_cast<unsigned __int128>(0) >> 1);
  for (const Int128 v : {Int128{0}, Int128{-1}, most, -most - 1, most / 3}) CHECK(parse_int128(to_text(v)) == v);
  CHECK(to_text(most) == "170141183460469231731687303715884105727");
  CHECK_THROWS_AS(parse_int128("170141183460469231731687303715884105728"), InputError);
  CHECK_THROWS_AS(parse_int128(""), InputError);
  CHECK_THROWS_AS(parse_int128("12a"), InputError);
}

TEST_CASE("primitives read back as they were written") {
  test::check_property([](std::uint64_t u, std::int64_t s, std::uint64_t high, const std::string& text) {
    const Int128 wide = static_cast<Int128>(static_cast<unsigned __int128>(high) << 64 | u);
    std::string bytes;
    put_varint(bytes, u);
    put_signed(bytes, s);
    put_int128(bytes, wide);
    put_text(bytes, text);
    put_big_endian(bytes, u);
    put_little_endian(bytes, s);
    ByteReader in(bytes);
    RC_ASSERT(in.varint() == u);
    RC_ASSERT(in.signed_varint() == s);
    RC_ASSERT(in.int128() == wide);
    RC_ASSERT(in.text() == text);
    RC_ASSERT(in.big_endian<std::uint64_t>() == u);
    RC_ASSERT(in.little_endian<std::int64_t>() == s);
    RC_ASSERT(in.at_end());
  });
}

TEST_CASE("a record that is cut short is refused wherever the cut is") {
  std::string bytes;
  put_varint(bytes, 1u << 20);
  put_text(bytes, "hello");
  put_int128(bytes, Int128{1} << 100);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    const auto read = [&] {
      ByteReader in(std::string_view(bytes).substr(0, cut));
      in.varint();
      in.text();
      in.int128();
    };
    CHECK_THROWS_AS(read(), StoreError);
  }
}

}  // namespace tidemark
