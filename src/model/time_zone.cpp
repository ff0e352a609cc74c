#include "model/time_zone.hpp"

#include <algorithm>
#include <string>

#include <tidemark/errors.hpp>

namespace tidemark {
namespace {

class Utc final : public TimeZone {
 public:
  Micros offset_at(Instant) const override { return {}; }
  std::optional<Change> next_change(Instant) const override { return std::nullopt; }
};

constexpr std::size_t kMostBytes = 64;

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

}  // namespace

const TimeZone& utc() {
  static const Utc kUtc;
  return kUtc;
}

void check_time_zone_name(std::string_view name) {
  // It names a file below the machine's zones, and must lead nowhere else.
  const bool good = !name.empty() && name.size() <= kMostBytes && is_alphanumeric(name.front()) &&
                    is_alphanumeric(name.back()) && name.find("//") == std::string_view::npos &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return is_alphanumeric(c) || c == '/' || c == '_' || c == '-' || c == '+';
                    });
  if (!good)
    throw InputError("expected a time zone such as 'Europe/Amsterdam' or 'UTC', found '" + std::string(name) + "'");
}

}  // namespace tidemark
