#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <tidemark/engine.hpp>

#include "model/digest.hpp"

/// Long answers in pages. Pure. A page begins behind the last row of the one before it, told by that row's window and
/// dimensions, so that rows which come or go between two requests neither shift the others nor show twice.
namespace tidemark::http {

/// Where a page ended.
struct PageCursor {
  Digest query;                     ///< fingerprint() of what it belongs to.
  std::optional<Instant> from, to;  ///< As the first page took them: `-7d` stays what it was.
  std::optional<Instant> window;    ///< Of the last row, where rows have one.
  Digest last;                      ///< key_of() the last row.
};

/// Opaque, safe in URLs.
std::string encode_cursor(const PageCursor& cursor);
/// Nothing when it is none.
std::optional<PageCursor> decode_cursor(std::string_view text);

/// Differs for queries that differ in anything but `from` and `to`.
Digest fingerprint(const Query& query);

/// What tells a row from all others of its table.
Digest key_of(const Table& table, std::size_t row);

/// The row behind the cursor's; nothing when that row is gone.
std::optional<std::size_t> row_behind(const Table& table, const PageCursor& cursor);

}  // namespace tidemark::http
