#include "model/key.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "support/property.hpp"

namespace tidemark {
namespace {

DimensionValue text(std::string value) { return {false, std::move(value), {}}; }
DimensionValue set(std::vector<std::string> labels) { return {true, {}, std::move(labels)}; }

}  // namespace

TEST_CASE("label sets have one form: trimmed, sorted by bytes, without repeats and empty ones") {
  const std::vector<std::string> expected{"Linux", "linux", "x64", "größe"};
  const auto parsed = parse_labels(canonical_labels({" x64", "linux", "", "größe", "Linux ", "x64"}));
  CHECK(std::is_permutation(parsed.begin(), parsed.end(), expected.begin(), expected.end()));
  CHECK(std::is_sorted(parsed.begin(), parsed.end()));
  // Bytes above 0x7f sort behind ASCII, as in PostgreSQL's COLLATE "C".
  CHECK(parse_labels(canonical_labels({"é", "z"})) == std::vector<std::string>{"z", "é"});
}

TEST_CASE("the same dimension values give the same key, whatever the labels' order") {
  test::check_property([] {
    auto labels = *rc::gen::arbitrary<std::vector<std::string>>();
    const std::string owner = *rc::gen::arbitrary<std::string>();
    const std::string key = canonical_key({text(owner), set(labels)});
    std::reverse(labels.begin(), labels.end());
    labels.insert(labels.end(), labels.begin(), labels.end());
    RC_ASSERT(canonical_key({text(owner), set(labels)}) == key);
    const auto parsed = parse_key(key);
    RC_ASSERT(parsed.size() == 2u);
    RC_ASSERT(parsed[0].text == owner);
    RC_ASSERT(canonical_key(parsed) == key);
  });
}

TEST_CASE("different dimension values give different keys") {
  CHECK(canonical_key({text("ab"), text("c")}) != canonical_key({text("a"), text("bc")}));
  CHECK(canonical_key({text("a")}) != canonical_key({set({"a"})}));
  CHECK(canonical_key({set({"a", "b"})}) != canonical_key({set({"a,b"})}));
  CHECK(canonical_key({set({})}) != canonical_key({set({"x"})}));
  CHECK(key_digest(canonical_key({text("A")})) != key_digest(canonical_key({text("a")})));
}

TEST_CASE("a user's own __other__ is told from the guard's") {
  CHECK(escape_other("__other__") == "\\__other__");
  CHECK(escape_other("\\__other__") == "\\\\__other__");
  CHECK(escape_other("x__other__") == "x__other__");
  CHECK(escape_other("") == "");
}

TEST_CASE("digests are SHA-256's first half") {
  // NIST's example: SHA-256("abc").
  CHECK(to_hex(digest_of("abc")) == "ba7816bf8f01cfea414140de5dae2223");
  CHECK(DigestBuilder().add("ab").add("c").finish() != DigestBuilder().add("a").add("bc").finish());
}

}  // namespace tidemark
