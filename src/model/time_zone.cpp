#include "model/time_zone.hpp"

namespace tidemark {
namespace {

class Utc final : public TimeZone {
 public:
  Micros offset_at(Instant) const override { return {}; }
  std::optional<Change> next_change(Instant) const override { return std::nullopt; }
};

}  // namespace

const TimeZone& utc() {
  static const Utc kUtc;
  return kUtc;
}

}  // namespace tidemark
