#pragma once
#include <optional>
#include <string_view>

#include <tidemark/time.hpp>

namespace tidemark {

/// An absolute instant in any of the shapes that CI systems and test frameworks write: RFC 3339, with spaces around the
/// time (`2024-01-03T 12:40:13Z`), `2021-03-07 10:36:56 UTC`, RFC 1123 (`Sun, 07 Mar 2021 10:36:56 GMT`). Nothing for
/// times without an offset: nobody knows in which zone they are.
std::optional<Instant> parse_vendor_time(std::string_view text);

}  // namespace tidemark
