// A program of Catch2's whose report the tests read. One section a case: Catch2's report has an entry for each section,
// and its summary counts cases.
#include <catch2/catch.hpp>

TEST_CASE("adds") { CHECK(1 + 1 == 2); }
TEST_CASE("is wrong") { CHECK(2 - 1 == 2); }
TEST_CASE("throws") { throw std::runtime_error("on purpose"); }
TEST_CASE("says <xml> & \"quotes\"") { SUCCEED(); }
