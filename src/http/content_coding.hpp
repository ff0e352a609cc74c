#pragma once
#include <optional>
#include <string>
#include <string_view>

/// Compressed answers. Pure.
namespace tidemark::http {

/// Whether an `Accept-Encoding` takes gzip: by its name or by `*`, and not with `q=0`.
bool accepts_gzip(std::string_view accept_encoding);

/// The bytes as one gzip member; nothing when that would spare too little to be worth inflating: of less than 512 bytes, or
/// less than a tenth of them.
std::optional<std::string> gzip_if_worth(std::string_view bytes);

}  // namespace tidemark::http
