#include "store/view_records.hpp"

#include <span>

#include <tidemark/errors.hpp>

#include "model/bytes.hpp"

namespace tidemark {
namespace {

constexpr std::uint8_t kVersion = 1;

ByteReader open(std::string_view bytes, const char* what) {
  ByteReader in(bytes);
  const std::uint8_t version = in.u8();
  if (version != kVersion)
    throw StoreError(std::string(what) + " is of version " + std::to_string(version) + ", this program knows up to " +
                     std::to_string(kVersion) + "; use a newer version of Tidemark");
  return in;
}

void put_refresh(std::string& out, const Refresh& refresh) {
  put_varint(out, refresh.id);
  put_text(out, refresh.view);
  put_text(out, refresh.by);
  put_signed(out, refresh.started.us);
  put_u8(out, refresh.completed ? 1 : 0);
  if (refresh.completed) put_signed(out, refresh.completed->us);
  put_u8(out, static_cast<std::uint8_t>(refresh.status));
  put_varint(out, refresh.rows);
  put_text(out, refresh.error);
}

Refresh take_refresh(ByteReader& in) {
  Refresh refresh;
  refresh.id = in.varint();
  refresh.view = in.text();
  refresh.by = in.text();
  refresh.started = Instant{in.signed_varint()};
  if (in.u8() != 0) refresh.completed = Instant{in.signed_varint()};
  const std::uint8_t status = in.u8();
  if (status > static_cast<std::uint8_t>(Refresh::Status::failed))
    throw StoreError("a row of the refresh log is damaged: status " + std::to_string(status));
  refresh.status = static_cast<Refresh::Status>(status);
  refresh.rows = in.varint();
  refresh.error = in.text();
  return refresh;
}

void put_optional(std::string& out, const std::optional<Refresh>& refresh) {
  put_u8(out, refresh ? 1 : 0);
  if (refresh) put_refresh(out, *refresh);
}

std::optional<Refresh> take_optional(ByteReader& in) {
  if (in.u8() == 0) return std::nullopt;
  return take_refresh(in);
}

void put_layout(std::string& out, const ViewLayout& layout) {
  put_text(out, layout.view);
  put_varint(out, layout.columns.size());
  for (const ViewLayout::Column& column : layout.columns) {
    put_text(out, column.name);
    put_u8(out, static_cast<std::uint8_t>(column.type.kind));
    put_u8(out, static_cast<std::uint8_t>(column.type.scale));
    put_u8(out, column.is_key ? 1 : 0);
  }
}

ViewLayout take_layout(ByteReader& in) {
  ViewLayout layout;
  layout.view = in.text();
  for (std::size_t left = in.count(); left > 0; --left) {
    ViewLayout::Column column;
    column.name = in.text();
    column.type.kind = static_cast<ValueType::Kind>(in.u8());
    column.type.scale = in.u8();
    column.is_key = in.u8() != 0;
    layout.columns.push_back(std::move(column));
  }
  return layout;
}

/// What a value is, before its bytes.
enum class Tag : std::uint8_t { null, integer, real, decimal, text, text_list, instant, boolean };

void put_tag(std::string& out, Tag tag) { put_u8(out, static_cast<std::uint8_t>(tag)); }

void put_list(std::string& out, std::span<const std::string> texts) {
  put_tag(out, Tag::text_list);
  put_varint(out, texts.size());
  for (const std::string& text : texts) put_text(out, text);
}

unsigned decimals_of(std::int64_t divisor) {
  unsigned scale = 0;
  for (; divisor > 1; divisor /= 10) ++scale;
  return scale;
}

struct PutCell {
  std::string& out;
  void operator()(std::monostate) const { put_tag(out, Tag::null); }
  void operator()(std::int64_t v) const {
    put_tag(out, Tag::integer);
    put_signed(out, v);
  }
  void operator()(const Decimal& v) const {
    put_tag(out, Tag::decimal);
    put_u8(out, static_cast<std::uint8_t>(decimals_of(v.divisor)));
    put_int128(out, v.units);
  }
  void operator()(double v) const {
    put_tag(out, Tag::real);
    put_little_endian(out, v);
  }
  void operator()(const std::string& v) const {
    put_tag(out, Tag::text);
    put_text(out, v);
  }
  void operator()(const std::vector<std::string>& v) const { put_list(out, v); }
  void operator()(Instant v) const {
    put_tag(out, Tag::instant);
    put_signed(out, v.us);
  }
  void operator()(bool v) const {
    put_tag(out, Tag::boolean);
    put_u8(out, v ? 1 : 0);
  }
};

Cell take_cell(ByteReader& in) {
  const auto tag = static_cast<Tag>(in.u8());
  switch (tag) {
    case Tag::null: return {};
    case Tag::integer: return in.signed_varint();
    case Tag::real: return in.little_endian<double>();
    case Tag::text: return std::string(in.text());
    case Tag::instant: return Instant{in.signed_varint()};
    case Tag::boolean: return in.u8() != 0;
    case Tag::decimal: {
      Decimal decimal;
      for (unsigned scale = in.u8() % 19u; scale > 0; --scale) decimal.divisor *= 10;
      decimal.units = in.int128();
      return decimal;
    }
    case Tag::text_list: {
      std::vector<std::string> texts;
      for (std::size_t left = in.count(); left > 0; --left) texts.emplace_back(in.text());
      return texts;
    }
  }
  throw StoreError("a stored row is damaged: a value of kind " + std::to_string(static_cast<int>(tag)));
}

}  // namespace

std::string encode(const ViewHead& head) {
  std::string out;
  put_u8(out, kVersion);
  put_optional(out, head.running);
  put_optional(out, head.last);
  put_optional(out, head.success);
  put_layout(out, head.layout);
  put_varint(out, head.chunks);
  return out;
}

ViewHead decode_view_head(std::string_view bytes) {
  ByteReader in = open(bytes, "a view's record");
  ViewHead head;
  head.running = take_optional(in);
  head.last = take_optional(in);
  head.success = take_optional(in);
  head.layout = take_layout(in);
  head.chunks = static_cast<std::uint32_t>(in.varint());
  return head;
}

std::string encode(const Refresh& refresh) {
  std::string out;
  put_u8(out, kVersion);
  put_refresh(out, refresh);
  return out;
}

Refresh decode_refresh(std::string_view bytes) {
  ByteReader in = open(bytes, "a row of the refresh log");
  return take_refresh(in);
}

std::string encode_rows(const Rows& rows, std::size_t begin, std::size_t end) {
  std::string out;
  put_u8(out, kVersion);
  put_varint(out, end - begin);
  for (std::size_t row = begin; row < end; ++row)
    for (const Value value : rows[row]) std::visit(PutCell{out}, RowsBuilder::to_cell(value));
  return out;
}

std::size_t decode_rows(std::string_view bytes, std::size_t width, RowsBuilder& into) {
  ByteReader in = open(bytes, "a record of a view's rows");
  const std::uint64_t count = in.varint();
  std::vector<RowCell> cells(width);
  for (std::uint64_t row = 0; row < count; ++row) {
    for (RowCell& cell : cells) cell = into.cell(take_cell(in));
    auto place = into.add_row();
    for (const RowCell cell : cells) place.put(cell);
  }
  return count;
}

std::string encode_layout(const ViewLayout& layout) {
  std::string out;
  put_u8(out, kVersion);
  put_layout(out, layout);
  return out;
}

ViewLayout decode_layout(std::string_view bytes) {
  ByteReader in = open(bytes, "a dimension table's record");
  return take_layout(in);
}

std::string encode_attributes(const std::vector<Cell>& cells) {
  std::string out;
  put_u8(out, kVersion);
  put_varint(out, cells.size());
  for (const Cell& cell : cells) std::visit(PutCell{out}, cell);
  return out;
}

std::vector<Cell> decode_attributes(std::string_view bytes) {
  ByteReader in = open(bytes, "a row of a dimension table");
  std::vector<Cell> cells;
  for (std::size_t left = in.count(); left > 0; --left) cells.push_back(take_cell(in));
  return cells;
}

std::string view_rows_key(std::string_view view, std::uint32_t chunk) {
  std::string key = "r" + std::string(view) + '\0';
  put_big_endian(key, chunk);
  return key;
}

}  // namespace tidemark
