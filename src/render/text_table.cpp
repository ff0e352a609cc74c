#include "render/text_table.hpp"

#include <algorithm>
#include <array>

namespace tidemark {

namespace {

struct Range {
  char32_t first, last;
};

constexpr std::array<Range, 7> kZeroWidth = {{{0x0300, 0x036f},
                                              {0x0483, 0x0489},
                                              {0x0591, 0x05bd},
                                              {0x200b, 0x200f},
                                              {0x20d0, 0x20ff},
                                              {0xfe00, 0xfe0f},
                                              {0xfe20, 0xfe2f}}};
constexpr std::array<Range, 10> kDoubleWidth = {{{0x1100, 0x115f},
                                                 {0x2e80, 0xa4cf},
                                                 {0xac00, 0xd7a3},
                                                 {0xf900, 0xfaff},
                                                 {0xfe30, 0xfe6f},
                                                 {0xff00, 0xff60},
                                                 {0xffe0, 0xffe6},
                                                 {0x1f300, 0x1f64f},
                                                 {0x1f680, 0x1f9ff},
                                                 {0x20000, 0x3fffd}}};

template <std::size_t N>
bool in_any(const std::array<Range, N>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(), [c](Range r) { return r.first <= c && c <= r.last; });
}

std::size_t width_of(char32_t c) {
  if (c < 0x300) return 1;
  if (in_any(kZeroWidth, c)) return 0;
  return in_any(kDoubleWidth, c) ? 2 : 1;
}

/// Takes one code point off the front. A byte that begins none counts as one character.
char32_t next_code_point(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc0 ? 1
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf8 ? 4
                                           : 1;
  if (length == 1 || length > text.size()) {
    text.remove_prefix(1);
    return lead < 0x80 ? lead : 0xfffd;
  }
  char32_t c = lead & (0xff >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) c = (c << 6) | (static_cast<unsigned char>(text[i]) & 0x3f);
  text.remove_prefix(length);
  return c;
}

void append_padded(std::string& line, std::string_view cell, std::size_t width, bool right_aligned) {
  const std::size_t blanks = width - std::min(width, display_width(cell));
  if (right_aligned) line.append(blanks, ' ');
  line += cell;
  if (!right_aligned) line.append(blanks, ' ');
}

void append_line(std::string& out, std::string line, std::size_t max_width) {
  line.erase(line.find_last_not_of(' ') + 1);
  out += max_width != 0 ? cut_to_width(line, max_width) : line;
  out += '\n';
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += width_of(next_code_point(text));
  return width;
}

std::string printable(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      // U+0080 to U+009F: terminals take them for escape sequences, too.
      const auto second = static_cast<unsigned char>(text[++i]);
      out += {'\\', 'x', kHex[second >> 4], kHex[second & 15]};
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t width = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view after = rest;
    const std::size_t next = width_of(next_code_point(after));
    if (width + next > columns - 1) break;
    width += next;
    rest = after;
  }
  return std::string(text.substr(0, text.size() - rest.size())) + "…";
}

std::string with_commas(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t i = digits.size(); i > 3;) digits.insert(i -= 3, ",");
  return digits;
}

std::string counted(std::uint64_t n, std::string_view noun) {
  return with_commas(n) + ' ' + std::string(noun) + (n == 1 ? "" : "s");
}

std::string text_table(const std::vector<TextColumn>& columns, const std::vector<std::vector<std::string>>& rows,
                       std::size_t max_width) {
  std::vector<std::size_t> widths;
  for (const TextColumn& column : columns) widths.push_back(display_width(column.header));
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string out, header, rule;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i != 0) header += "  ", rule += "  ";
    append_padded(header, columns[i].header, widths[i], columns[i].right_aligned);
    rule.append(widths[i], '-');
  }
  append_line(out, header, max_width);
  append_line(out, rule, max_width);
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i != 0) line += "  ";
      append_padded(line, row[i], widths[i], columns[i].right_aligned);
    }
    append_line(out, std::move(line), max_width);
  }
  return out;
}

}  // namespace tidemark
