#pragma once
#include <cstdint>
#include <string_view>

namespace tidemark::cli {

/// What model/size.hpp reads. UsageError otherwise; `option` is who gave it.
std::uint64_t parse_size_argument(std::string_view option, std::string_view text);

}  // namespace tidemark::cli
