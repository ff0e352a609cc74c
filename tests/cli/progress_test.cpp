#include "cli/progress.hpp"

#include <catch2/catch.hpp>

using namespace tidemark::cli;

TEST_CASE("a progress line shows the share where a total is known") {
  CHECK(progress_line("recompute", 450'000, 1'000'000) ==
        "recompute  [#############.................]  45 %  450,000 of 1,000,000");
  CHECK(progress_line("recompute", 1, 1) == "recompute  [##############################]  100 %  1 of 1");
  CHECK(progress_line("recompute", 5, 3) == "recompute  [##############################]  100 %  3 of 3");
  CHECK(progress_line("ingest", 1234, 0) == "ingest  1,234");
}
