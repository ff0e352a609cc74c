#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

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

/// How a dimension table's rows come.
enum class TableFormat : std::uint8_t { csv, ndjson };

}  // namespace tidemark
