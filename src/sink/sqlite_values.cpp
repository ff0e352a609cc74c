#include "sink/sqlite_values.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "sink/json_list.hpp"

namespace tidemark {

void SqliteValueWriter::null() { statement_.check(sqlite3_bind_null(statement_.handle(), next())); }

void SqliteValueWriter::bigint(std::int64_t v) { statement_.check(sqlite3_bind_int64(statement_.handle(), next(), v)); }

void SqliteValueWriter::real(double v) { statement_.check(sqlite3_bind_double(statement_.handle(), next(), v)); }

void SqliteValueWriter::bind_held() {
  const std::string& held = hold();
  statement_.check(
      sqlite3_bind_text64(statement_.handle(), next(), held.data(), held.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void SqliteValueWriter::text(std::string_view v) {
  hold().assign(v);
  bind_held();
}

void SqliteValueWriter::text_list(const std::vector<std::string>& v) {
  hold().clear();
  put_json_list(hold(), v);
  bind_held();
}

void SqliteValueWriter::units(Int128 v) {
  const bool small = v >= std::numeric_limits<std::int64_t>::min() && v <= std::numeric_limits<std::int64_t>::max();
  if (small) return bigint(static_cast<std::int64_t>(v));
  text(to_text(v));
}

void SqliteValueWriter::instant(Instant v) {
  Held& held = held_[at_];
  if (held.instant != v) {
    held.bytes = format_rfc3339(v);
    held.instant = v;
  }
  bind_held();
}

void SqliteValueWriter::bytes(std::string_view v) {
  std::string& held = hold();
  held.assign(v);
  statement_.check(sqlite3_bind_blob64(statement_.handle(), next(), held.data(), held.size(), SQLITE_STATIC));
}

void SqliteValueWriter::uuid(const std::array<std::uint8_t, 16>& v) {
  Held& held = held_[at_];
  if (held.uuid != v) {
    held.bytes = to_text(AgentId{v});
    held.uuid = v;
  }
  bind_held();
}

void SqliteValueWriter::bigint_list(const std::vector<std::int64_t>& v) {
  hold().clear();
  put_json_list(hold(), v);
  bind_held();
}

void SqliteValueWriter::digest_list(const std::vector<Digest>& v) {
  std::string all;
  all.reserve(v.size() * 16);
  for (const Digest& digest : v) all.append(digest.view());
  bytes(all);
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
