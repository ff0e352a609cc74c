#pragma once
#include <optional>
#include <string_view>

#include <tidemark/time.hpp>

namespace tidemark {

/// A JUnit `time` in seconds, exact to the microsecond: `0`, `1.4e-05`, `2,503.1` (thousands), `0,288` and `12,5` (a lone
/// comma that cannot separate thousands is a decimal one), `1.234,5`. Nothing when it is negative, no number, or longer
/// than kMaxJunitSeconds.
std::optional<Micros> parse_junit_seconds(std::string_view text);

/// About thirty years.
inline constexpr std::int64_t kMaxJunitSeconds = 1'000'000'000;

}  // namespace tidemark
