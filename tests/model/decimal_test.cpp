#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "model/decimal.hpp"

using namespace tidemark;

namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

std::optional<std::int64_t> fixed(std::string_view text, std::int64_t divisor = kMillion, std::int64_t step = 1) {
  const auto number = parse_decimal(text);
  REQUIRE(number);
  return to_fixed_point(*number, divisor, step);
}

}  // namespace

TEST_CASE("decimal texts become fixed-point numbers exactly") {
  CHECK(fixed("0") == 0);
  CHECK(fixed("-0.0") == 0);
  CHECK(fixed("1") == kMillion);
  CHECK(fixed("+1.5") == 1'500'000);
  CHECK(fixed("-1.5e3") == -1'500'000'000);
  CHECK(fixed("1.4e-05") == 14);
  CHECK(fixed(".5") == 500'000);
  CHECK(fixed("5.") == 5'000'000);
  CHECK(fixed("1E+2", 1) == 100);
  CHECK(fixed("0.1") == 100'000);
  CHECK(fixed("000000000000000000000000000000000000000001") == kMillion);
  CHECK(fixed("0.000000000000000000000000000000000000000001e42") == kMillion);
  // A double cannot hold this one.
  CHECK(fixed("9007199254740993", 1) == 9'007'199'254'740'993);
}

TEST_CASE("halves are rounded away from zero") {
  CHECK(fixed("0.0000005") == 1);
  CHECK(fixed("-0.0000005") == -1);
  CHECK(fixed("0.00000049999999999999999999999999999999999999999999") == 0);
  CHECK(fixed("0.00000050000000000000000000000000000000000000000001") == 1);
  CHECK(fixed("2.5", 1) == 3);
  CHECK(fixed("-2.5", 1) == -3);
  CHECK(fixed("1e-1000") == 0);
  CHECK(fixed("1e-999999999999999999999") == 0);
}

TEST_CASE("values are rounded to a multiple of the step, once") {
  CHECK(fixed("0.0014999", kMillion, 1000) == 1000);
  CHECK(fixed("0.0015", kMillion, 1000) == 2000);
  CHECK(fixed("-0.0015", kMillion, 1000) == -2000);
  // Rounding to a microsecond first would make this 1500, and then 2000.
  CHECK(fixed("0.0014999999", kMillion, 1000) == 1000);
  CHECK(fixed("1.4999", 1, 3) == 0);
  CHECK(fixed("1.5", 1, 3) == 3);
}

TEST_CASE("what 64 bits cannot hold is out of range, and so is the value that stands for NULL") {
  CHECK(fixed("9223372036854775807", 1) == kMost);
  CHECK(fixed("9223372036854.775807") == kMost);
  CHECK(fixed("-9223372036854775807", 1) == -kMost);
  for (const char* text : {"9223372036854775808", "-9223372036854775808", "1e19", "1e1000", "1e99999999999999999999",
                           "123456789012345678901234567890123456789012345678901234567890"}) {
    CAPTURE(text);
    CHECK_FALSE(fixed(text, 1));
  }
  CHECK_FALSE(fixed("9223372036854.7758075"));
  CHECK_FALSE(fixed("9223372036854775807", 1, 2));
}

TEST_CASE("what is not a decimal number is refused") {
  for (const char* text : {"", "-", "+", ".", "e1", "1e", "1e+", "1.2.3", "--1", "1 ", " 1", "1,5", "0x10", "nan",
                           "inf", "1e1.5", "1_000", "١"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_decimal(text));
  }
}

TEST_CASE("integers of 64 bits survive the way through decimal text") {
  CHECK(rc::check([](std::int64_t value) {
    RC_PRE(value != std::numeric_limits<std::int64_t>::min());
    RC_ASSERT(to_fixed_point(*parse_decimal(std::to_string(value)), 1, 1) == value);
    RC_ASSERT(to_fixed_point(*parse_decimal(std::to_string(value) + "e-6"), kMillion, 1) == value);
  }));
}

TEST_CASE("rounding text and rounding a ratio agree") {
  CHECK(rc::check([] {
    const std::int64_t nanos = *rc::gen::inRange<std::int64_t>(-1'000'000'000'000, 1'000'000'000'000);
    const std::int64_t step = *rc::gen::element<std::int64_t>(1, 2, 3, 10, 1000, 60'000'000);
    const auto number = parse_decimal(std::to_string(nanos) + "e-9");
    const auto rounded = round_ratio(nanos, 1000, step);
    RC_ASSERT(rounded == to_fixed_point(*number, kMillion, step));
    RC_ASSERT(*rounded % step == 0);
    const Int128 error = Int128{*rounded} * 1000 - nanos;
    RC_ASSERT((error < 0 ? -error : error) * 2 <= Int128{step} * 1000);
  }));
}

TEST_CASE("ratios at the ends of 128 bits are out of range, not wrong") {
  const Int128 most = static_cast<Int128>(~static_cast<unsigned __int128>(0) >> 1);
  CHECK_FALSE(round_ratio(most, 1000, 1));
  CHECK_FALSE(round_ratio(-most - 1, 1000, 1));
}
