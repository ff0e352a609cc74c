#include "read/refresh.hpp"

#include <tidemark/errors.hpp>

#include "model/view_layout.hpp"
#include "read/view_plan.hpp"
#include "read/view_scope.hpp"

namespace tidemark {
namespace {

std::vector<DimensionRows> load_tables(const Schema& schema, const ViewDef& view, ReadModels& models) {
  std::vector<DimensionRows> tables(schema.tables.size());
  for (const int table : tables_of(view)) {
    const auto at = static_cast<std::size_t>(table);
    tables[at] = models.load_table(schema.tables[at]);
  }
  return tables;
}

}  // namespace

Refresh refresh_view(const Schema& schema, const ViewDef& view, const RefreshPlace& place, const Clock& clock) {
  Refresh attempt;
  attempt.view = view.name;
  attempt.by = place.by;
  attempt.started = clock();
  attempt.id = place.models.begin_refresh(view.name, place.by, attempt.started);
  try {
    const Table rows = view_rows(schema, view, place.buckets, load_tables(schema, view, place.models), attempt.started);
    attempt.completed = clock();
    attempt.rows = rows.rows.size();
    place.models.complete_refresh(view_layout(schema, view), attempt.id, *attempt.completed, rows);
    attempt.status = Refresh::Status::success;
  } catch (const Error& error) {
    attempt.completed = clock();
    attempt.status = Refresh::Status::failed;
    attempt.rows = 0;
    attempt.error = error.what();
    place.models.fail_refresh(attempt.id, *attempt.completed, attempt.error);
  }
  return attempt;
}

ViewInfo view_info(const ViewDef& view, ReadModels& models) {
  ReadModels::Attempts attempts = models.attempts(view.name);
  ViewInfo info;
  info.name = view.name;
  info.from = view.from;
  info.schedule = view.refresh;
  info.time_zone = view.time_zone;
  info.is_public = view.is_public;
  info.last = std::move(attempts.last);
  info.success = std::move(attempts.success);
  return info;
}

}  // namespace tidemark
