#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// A dimension value's longest length in bytes.
inline constexpr std::size_t kMaxTextBytes = 512;
/// The most labels that one set may have; more are cut off after sorting, counted as cut text.
inline constexpr std::size_t kMaxLabels = 64;

/// Whether the text is valid UTF-8 without NUL: nothing for repair_utf8 to do.
bool is_clean_utf8(std::string_view text);

/// Replaces NUL and every byte that is not part of valid UTF-8 by U+FFFD. Returns whether anything was replaced; `out`
/// is the whole text in either case.
bool repair_utf8(std::string_view text, std::string& out);

/// Cuts text over kMaxTextBytes at a character boundary and ends it with `~` and 32 digits of its digest, so that
/// different long texts stay different. Returns whether it was cut.
bool cut_text(std::string& text);

/// Without ASCII white space at both ends.
std::string_view trim(std::string_view text);

/// `*` matches any run of characters, `?` one byte; everything else itself. Linear in text times pattern.
bool glob_matches(std::string_view pattern, std::string_view text);

/// ASCII lower case.
std::string to_lower(std::string_view text);

}  // namespace tidemark
