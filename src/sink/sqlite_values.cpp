#include "sink/sqlite_values.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "sink/json_list.hpp"

namespace tidemark {

void SqliteRows::clear() {
  values_.clear();
  bytes_.clear();
  std::fill(last_.begin(), last_.end(), Last());
}

void SqliteRows::bind(std::size_t row, const SqliteStatement& statement) const {
  sqlite3_stmt* const to = statement.handle();
  const auto bind = [&](int column, const Value& value) {
    switch (value.kind) {
      case Kind::null: return sqlite3_bind_null(to, column);
      case Kind::integer: return sqlite3_bind_int64(to, column, value.integer);
      case Kind::real: return sqlite3_bind_double(to, column, value.real);
      case Kind::text:
        return sqlite3_bind_text64(to, column, bytes_.data() + value.at, value.size, SQLITE_STATIC, SQLITE_UTF8);
      case Kind::blob: return sqlite3_bind_blob64(to, column, bytes_.data() + value.at, value.size, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
  };
  for (std::size_t i = 0; i < last_.size(); ++i)
    statement.check(bind(static_cast<int>(i) + 1, values_[row * last_.size() + i]));
}

void SqliteRows::add_bytes(Kind kind, std::size_t at) {
  constexpr std::size_t kMost = 1'000'000'000;
  const std::size_t size = bytes_.size() - at;
  if (size > kMost) throw SinkError(SinkError::Kind::row, "a value is larger than SQLite's limit of 1 GB");
  Value& value = values_.emplace_back();
  value.kind = kind;
  value.at = at;
  value.size = static_cast<std::uint32_t>(size);
}

void SqliteRows::null() { values_.emplace_back(); }

void SqliteRows::bigint(std::int64_t v) {
  Value& value = values_.emplace_back();
  value.kind = Kind::integer;
  value.integer = v;
}

void SqliteRows::real(double v) {
  Value& value = values_.emplace_back();
  value.kind = Kind::real;
  value.real = v;
}

void SqliteRows::text(std::string_view v) {
  const std::size_t at = bytes_.size();
  bytes_.append(v);
  add_bytes(Kind::text, at);
}

void SqliteRows::text_list(const std::vector<std::string>& v) {
  const std::size_t at = bytes_.size();
  put_json_list(bytes_, v);
  add_bytes(Kind::text, at);
}

void SqliteRows::units(Int128 v) {
  const bool small = v >= std::numeric_limits<std::int64_t>::min() && v <= std::numeric_limits<std::int64_t>::max();
  if (small) return bigint(static_cast<std::int64_t>(v));
  text(to_text(v));
}

void SqliteRows::instant(Instant v) {
  Last& known = last();
  if (known.instant == v) {
    values_.push_back(known.value);
    return;
  }
  text(format_rfc3339(v));
  known.instant = v;
  known.value = values_.back();
}

void SqliteRows::bytes(std::string_view v) {
  const std::size_t at = bytes_.size();
  bytes_.append(v);
  add_bytes(Kind::blob, at);
}

void SqliteRows::uuid(const std::array<std::uint8_t, 16>& v) {
  Last& known = last();
  if (known.uuid == v) {
    values_.push_back(known.value);
    return;
  }
  text(to_text(AgentId{v}));
  known.uuid = v;
  known.value = values_.back();
}

void SqliteRows::bigint_list(const std::vector<std::int64_t>& v) {
  const std::size_t at = bytes_.size();
  put_json_list(bytes_, v);
  add_bytes(Kind::text, at);
}

void SqliteRows::digest_list(const std::vector<Digest>& v) {
  const std::size_t at = bytes_.size();
  for (const Digest& digest : v) bytes_.append(digest.view());
  add_bytes(Kind::blob, at);
}

bool SqliteValueReader::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::string_view SqliteValueReader::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return {text == nullptr ? "" : text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::vector<std::string> SqliteValueReader::text_list(int column) const { return parse_json_texts(text(column)); }

std::int64_t SqliteValueReader::bigint(int column) const { return sqlite3_column_int64(statement_, column); }

Int128 SqliteValueReader::decimal(int column, std::int64_t divisor) const {
  // The text has all digits of the divisor's scale, so that the point only has to go.
  std::string digits(text(column));
  digits.erase(std::remove(digits.begin(), digits.end(), '.'), digits.end());
  const Int128 units = parse_int128(digits);
  if (to_text(Decimal{units, divisor}) != text(column)) throw InputError("a decimal has another scale than its column");
  return units;
}

Int128 SqliteValueReader::units(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_INTEGER) return bigint(column);
  return parse_int128(text(column));
}

double SqliteValueReader::real(int column) const { return sqlite3_column_double(statement_, column); }

Instant SqliteValueReader::instant(int column) const {
  const auto instant = parse_rfc3339(text(column));
  if (!instant) throw InputError("'" + std::string(text(column)) + "' is no instant");
  return *instant;
}

std::string_view SqliteValueReader::bytes(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {bytes == nullptr ? "" : bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::array<std::uint8_t, 16> SqliteValueReader::uuid(int column) const { return parse_agent_id(text(column)).bytes; }

std::vector<std::int64_t> SqliteValueReader::bigint_list(int column) const { return parse_json_integers(text(column)); }

std::vector<Digest> SqliteValueReader::digest_list(int column) const {
  const std::string_view all = bytes(column);
  if (all.size() % 16 != 0) throw InputError("a list of digests is not a multiple of 16 bytes long");
  std::vector<Digest> digests(all.size() / 16);
  for (std::size_t i = 0; i < digests.size(); ++i) std::memcpy(digests[i].bytes.data(), all.data() + i * 16, 16);
  return digests;
}

}  // namespace tidemark
