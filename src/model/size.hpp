#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

/// `128MB`, `1GB`, `65536`: bytes, with KB, MB or GB for powers of 1,024; an `i` in the middle and a missing `B` change
/// nothing. Nothing for anything else, and for what 64 bits cannot hold.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// The shortest text that parse_size reads back: `512MB`, `65537`.
std::string format_size(std::uint64_t bytes);

}  // namespace tidemark
