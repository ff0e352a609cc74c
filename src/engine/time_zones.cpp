#include "engine/time_zones.hpp"

#include <absl/time/time.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

#include <tidemark/errors.hpp>

#include "model/nearest.hpp"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostZones = 5000;

class DatabaseZone final : public TimeZone {
 public:
  explicit DatabaseZone(absl::TimeZone zone) : zone_(zone) {}

  Micros offset_at(Instant t) const override { return seconds(zone_.At(absl::FromUnixMicros(t.us)).offset); }

  std::optional<Change> next_change(Instant t) const override {
    absl::TimeZone::CivilTransition found;
    if (!zone_.NextTransition(absl::FromUnixMicros(t.us), &found)) return std::nullopt;
    const Instant at{absl::ToUnixMicros(zone_.At(found.to).trans)};
    return Change{at, offset_at(at - Micros{1}), offset_at(at)};
  }

 private:
  absl::TimeZone zone_;
};

std::string database_folder() {
  const char* folder = std::getenv("TZDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/usr/share/zoneinfo";
}

/// For an error message: what may have been meant.
std::string nearest_zone(const std::string& name, const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::recursive_directory_iterator file(folder, error), end; !error && file != end; file.increment(error)) {
    const std::string path = file->path().lexically_relative(folder).string();
    if (path == "posix" || path == "right") file.disable_recursion_pending();
    names.push_back(path);
    if (names.size() >= kMostZones) break;
  }
  return suggest(name, {names.begin(), names.end()});
}

}  // namespace

std::shared_ptr<const TimeZone> load_time_zone(const std::string& name) {
  if (name.empty() || name == "UTC" || name == "Etc/UTC") return {std::shared_ptr<void>(), &utc()};
  check_time_zone_name(name);
  absl::TimeZone zone;
  if (absl::LoadTimeZone(name, &zone)) return std::make_shared<DatabaseZone>(zone);
  const std::string folder = database_folder();
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw InputError("the time zone '" + name + "' cannot be read: this machine has no " + folder +
                     "; install its time zones (Debian's package tzdata), or use UTC");
  throw InputError("expected a time zone that " + folder + " has, found '" + name + "'" + nearest_zone(name, folder));
}

void check_time_zones(const Schema& schema) {
  for (const ViewDef& view : schema.views) {
    try {
      load_time_zone(view.time_zone);
    } catch (const InputError& e) {
      throw InputError("[view." + view.name + "] time_zone: " + e.what());
    }
  }
}

}  // namespace tidemark
