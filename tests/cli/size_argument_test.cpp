#include "cli/size_argument.hpp"

#include <catch2/catch.hpp>

#include "cli/options.hpp"

using namespace tidemark::cli;

TEST_CASE("sizes are bytes, or powers of 1,024 with a unit") {
  CHECK(parse_size_argument("--memory", "65536") == 65536);
  CHECK(parse_size_argument("--memory", "64K") == 65536);
  CHECK(parse_size_argument("--memory", "128MB") == 128u << 20);
  CHECK(parse_size_argument("--memory", " 128 MiB ") == 128u << 20);
  CHECK(parse_size_argument("--memory", "2gb") == std::uint64_t{2} << 30);
}

TEST_CASE("a size that is none is refused with the option's name") {
  for (const char* wrong : {"", "MB", "-1", "1.5GB", "12 parsecs", "99999999999999999999", "18014398509481984KB"}) {
    INFO(wrong);
    CHECK_THROWS_AS(parse_size_argument("--memory", wrong), UsageError);
  }
  CHECK_THROWS_WITH(parse_size_argument("--memory", "much"), "--memory: expected a size such as 128MB, found 'much'");
}
