#include <catch2/catch.hpp>

#include "model/nearest.hpp"

using namespace tidemark;

TEST_CASE("the nearest known word is suggested when it is near enough") {
  CHECK(suggest("retenion", {"time", "retention", "fields"}) == " (did you mean 'retention'?)");
  CHECK(suggest("ib", {"in", "by"}) == " (did you mean 'in'?)");
  CHECK(suggest("elephant", {"time", "retention", "fields"}).empty());
  CHECK(suggest("x", {}).empty());
  CHECK(suggest(std::string(100'000, 'x'), {"x"}).empty());
}

TEST_CASE("words are listed as people list them") {
  CHECK(one_of({}) == "");
  CHECK(one_of({"a"}) == "'a'");
  CHECK(one_of({"a", "b"}) == "'a' or 'b'");
  CHECK(one_of({"a", "b", "c"}) == "'a', 'b' or 'c'");
}
