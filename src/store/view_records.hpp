#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/views.hpp>

#include "model/cell.hpp"
#include "model/rows_builder.hpp"
#include "model/view_layout.hpp"

/// The records of the families views, refreshes and tables, byte by byte; docs/format.md, "Views". Each begins with its
/// version. Decoding: StoreError when it is damaged or of a newer one.
namespace tidemark {

/// What is known of a view as a whole.
struct ViewHead {
  std::optional<Refresh> running;  ///< Begun, and not ended yet.
  std::optional<Refresh> last;     ///< The last that ended.
  std::optional<Refresh> success;  ///< Whose rows are there.
  ViewLayout layout;               ///< Of those rows.
  std::uint32_t chunks = 0;        ///< In how many records they are.
};
std::string encode(const ViewHead& head);
ViewHead decode_view_head(std::string_view bytes);

std::string encode(const Refresh& refresh);
Refresh decode_refresh(std::string_view bytes);

/// Rows [begin, end) of a table.
std::string encode_rows(const Rows& rows, std::size_t begin, std::size_t end);
/// Adds them, each of `width` values, to `into`; returns how many.
std::size_t decode_rows(std::string_view bytes, std::size_t width, RowsBuilder& into);

/// Which attributes the rows of a dimension table have.
std::string encode_layout(const ViewLayout& layout);
ViewLayout decode_layout(std::string_view bytes);

/// One row of a dimension table, without its key.
std::string encode_attributes(const std::vector<Cell>& cells);
std::vector<Cell> decode_attributes(std::string_view bytes);

// Keys.
inline std::string view_head_key(std::string_view view) { return "h" + std::string(view); }
std::string view_rows_key(std::string_view view, std::uint32_t chunk);

}  // namespace tidemark
