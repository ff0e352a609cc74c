#include "render/text_table.hpp"

#include <catch2/catch.hpp>

using namespace tidemark;

TEST_CASE("display_width counts what a terminal shows, not bytes") {
  CHECK(display_width("") == 0);
  CHECK(display_width("abc") == 3);
  CHECK(display_width("größe") == 5);
  CHECK(display_width("e\u0301") == 1);  // e and a combining accent
  CHECK(display_width("日本") == 4);
  CHECK(display_width("🚀") == 2);
  CHECK(display_width("\xff\xc3") == 2);  // no UTF-8: a column a byte
}

TEST_CASE("printable shows control characters instead of sending them to the terminal") {
  CHECK(printable("plain größe") == "plain größe");
  CHECK(printable("a\x1b[31mred\n\t\x7f") == "a\\x1b[31mred\\n\\t\\x7f");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\x9b31m");  // U+009B begins an escape sequence, too
}

TEST_CASE("cut_to_width marks what it cut and never splits a character") {
  CHECK(cut_to_width("abcdef", 6) == "abcdef");
  CHECK(cut_to_width("abcdef", 5) == "abcd…");
  CHECK(cut_to_width("日本語", 4) == "日…");
  CHECK(cut_to_width("abc", 1) == "…");
  CHECK(cut_to_width("abc", 0).empty());
}

TEST_CASE("with_commas and counted") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1000) == "1,000");
  CHECK(with_commas(1234567) == "1,234,567");
  CHECK(with_commas(18446744073709551615u) == "18,446,744,073,709,551,615");
  CHECK(counted(1, "row") == "1 row");
  CHECK(counted(1500, "row") == "1,500 rows");
}

TEST_CASE("text_table aligns numbers to the right, texts to the left, and ends no line in blanks") {
  const std::string table = text_table({{"owner"}, {"runs", true}}, {{"größe", "7"}, {"a", "1200"}});
  CHECK(table ==
        "owner  runs\n"
        "-----  ----\n"
        "größe     7\n"
        "a      1200\n");
}

TEST_CASE("text_table cuts lines to the terminal") {
  const std::string table = text_table({{"owner"}, {"runs", true}}, {{"abcdefgh", "1"}}, 9);
  CHECK(table ==
        "owner   …\n"
        "--------…\n"
        "abcdefgh…\n");
}
