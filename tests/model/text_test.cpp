#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "model/digest.hpp"
#include "model/text.hpp"

using namespace tidemark;

namespace {

std::string repaired(std::string_view text) {
  std::string out;
  repair_utf8(text, out);
  return out;
}

/// Byte strings of all kinds, with long ASCII runs among them.
rc::Gen<std::string> any_bytes() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::oneOf(
                          rc::gen::container<std::string>(rc::gen::arbitrary<char>()),
                          rc::gen::just(std::string("a run of plain ASCII ")), rc::gen::just(std::string("é€😀")))),
                      [](const std::vector<std::string>& parts) {
                        std::string all;
                        for (const std::string& part : parts) all += part;
                        return all;
                      });
}

/// The definition, without any cleverness.
bool glob_by_definition(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*')
    return glob_by_definition(pattern.substr(1), text) ||
           (!text.empty() && glob_by_definition(pattern, text.substr(1)));
  return !text.empty() && (pattern.front() == '?' || pattern.front() == text.front()) &&
         glob_by_definition(pattern.substr(1), text.substr(1));
}

}  // namespace

TEST_CASE("valid UTF-8 is left as it is") {
  for (const char* text :
       {"", "plain", "a text of more than eight bytes", "é", "€uro", "😀", "\x7f", "a\tb\n", "\xEF\xBF\xBD",
        "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF", "\xEE\x80\x80", "\xE0\xA0\x80", "\xF0\x90\x80\x80", "\xC2\x80"}) {
    CAPTURE(text);
    CHECK(is_clean_utf8(text));
    CHECK(repaired(text) == text);
  }
}

TEST_CASE("NUL and every byte that is not part of valid UTF-8 become U+FFFD") {
  CHECK(repaired(std::string_view("a\0b", 3)) == "a\uFFFDb");
  CHECK(repaired(std::string_view("12345678\0", 9)) == "12345678\uFFFD");
  CHECK(repaired("\xFF") == "\uFFFD");
  CHECK(repaired("a\x80z") == "a\uFFFDz");
  CHECK(repaired("\xC3") == "\uFFFD");
  CHECK(repaired("\xE2\x82") == "\uFFFD\uFFFD");
  CHECK(repaired("\xC0\xAF") == "\uFFFD\uFFFD");            // overlong
  CHECK(repaired("\xE0\x9F\xBF") == "\uFFFD\uFFFD\uFFFD");  // overlong
  CHECK(repaired("\xF0\x8F\xBF\xBF") == "\uFFFD\uFFFD\uFFFD\uFFFD");
  CHECK(repaired("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");            // a surrogate
  CHECK(repaired("\xF4\x90\x80\x80") == "\uFFFD\uFFFD\uFFFD\uFFFD");  // past U+10FFFF
  CHECK(repaired("\xF5x") == "\uFFFDx");
  CHECK(repaired("\xE2\x82"
                 "a") ==
        "\uFFFD\uFFFD"
        "a");
}

TEST_CASE("a repaired text is valid, and repairing it again changes nothing") {
  CHECK(rc::check([] {
    const std::string text = *any_bytes();
    std::string out;
    const bool changed = repair_utf8(text, out);
    RC_ASSERT(is_clean_utf8(out));
    RC_ASSERT(changed == (out != text));
    RC_ASSERT(changed != is_clean_utf8(text));
  }));
}

TEST_CASE("a text of up to 512 bytes is not cut") {
  std::string text(kMaxTextBytes, 'x');
  CHECK_FALSE(cut_text(text));
  CHECK(text.size() == kMaxTextBytes);
}

TEST_CASE("a longer text is cut to 512 bytes and ends with its digest") {
  const std::string original(kMaxTextBytes + 1, 'x');
  std::string text = original;
  CHECK(cut_text(text));
  CHECK(text == std::string(kMaxTextBytes - 33, 'x') + "~" + to_hex(digest_of(original)));
  CHECK_FALSE(cut_text(text));
}

TEST_CASE("long texts that differ only behind the cut stay different") {
  std::string a = std::string(1000, 'x') + "a";
  std::string b = std::string(1000, 'x') + "b";
  cut_text(a);
  cut_text(b);
  CHECK(a != b);
}

TEST_CASE("a cut never splits a character") {
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string text(shift, 'x');
    while (text.size() < 600) text += "😀";
    CHECK(cut_text(text));
    CHECK(text.size() <= kMaxTextBytes);
    CHECK(is_clean_utf8(text));
  }
}

TEST_CASE("trimming takes ASCII white space off both ends") {
  CHECK(trim("  a b\t\r\n") == "a b");
  CHECK(trim(" \v\f ").empty());
  CHECK(trim("").empty());
  CHECK(trim("\u00A0a") == "\u00A0a");
}

TEST_CASE("globs match runs with * and single bytes with ?") {
  CHECK(glob_matches("*", ""));
  CHECK(glob_matches("linux-*", "linux-x64"));
  CHECK(glob_matches("*-x64", "linux-x64"));
  CHECK(glob_matches("a*b*c", "aXXbYYbc"));
  CHECK(glob_matches("r-?", "r-7"));
  CHECK(glob_matches("*.*", "a*b.c"));
  CHECK_FALSE(glob_matches("", "a"));
  CHECK_FALSE(glob_matches("r-?", "r-"));
  CHECK_FALSE(glob_matches("linux", "Linux"));
  CHECK_FALSE(glob_matches("a*b", "abc"));
}

TEST_CASE("globs match exactly what their definition says") {
  CHECK(rc::check([] {
    const auto letters = rc::gen::container<std::string>(rc::gen::element('a', 'b', '*', '?'));
    const auto pattern = *rc::gen::resize(8, letters);
    const auto text = *rc::gen::resize(10, rc::gen::container<std::string>(rc::gen::element('a', 'b')));
    RC_ASSERT(glob_matches(pattern, text) == glob_by_definition(pattern, text));
  }));
}

TEST_CASE("a glob of many stars takes no more than text times pattern steps") {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  pattern += "b";
  CHECK_FALSE(glob_matches(pattern, std::string(20'000, 'a')));
}

TEST_CASE("lower case changes ASCII letters only") { CHECK(to_lower("AbZ-É9") == "abz-É9"); }
