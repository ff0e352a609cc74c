#pragma once
#include <optional>
#include <string>
#include <vector>

#include "model/read_models.hpp"
#include "sink/sink_database.hpp"

namespace tidemark {

/// A sink's table `refreshes`: a row for every attempt to refresh a view. Only inside of the database's write() or read().
class RefreshLog {
 public:
  explicit RefreshLog(SinkDatabase& database) : database_(database) {}

  /// ReadModels::begin_refresh.
  std::uint64_t begin(const std::string& view, const std::string& by, Instant started);
  /// Writes down how the attempt ended. `rows`: of a success; `error`: of a failure.
  void end(std::uint64_t id, Instant completed, Refresh::Status status, std::optional<std::uint64_t> rows,
           std::optional<std::string> error);
  std::vector<Refresh> newest(const std::string& view, std::size_t limit);
  ReadModels::Attempts attempts(const std::string& view);
  std::uint64_t trim(Instant before);

 private:
  std::string columns(const std::string& table) const;
  std::vector<Refresh> read(const Statement& statement);
  Refresh refresh_of(const SinkDatabase::Row& row) const;
  [[noreturn]] void refuse(const std::string& what) const;

  SinkDatabase& database_;
};

}  // namespace tidemark
