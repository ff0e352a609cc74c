#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark::cli {

/// `128MB`, `1GB`, `65536`: bytes, with KB, MB or GB for powers of 1,024; an `i` in the middle and a missing `B` change
/// nothing. UsageError otherwise; `option` is who gave it.
std::uint64_t parse_size_argument(std::string_view option, std::string_view text);

}  // namespace tidemark::cli
