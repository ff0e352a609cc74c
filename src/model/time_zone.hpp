#pragma once
#include <optional>
#include <string_view>

#include <tidemark/time.hpp>

namespace tidemark {

/// What the clocks of a place show. Pure: those of the machine's database are read by engine/time_zones.hpp.
/// Threads: any.
class TimeZone {
 public:
  virtual ~TimeZone() = default;

  /// Local time less UTC.
  virtual Micros offset_at(Instant t) const = 0;

  struct Change {
    Instant at;            ///< From here on it is `after`.
    Micros before, after;  ///< Offsets; may be the same.
  };
  /// The first change later than `t`; nothing when there is none.
  virtual std::optional<Change> next_change(Instant t) const = 0;
};

/// The zone that never changes.
const TimeZone& utc();

/// Errors: InputError for what can be no zone's name, whether or not any machine knows it: `Europe/Amsterdam`, `UTC` can.
void check_time_zone_name(std::string_view name);

}  // namespace tidemark
