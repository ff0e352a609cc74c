#include "model/text.hpp"

#include <cstdint>
#include <cstring>

#include "model/digest.hpp"

namespace tidemark {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::size_t kDigestDigits = 32;

std::uint8_t byte_at(std::string_view text, std::size_t i) { return static_cast<std::uint8_t>(text[i]); }

bool is_continuation(std::string_view text, std::size_t i) {
  return i < text.size() && (byte_at(text, i) & 0xC0) == 0x80;
}

/// How many bytes from `i` on are plain ASCII without NUL, in steps of eight.
std::size_t ascii_run(std::string_view text, std::size_t i) {
  constexpr std::uint64_t kHigh = 0x8080808080808080u;
  constexpr std::uint64_t kLow = 0x0101010101010101u;
  const std::size_t start = i;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, sizeof word);
    // The right half has a bit for every zero byte (and, past the first one, maybe for others).
    if (((word | ((word - kLow) & ~word)) & kHigh) != 0) break;
  }
  return i - start;
}

/// The second byte's range depends on the first: no overlong forms, no surrogates, nothing past U+10FFFF.
bool second_byte_fits(std::uint8_t first, std::uint8_t second) {
  switch (first) {
    case 0xE0: return second >= 0xA0;
    case 0xED: return second <= 0x9F;
    case 0xF0: return second >= 0x90;
    case 0xF4: return second <= 0x8F;
    default: return true;
  }
}

/// The length of the character at `i`; 0 when there is none (NUL counts as none).
std::size_t character_size(std::string_view text, std::size_t i) {
  const std::uint8_t first = byte_at(text, i);
  if (first < 0x80) return first == 0 ? 0 : 1;
  const std::size_t size = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  for (std::size_t k = 1; k < size; ++k)
    if (!is_continuation(text, i + k)) return 0;
  return size != 0 && second_byte_fits(first, byte_at(text, i + 1)) ? size : 0;
}

/// The length of the longest clean start of the text.
std::size_t clean_prefix(std::string_view text) {
  std::size_t i = ascii_run(text, 0);
  while (i < text.size()) {
    const std::size_t size = character_size(text, i);
    if (size == 0) return i;
    i += size;
    if (size > 1) i += ascii_run(text, i);
  }
  return i;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

bool is_clean_utf8(std::string_view text) { return clean_prefix(text) == text.size(); }

bool repair_utf8(std::string_view text, std::string& out) {
  out.clear();
  bool repaired = false;
  for (;;) {
    const std::size_t clean = clean_prefix(text);
    out.append(text.substr(0, clean));
    if (clean == text.size()) return repaired;
    out.append(kReplacement);
    repaired = true;
    text.remove_prefix(clean + 1);
  }
}

bool cut_text(std::string& text) {
  if (text.size() <= kMaxTextBytes) return false;
  const std::string digest = to_hex(digest_of(text));
  std::size_t size = kMaxTextBytes - kDigestDigits - 1;
  while (size > 0 && is_continuation(text, size)) --size;
  text.resize(size);
  text.push_back('~');
  text += digest;
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool glob_matches(std::string_view pattern, std::string_view text) {
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = kNone;  // the last `*` passed, and how much of the text it has taken so far
  std::size_t taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != kNone) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

}  // namespace tidemark
