#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <tidemark/time.hpp>

#include "model/bytes.hpp"

namespace tidemark {

/// An exact decimal: units / divisor, the divisor being a power of ten.
struct Decimal {
  Int128 units = 0;
  std::int64_t divisor = 1;
  friend bool operator==(const Decimal&, const Decimal&) = default;
};

/// `-12.345000`: all digits of the divisor's scale; no exponent.
std::string to_text(const Decimal& d);
std::string to_text(Int128 v);
/// The double nearest to units, divided by the divisor once.
double to_double(const Decimal& d);
/// Reads what to_text(Int128) writes. InputError otherwise.
Int128 parse_int128(std::string_view text);
/// The shortest text that reads back as the same double.
std::string to_text(double v);

/// One value of a result: NULL, bigint, numeric, double precision, text, text[], timestamptz, boolean.
using Cell = std::variant<std::monostate, std::int64_t, Decimal, double, std::string, std::vector<std::string>, Instant, bool>;

inline bool is_null(const Cell& c) { return std::holds_alternative<std::monostate>(c); }

}  // namespace tidemark
