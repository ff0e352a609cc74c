#include "http/target.hpp"

#include <catch2/catch.hpp>

#include "support/property.hpp"

using namespace tidemark;
using namespace tidemark::http;

using Path = std::vector<std::string>;

TEST_CASE("a target is a path in segments and parameters in order") {
  const auto target = parse_target("/api/v1/rollups/a%2Fb?where=owner=acme&where=x%3D1&by=&last");
  REQUIRE(target);
  CHECK(target->path == Path{"api", "v1", "rollups", "a/b"});
  CHECK(target->all("where") == std::vector<std::string>{"owner=acme", "x=1"});
  CHECK(target->find("by") == "");
  CHECK(target->find("last") == "");
  CHECK_FALSE(target->find("none"));
}

TEST_CASE("the root, empty segments and a slash at the end are told apart") {
  CHECK(parse_target("/")->path.empty());
  CHECK(parse_target("/a/")->path == Path{"a", ""});
  CHECK(parse_target("//a")->path == Path{"", "a"});
  CHECK(parse_target("/a#fragment")->path == Path{"a"});
}

TEST_CASE("a target as a proxy gets it is understood") {
  CHECK(parse_target("http://localhost:4318/healthz?x=1")->path == Path{"healthz"});
  CHECK(parse_target("http://localhost")->path.empty());
}

TEST_CASE("plus is a blank in the query alone") {
  const auto target = parse_target("/a+b?c+d=e+f%2B");
  CHECK(target->path == Path{"a+b"});
  CHECK(target->find("c d") == "e f+");
}

TEST_CASE("what is no target is none") {
  for (const char* wrong :
       {"", "*", "a", "host:80", "/%", "/%4", "/%zz", "/a b", "/a\tb", "/../etc", "/a/%2e%2e", "/.", "?a=b"})
    CHECK_FALSE(parse_target(wrong));
  CHECK_FALSE(parse_target('/' + std::string(kMaxTargetBytes, 'a')));
  std::string deep, many = "/?";
  for (std::size_t i = 0; i <= kMaxPathSegments; ++i) deep += "/a";
  for (std::size_t i = 0; i <= kMaxParameters; ++i) many += "a=b&";
  CHECK_FALSE(parse_target(deep));
  CHECK_FALSE(parse_target(many));
}

TEST_CASE("what is encoded reads back the same, in the path and in the query") {
  test::check_property([](const std::string& a, const std::string& b) {
    const auto target = parse_target("/x" + encode_component(a) + "?n=" + encode_component(b));
    RC_ASSERT(target.has_value());
    RC_ASSERT(target->path.at(0) == "x" + a);
    RC_ASSERT(target->find("n") == b);
  });
}

TEST_CASE("no text breaks the reader, and what it takes is within its bounds") {
  test::check_property([](const std::string& text) {
    const auto target = parse_target('/' + text);
    if (!target) return;
    RC_ASSERT(target->path.size() <= kMaxPathSegments + 1);
    RC_ASSERT(target->parameters.size() <= kMaxParameters);
  });
}
