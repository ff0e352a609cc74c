#include "sink/sink_read_models.hpp"

#include <tidemark/errors.hpp>

namespace tidemark {

/// The sink may never have been synced to, or by older programs alone.
void SinkReadModels::make_log() {
  if (!has_log_) database_.take_migrations();
  has_log_ = true;
}

bool SinkReadModels::has_log() {
  if (!has_log_) database_.read("looking at its tables", [&] { has_log_ = database_.stored("views").has_value(); });
  return has_log_;
}

std::uint64_t SinkReadModels::begin_refresh(const std::string& view, const std::string& by, Instant started) {
  make_log();
  std::uint64_t id = 0;
  database_.write("beginning to refresh view " + view, [&] { id = log_.begin(view, by, started); });
  return id;
}

void SinkReadModels::fail_refresh(std::uint64_t id, Instant completed, const std::string& error) {
  database_.write("noting that a refresh failed",
                  [&] { log_.end(id, completed, Refresh::Status::failed, std::nullopt, error); });
}

std::vector<Refresh> SinkReadModels::log(const std::string& view, std::size_t limit) {
  std::vector<Refresh> newest;
  if (has_log()) database_.read("reading its refresh log", [&] { newest = log_.newest(view, limit); });
  return newest;
}

ReadModels::Attempts SinkReadModels::attempts(const std::string& view) {
  Attempts attempts;
  if (has_log()) database_.read("reading its refresh log", [&] { attempts = log_.attempts(view); });
  return attempts;
}

std::uint64_t SinkReadModels::trim_log(Instant before) {
  std::uint64_t trimmed = 0;
  if (has_log()) database_.write("trimming its refresh log", [&] { trimmed = log_.trim(before); });
  return trimmed;
}

void SinkReadModels::create(const TableLayout& table) {
  database_.create(create_table_sql(table, database_.table(table.table)));
}

void SinkReadModels::refuse(const std::string& what) const {
  throw SinkError(SinkError::Kind::permanent, "sink " + database_.name() + ": " + what);
}

}  // namespace tidemark
