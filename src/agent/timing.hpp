#pragma once
#include <memory>
#include <optional>
#include <string>

#include <tidemark/time.hpp>

#include "model/cron.hpp"

namespace tidemark::agent {

/// When a job is due: at an interval, or by a cron expression in a time zone. Pure.
class Timing {
 public:
  Timing(Micros every) : every_(every) {}
  Timing(Cron cron, std::shared_ptr<const TimeZone> zone, std::string zone_name)
      : cron_(std::move(cron)), zone_(std::move(zone)), zone_name_(std::move(zone_name)) {}

  /// The first time later than `after`; of an interval, one after it.
  Instant next(Instant after) const { return cron_ ? cron_->next(after, *zone_) : after + every_; }
  /// The first time later than `now` of those that go on from `due`, which is not later than `now`.
  Instant following(Instant due, Instant now) const;
  /// The interval; of an expression, from its next time to the one after that.
  Micros gap(Instant now) const;
  bool is_interval() const { return !cron_; }

  /// `60s`, or the expression.
  std::string text() const { return cron_ ? cron_->text() : format_duration(every_); }
  /// Of an expression; else empty.
  const std::string& zone_name() const { return zone_name_; }

 private:
  Micros every_{};
  std::optional<Cron> cron_;
  std::shared_ptr<const TimeZone> zone_;  // of cron_: set
  std::string zone_name_;
};

}  // namespace tidemark::agent
