#include "http/page.hpp"

#include <algorithm>

#include "model/bytes.hpp"

namespace tidemark::http {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kInstantBytes = 9;
constexpr std::size_t kCursorBytes = 1 + 16 + 3 * kInstantBytes + 16;

void put_instant(std::string& out, const std::optional<Instant>& t) {
  put_u8(out, t.has_value());
  put_little_endian(out, t ? t->us : std::int64_t{0});
}

std::optional<Instant> take_instant(std::string_view& bytes) {
  const bool there = bytes[0] != 0;
  Instant t;
  std::memcpy(&t.us, bytes.data() + 1, sizeof t.us);
  bytes.remove_prefix(kInstantBytes);
  return there ? std::optional(t) : std::nullopt;
}

Digest take_digest(std::string_view& bytes) {
  Digest digest;
  std::memcpy(digest.bytes.data(), bytes.data(), digest.bytes.size());
  bytes.remove_prefix(digest.bytes.size());
  return digest;
}

void add_value(DigestBuilder& digest, const Value& value) {
  digest.add(static_cast<std::int64_t>(value.kind()));
  if (value.kind() != Value::Kind::text_list) {
    digest.add(value.to_string());
    return;
  }
  digest.add(static_cast<std::int64_t>(value.list().size()));
  for (const std::string& item : value.list()) digest.add(item);
}

void add_names(DigestBuilder& digest, const std::vector<std::string>& names) {
  digest.add(static_cast<std::int64_t>(names.size()));
  for (const std::string& name : names) digest.add(name);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

std::string encode_cursor(const PageCursor& cursor) {
  std::string bytes(1, kVersion);
  bytes += cursor.query.view();
  put_instant(bytes, cursor.from);
  put_instant(bytes, cursor.to);
  put_instant(bytes, cursor.window);
  bytes += cursor.last.view();
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) text += {kHex[static_cast<unsigned char>(c) >> 4], kHex[c & 15]};
  return text;
}

std::optional<PageCursor> decode_cursor(std::string_view text) {
  if (text.size() != 2 * kCursorBytes) return std::nullopt;
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high << 4 | low);
  }
  if (decoded[0] != kVersion) return std::nullopt;
  std::string_view bytes = std::string_view(decoded).substr(1);
  PageCursor cursor;
  cursor.query = take_digest(bytes);
  cursor.from = take_instant(bytes);
  cursor.to = take_instant(bytes);
  cursor.window = take_instant(bytes);
  cursor.last = take_digest(bytes);
  return cursor;
}

Digest fingerprint(const Query& query) {
  DigestBuilder digest;
  digest.add(query.rollup).add(static_cast<std::int64_t>(query.where.size()));
  for (const auto& [dimension, value] : query.where) digest.add(dimension).add(value);
  digest.add(static_cast<std::int64_t>(query.windows)).add(query.width.count);
  digest.add(std::int64_t{query.by.has_value()});
  if (query.by) add_names(digest, *query.by);
  add_names(digest, query.columns);
  return digest.finish();
}

Digest key_of(const Table& table, std::size_t row) {
  DigestBuilder digest;
  const Row values = table.rows[row];
  for (std::size_t c = 0; c < std::min(table.key_columns, values.size()); ++c) add_value(digest, values[c]);
  return digest.finish();
}

std::optional<std::size_t> row_behind(const Table& table, const PageCursor& cursor) {
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    if (cursor.window && table.rows[row][0].instant() > *cursor.window) break;
    if (key_of(table, row) == cursor.last) return row + 1;
  }
  return std::nullopt;
}

}  // namespace tidemark::http
