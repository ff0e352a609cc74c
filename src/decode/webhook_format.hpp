#pragma once
#include <optional>
#include <string_view>

#include <tidemark/engine.hpp>

namespace tidemark {

/// Whose webhook this is, by the keys of the outermost object that are in `prefix`, the beginning of a document; nothing
/// when it is none. A document with a key `source`, which every NDJSON span has, is none.
std::optional<InputFormat> webhook_format(std::string_view prefix);

}  // namespace tidemark
