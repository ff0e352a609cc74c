#pragma once
#include <string_view>

namespace tidemark {

/// The text of schemas/ci.toml, as it was when the program was built.
extern const std::string_view kShippedCiToml;

}  // namespace tidemark
