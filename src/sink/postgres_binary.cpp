#include "sink/postgres_binary.hpp"

#include <bit>
#include <cstring>

#include <tidemark/errors.hpp>

namespace tidemark {
namespace {

constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
/// PostgreSQL counts microseconds from 2000-01-01.
constexpr std::int64_t kPostgresEpoch = 946'684'800'000'000;
constexpr std::uint32_t kNullLength = 0xffffffff;
constexpr std::uint16_t kCopyEnd = 0xffff;
constexpr std::uint16_t kNegative = 0x4000;
constexpr unsigned kNumericBase = 10'000;

using Unsigned128 = unsigned __int128;

[[noreturn]] void malformed(const char* what) { throw InputError(std::string("PostgreSQL sent a malformed ") + what); }

int scale_of(std::int64_t divisor) {
  int scale = 0;
  for (; divisor > 1; divisor /= 10) ++scale;
  return scale;
}

/// A number as `numeric` has it: digits of base 10,000, the first one times 10,000^weight.
struct Numeric {
  std::uint16_t digits[12];  // 39 decimal digits, with the point anywhere, touch at most 11
  int count = 0;
  int weight = -1;
  void push(unsigned digit) { digits[count++] = static_cast<std::uint16_t>(digit); }
};

Numeric numeric_of(Unsigned128 whole, std::uint64_t fraction, int scale) {
  Numeric n;
  std::uint16_t reversed[12];
  int count = 0;
  for (; whole != 0; whole /= kNumericBase) reversed[count++] = static_cast<std::uint16_t>(whole % kNumericBase);
  n.weight = count - 1;
  while (count > 0) n.push(reversed[--count]);
  if (scale == 0) return n;
  // The fraction's digits count from the point: fill the last group of four.
  const int groups = (scale + 3) / 4;
  for (int i = scale; i < groups * 4; ++i) fraction *= 10;
  std::uint64_t unit = 1;
  for (int i = 1; i < groups; ++i) unit *= kNumericBase;
  for (; unit != 0; unit /= kNumericBase) n.push(static_cast<unsigned>(fraction / unit % kNumericBase));
  return n;
}

/// Zeros at both ends are not stored.
std::pair<int, int> significant(const Numeric& n) {
  int first = 0;
  int last = n.count;
  while (last > first && n.digits[last - 1] == 0) --last;
  while (first < last && n.digits[first] == 0) ++first;
  return {first, last};
}

/// An array of one dimension; calls `take` with each element's bytes.
template <typename Take>
void read_array(std::string_view bytes, SinkType element, const Take& take) {
  ByteReader in(bytes);
  const auto dimensions = in.big_endian<std::uint32_t>();
  in.big_endian<std::uint32_t>();  // whether there are NULLs
  if (in.big_endian<std::uint32_t>() != type_oid(element) || dimensions > 1) malformed("array");
  if (dimensions == 0) return;
  const auto count = in.big_endian<std::uint32_t>();
  in.big_endian<std::uint32_t>();  // the lower bound
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto length = in.big_endian<std::uint32_t>();
    if (length == kNullLength) malformed("array: it has a NULL");
    take(in.bytes(length));
  }
}

std::int64_t int64_of(std::string_view bytes) {
  ByteReader in(bytes);
  if (bytes.size() == 4) return static_cast<std::int32_t>(in.big_endian<std::uint32_t>());
  if (bytes.size() != 8) malformed("bigint");
  return static_cast<std::int64_t>(in.big_endian<std::uint64_t>());
}

}  // namespace

unsigned type_oid(SinkType type) {
  switch (type) {
    case SinkType::text: return 25;
    case SinkType::text_list: return 1009;
    case SinkType::boolean: return 16;
    case SinkType::bigint: return 20;
    case SinkType::integer: return 23;
    case SinkType::decimal:
    case SinkType::units: return 1700;
    case SinkType::real: return 701;
    case SinkType::instant: return 1184;
    case SinkType::bytes: return 17;
    case SinkType::uuid: return 2950;
    case SinkType::bigint_list: return 1016;
    case SinkType::digest_list: return 2951;
  }
  return 0;
}

void PostgresRowWriter::begin_copy() {
  out_.append(kSignature);
  put_big_endian<std::uint32_t>(out_, 0);  // flags
  put_big_endian<std::uint32_t>(out_, 0);  // no header extension
}

void PostgresRowWriter::begin_row(std::size_t columns) { put_big_endian(out_, static_cast<std::uint16_t>(columns)); }

void PostgresRowWriter::end_copy() { put_big_endian(out_, kCopyEnd); }

void PostgresRowWriter::length(std::size_t n) { put_big_endian(out_, static_cast<std::uint32_t>(n)); }

void PostgresRowWriter::null() { put_big_endian(out_, kNullLength); }

void PostgresRowWriter::text(std::string_view v) {
  length(v.size());
  out_.append(v);
}

void PostgresRowWriter::boolean(bool v) {
  length(1);
  put_u8(out_, v);
}

void PostgresRowWriter::bigint(std::int64_t v) {
  length(8);
  put_big_endian(out_, static_cast<std::uint64_t>(v));
}

void PostgresRowWriter::integer(std::int32_t v) {
  length(4);
  put_big_endian(out_, static_cast<std::uint32_t>(v));
}

void PostgresRowWriter::real(double v) {
  length(8);
  put_big_endian(out_, std::bit_cast<std::uint64_t>(v));
}

void PostgresRowWriter::instant(Instant v) { bigint(v.us - kPostgresEpoch); }

void PostgresRowWriter::uuid(const std::array<std::uint8_t, 16>& v) {
  length(v.size());
  out_.append(reinterpret_cast<const char*>(v.data()), v.size());
}

void PostgresRowWriter::decimal(const Decimal& v) {
  auto magnitude = static_cast<Unsigned128>(v.units);
  if (v.units < 0) magnitude = -magnitude;
  const int scale = scale_of(v.divisor);
  const auto divisor = static_cast<Unsigned128>(v.divisor);
  const Numeric n = numeric_of(magnitude / divisor, static_cast<std::uint64_t>(magnitude % divisor), scale);
  const auto [first, last] = significant(n);
  length(8 + 2 * static_cast<std::size_t>(last - first));
  put_big_endian(out_, static_cast<std::uint16_t>(last - first));
  put_big_endian(out_, static_cast<std::uint16_t>(first == last ? 0 : n.weight - first));
  put_big_endian<std::uint16_t>(out_, v.units < 0 ? kNegative : 0);
  put_big_endian(out_, static_cast<std::uint16_t>(scale));
  for (int i = first; i < last; ++i) put_big_endian(out_, n.digits[i]);
}

void PostgresRowWriter::array_head(std::size_t elements, std::size_t bytes, SinkType element) {
  length(12 + (elements == 0 ? 0 : 8 + 4 * elements + bytes));
  put_big_endian<std::uint32_t>(out_, elements == 0 ? 0 : 1);  // dimensions
  put_big_endian<std::uint32_t>(out_, 0);                      // no NULLs
  put_big_endian<std::uint32_t>(out_, type_oid(element));
  if (elements == 0) return;
  put_big_endian(out_, static_cast<std::uint32_t>(elements));
  put_big_endian<std::uint32_t>(out_, 1);  // the first index
}

void PostgresRowWriter::text_list(const std::vector<std::string>& v) {
  std::size_t bytes = 0;
  for (const std::string& item : v) bytes += item.size();
  array_head(v.size(), bytes, SinkType::text);
  for (const std::string& item : v) text(item);
}

void PostgresRowWriter::bigint_list(const std::vector<std::int64_t>& v) {
  array_head(v.size(), v.size() * 8, SinkType::bigint);
  for (const std::int64_t item : v) bigint(item);
}

void PostgresRowWriter::digest_list(const std::vector<Digest>& v) {
  array_head(v.size(), v.size() * 16, SinkType::uuid);
  for (const Digest& item : v) uuid(item.bytes);
}

bool PostgresRowReader::next(std::string_view message) {
  ByteReader in(message);
  if (!begun_) {
    if (in.bytes(kSignature.size()) != kSignature) malformed("copy");
    in.big_endian<std::uint32_t>();            // flags
    in.bytes(in.big_endian<std::uint32_t>());  // header extension
    begun_ = true;
  }
  const auto count = in.big_endian<std::uint16_t>();
  if (count == kCopyEnd) return false;
  if (count != fields_.size()) malformed("row");
  for (std::string_view& field : fields_) {
    const auto length = in.big_endian<std::uint32_t>();
    field = length == kNullLength ? std::string_view() : in.bytes(length);
  }
  return true;
}

bool PostgresRowReader::is_null(int column) const { return bytes(column).data() == nullptr; }

std::string_view PostgresRowReader::bytes(int column) const { return fields_[static_cast<std::size_t>(column)]; }

bool PostgresRowReader::boolean(int column) const { return bytes(column) == std::string_view("\1", 1); }

std::int64_t PostgresRowReader::bigint(int column) const { return int64_of(bytes(column)); }

double PostgresRowReader::real(int column) const { return std::bit_cast<double>(int64_of(bytes(column))); }

Instant PostgresRowReader::instant(int column) const { return {int64_of(bytes(column)) + kPostgresEpoch}; }

std::array<std::uint8_t, 16> PostgresRowReader::uuid(int column) const {
  std::array<std::uint8_t, 16> id;
  if (bytes(column).size() != id.size()) malformed("uuid");
  std::memcpy(id.data(), bytes(column).data(), id.size());
  return id;
}

Int128 PostgresRowReader::decimal(int column, std::int64_t divisor) const {
  ByteReader in(bytes(column));
  const auto count = in.big_endian<std::uint16_t>();
  const auto weight = static_cast<std::int16_t>(in.big_endian<std::uint16_t>());
  const auto sign = in.big_endian<std::uint16_t>();
  in.big_endian<std::uint16_t>();  // how many digits are shown
  if (sign != 0 && sign != kNegative) malformed("numeric: not a number");
  // Σ digit·10,000^(weight − i)·divisor, as decimal digits shifted by the divisor's scale. Counted downwards, because
  // the most negative value has no positive one.
  Int128 units = 0;
  int exponent = scale_of(divisor) + 4 * (weight + 1);  // of the digits still to come
  bool overflow = false;
  for (int i = 0; i < count; ++i) {
    unsigned group = in.big_endian<std::uint16_t>();
    for (unsigned place = kNumericBase / 10; place != 0; place /= 10, --exponent) {
      const unsigned digit = group / place % 10;
      if (exponent <= 0 && digit != 0) throw InputError("a numeric has more decimal places than its column");
      if (exponent <= 0) continue;
      overflow |= __builtin_mul_overflow(units, Int128{10}, &units);
      overflow |= __builtin_sub_overflow(units, static_cast<Int128>(digit), &units);
    }
  }
  for (; count != 0 && exponent > 0 && !overflow; --exponent)
    overflow |= __builtin_mul_overflow(units, Int128{10}, &units);
  if (sign == 0) overflow |= __builtin_sub_overflow(Int128{0}, units, &units);
  if (overflow) throw InputError("a numeric is beyond 128 bits");
  return units;
}

std::vector<std::string> PostgresRowReader::text_list(int column) const {
  std::vector<std::string> list;
  read_array(bytes(column), SinkType::text, [&](std::string_view item) { list.emplace_back(item); });
  return list;
}

std::vector<std::int64_t> PostgresRowReader::bigint_list(int column) const {
  std::vector<std::int64_t> list;
  list.reserve(bytes(column).size() / 12);
  read_array(bytes(column), SinkType::bigint, [&](std::string_view item) { list.push_back(int64_of(item)); });
  return list;
}

std::vector<Digest> PostgresRowReader::digest_list(int column) const {
  std::vector<Digest> list;
  read_array(bytes(column), SinkType::uuid, [&](std::string_view item) {
    if (item.size() != 16) malformed("uuid");
    std::memcpy(list.emplace_back().bytes.data(), item.data(), 16);
  });
  return list;
}

}  // namespace tidemark
