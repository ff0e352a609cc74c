#pragma once
#include <memory>
#include <string>

#include "model/schema.hpp"
#include "model/time_zone.hpp"

namespace tidemark {

/// A zone of the machine's database: $TZDIR, or /usr/share/zoneinfo. Empty, `UTC` and `Etc/UTC` need none.
/// A zone is read once in a process's life. Threads: any.
/// Errors: InputError when the machine knows no such zone, or none at all.
std::shared_ptr<const TimeZone> load_time_zone(const std::string& name);

/// Loads every zone that the definitions name. Errors: InputError with the view's name.
void check_time_zones(const Schema& schema);

}  // namespace tidemark
