#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/table.hpp>
#include <tidemark/time.hpp>

/// What people read instead of rollups: views, the log of their refreshes, and dimension tables.
namespace tidemark {

/// Tells the time to work that has to say how long it took.
using Clock = std::function<Instant()>;

/// One attempt to refresh a view: a row of the refresh log.
struct Refresh {
  enum class Status : std::uint8_t { running, success, failed };
  std::uint64_t id = 0;  ///< Grows with each attempt at the same store or sink.
  std::string view;
  std::string by;  ///< Who tried: the store's agent, or `host` for a command without a store.
  Instant started;
  std::optional<Instant> completed;  ///< Not set: it runs.
  Status status = Status::running;
  std::uint64_t rows = 0;
  std::string error;  ///< Of a failed one.
};
/// `running`, `success`, `failed`.
const char* name_of(Refresh::Status status);

/// A view and how it stands.
struct ViewInfo {
  std::string name;
  std::string from;       ///< As declared.
  std::string schedule;   ///< A cron expression; empty: it has none.
  std::string time_zone;  ///< Of the schedule; empty: UTC.
  bool is_public = false;
  std::optional<Refresh> last;     ///< The last attempt that ended.
  std::optional<Refresh> success;  ///< The one that made the present rows; none: it was never refreshed.
};

/// The rows of a view's last complete refresh.
struct ViewRows {
  ViewInfo info;
  Table table;  ///< No rows when it was never refreshed.
};

/// A declared list of recently used things.
struct RecentInfo {
  std::string name;
  std::vector<std::string> per;  ///< The fields that make a group.
  bool is_public = false;        ///< Anybody may read it, without a token.
};

/// How a dimension table's rows come.
enum class TableFormat : std::uint8_t { csv, ndjson };

/// Views, dimension tables and recents of one place: a store (Engine::read_side) or a sink.
/// Threads: one at a time for a sink's; a store's may be called by any. Errors: InputError for a name that is not declared;
/// those of the place.
class ReadSide {
 public:
  /// A sink's, without any store. `schema_paths` as in EngineOptions; empty: the shipped definitions. `by` is who refreshes.
  static std::unique_ptr<ReadSide> open(const std::string& sink_url, const std::vector<std::string>& schema_paths,
                                        const std::string& by);
  virtual ~ReadSide() = default;

  /// Refreshes views one after the other; empty: all of them. Each attempt is a row of the refresh log; one that fails
  /// leaves the view's rows as they are and stops no other. Readers see the rows of one refresh or of the next. Returns the
  /// attempts.
  virtual std::vector<Refresh> refresh_views(const std::vector<std::string>& names, const Clock& clock) = 0;
  virtual std::vector<ViewInfo> views() = 0;
  virtual ViewRows view(const std::string& name) = 0;
  /// The newest attempts first; of one view, or of all when `view` is empty.
  virtual std::vector<Refresh> refresh_log(const std::string& view, std::size_t limit) = 0;
  /// Forgets attempts that ended before `before`, but for each view's last one and its last success. Returns how many.
  virtual std::uint64_t trim_refresh_log(Instant before) = 0;

  /// Sets a dimension table's rows, at once: to these alone, or with `merge` those of the keys that are there. Returns how
  /// many came. `name` is what messages call the document. InputError with line and attribute for what cannot be read, and
  /// nothing has changed.
  virtual std::uint64_t put_table(const std::string& table, std::string_view document, TableFormat format,
                                  const std::string& name, bool merge) = 0;
  virtual Table table(const std::string& table) = 0;

  /// The last used things of a group, newest first; `group` has a text for each field of the recent's `per`, written as
  /// Query::where has them. At most `limit`; those of its `window` before `now` alone. Cost: what it gives.
  virtual Table recent(const std::string& name, const std::vector<std::string>& group, std::size_t limit, Instant now) = 0;
};

}  // namespace tidemark
