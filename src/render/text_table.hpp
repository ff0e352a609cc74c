#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Tables and texts for people at a terminal. Pure.
namespace tidemark {

/// Columns that UTF-8 text takes on a terminal: none for combining characters, two for East Asian wide ones and emoji.
std::size_t display_width(std::string_view text);

/// Control characters (that could move the cursor or recolour the terminal) as `\n`, `\t` or `\x1b`.
std::string printable(std::string_view text);

/// At most `columns` columns of it, the last one `…` when something was cut.
std::string cut_to_width(std::string_view text, std::size_t columns);

/// `1,234,567`.
std::string with_commas(std::uint64_t n);

/// A count and its noun: `1 row`, `1,234 rows`.
std::string counted(std::uint64_t n, std::string_view noun);

struct TextColumn {
  std::string header;
  bool right_aligned = false;
};

/// Header, a rule, and the rows, in columns as wide as their widest cell and two spaces apart; no blanks at line ends.
/// Cells must be printable. Lines are cut to `max_width` columns; 0 cuts nothing.
std::string text_table(const std::vector<TextColumn>& columns, const std::vector<std::vector<std::string>>& rows,
                       std::size_t max_width = 0);

}  // namespace tidemark
