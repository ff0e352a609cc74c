#include "sink/refresh_log.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include <tidemark/errors.hpp>

#include "model/cell.hpp"
#include "sink/statement_text.hpp"

namespace tidemark {
namespace {

/// How long an attempt may take before anybody may say that it was stopped.
constexpr Micros kLongest = days(1);

std::uint64_t number_of(const std::optional<std::string>& text) {
  std::uint64_t number = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

}  // namespace

std::uint64_t RefreshLog::begin(const std::string& view, const std::string& by, Instant started) {
  const std::string now = format_rfc3339(started);
  const std::string table = database_.table("refreshes");
  StatementText close(database_.dialect());
  // Nobody knows when it was stopped, so it has no duration.
  close.sql("UPDATE " + table + " SET status = 'failed', completed_at = ").value(now);
  close.sql(", error = 'it was stopped before it was done' WHERE status = 'running' AND ((view = ").value(view);
  close.sql(" AND refreshed_by = ").value(by).sql(") OR started_at < ").value(format_rfc3339(started - kLongest));
  database_.rows(close.sql(") RETURNING id").take());

  StatementText insert(database_.dialect());
  insert.sql("INSERT INTO " + table + " (view, refreshed_by, started_at, status) VALUES (").value(view).sql(", ");
  insert.value(by).sql(", ").value(now).sql(", 'running') RETURNING id");
  return number_of(database_.rows(insert.take()).at(0).at(0));
}

void RefreshLog::end(std::uint64_t id, Instant completed, Refresh::Status status, std::optional<std::uint64_t> rows,
                     std::optional<std::string> error) {
  const std::string table = database_.table("refreshes");
  StatementText select(database_.dialect());
  select.sql("SELECT " + instant_as_text(database_.dialect(), "started_at") + ", status FROM " + table +
             " WHERE id = ");
  const auto found = database_.rows(select.value(std::to_string(id)).take());
  const auto started = found.empty() ? std::nullopt : parse_rfc3339(found[0][0].value_or(""));
  if (!started) refuse("its table refreshes has no row " + std::to_string(id) + " any more; somebody took it out");
  // The answer to its COMMIT was lost, and whoever tried took it for a failure: the rows are there.
  if (status == Refresh::Status::failed && found[0][1] == name_of(Refresh::Status::success)) return;

  StatementText update(database_.dialect());
  update.sql("UPDATE " + table + " SET status = ").value(std::string(name_of(status)));
  // Two hosts' clocks may differ.
  completed = std::max(completed, *started);
  update.sql(", completed_at = ").value(format_rfc3339(completed)).sql(", duration_seconds = ");
  update.value(to_text(to_double({(completed - *started).count, 1'000'000}))).sql(", rows = ");
  update.value(rows ? std::optional(std::to_string(*rows)) : std::nullopt).sql(", error = ").value(std::move(error));
  database_.rows(update.sql(" WHERE id = ").value(std::to_string(id)).sql(" RETURNING id").take());
}

std::vector<Refresh> RefreshLog::newest(const std::string& view, std::size_t limit) {
  StatementText select(database_.dialect());
  select.sql("SELECT " + columns("r") + " FROM " + database_.table("refreshes") + " AS r");
  if (!view.empty()) select.sql(" WHERE r.view = ").value(view);
  return read(
      select.sql(" ORDER BY r.id DESC LIMIT " + std::to_string(std::min<std::size_t>(limit, INT32_MAX))).take());
}

ReadModels::Attempts RefreshLog::attempts(const std::string& view) {
  const std::string table = database_.table("refreshes");
  // One statement, so that both are of one moment.
  StatementText select(database_.dialect());
  select.sql("SELECT * FROM (SELECT " + columns("r") + ", 'last' FROM " + table + " AS r WHERE r.view = ").value(view);
  select.sql(" AND r.status <> 'running' ORDER BY r.id DESC LIMIT 1) AS l UNION ALL SELECT " + columns("r") +
             ", 'success' FROM " + table + " AS r JOIN " + database_.table("views") +
             " AS v ON v.refresh = r.id WHERE v.view = ");
  ReadModels::Attempts attempts;
  for (const SinkDatabase::Row& row : database_.rows(select.value(view).take()))
    (row.back() == "last" ? attempts.last : attempts.success) = refresh_of(row);
  return attempts;
}

std::uint64_t RefreshLog::trim(Instant before) {
  const std::string table = database_.table("refreshes");
  StatementText erase(database_.dialect());
  erase.sql("DELETE FROM " + table + " WHERE completed_at < ").value(format_rfc3339(before));
  erase.sql(" AND id NOT IN (SELECT refresh FROM " + database_.table("views") +
            ") AND id NOT IN (SELECT max(id) FROM " + table + " WHERE status <> 'running' GROUP BY view) RETURNING id");
  return database_.rows(erase.take()).size();
}

std::string RefreshLog::columns(const std::string& table) const {
  const auto instant = [&](const std::string& name) {
    return instant_as_text(database_.dialect(), table + "." + name);
  };
  const auto column = [&](const std::string& name) { return ", " + table + "." + name; };
  return table + ".id" + column("view") + column("refreshed_by") + ", " + instant("started_at") + ", " +
         instant("completed_at") + column("status") + column("rows") + column("error");
}

std::vector<Refresh> RefreshLog::read(const Statement& statement) {
  std::vector<Refresh> log;
  for (const SinkDatabase::Row& row : database_.rows(statement)) log.push_back(refresh_of(row));
  return log;
}

Refresh RefreshLog::refresh_of(const SinkDatabase::Row& row) const {
  Refresh refresh;
  refresh.id = number_of(row.at(0));
  refresh.view = row.at(1).value_or("");
  refresh.by = row.at(2).value_or("");
  const auto started = parse_rfc3339(row.at(3).value_or(""));
  if (row.at(4)) refresh.completed = parse_rfc3339(*row[4]);
  refresh.rows = number_of(row.at(6));
  refresh.error = row.at(7).value_or("");
  const std::string status = row.at(5).value_or("");
  for (const auto known : {Refresh::Status::running, Refresh::Status::success, Refresh::Status::failed})
    if (status == name_of(known)) refresh.status = known;
  if (!started || (row.at(4) && !refresh.completed) || status != name_of(refresh.status))
    refuse("row " + std::to_string(refresh.id) + " of its table refreshes cannot be read; it was changed by others");
  refresh.started = *started;
  return refresh;
}

void RefreshLog::refuse(const std::string& what) const {
  throw SinkError(SinkError::Kind::permanent, "sink " + database_.name() + ": " + what);
}

}  // namespace tidemark
