#include "http/view_support.hpp"

#include <numeric>

#include "model/rows_builder.hpp"

namespace tidemark::test {
namespace {

Refresh attempt(const std::string& view, std::int64_t number) {
  Refresh refresh;
  refresh.id = static_cast<std::uint64_t>(number);
  refresh.view = view;
  refresh.started = kNow + seconds(number);
  refresh.completed = refresh.started + Micros{250'000};
  refresh.status = Refresh::Status::success;
  return refresh;
}

}  // namespace

ViewRows refreshed(const std::string& name, std::int64_t number, std::size_t rows) {
  ViewRows view = never_refreshed(name);
  view.info.last = view.info.success = attempt(name, number);
  view.table.columns = {"account", "refresh"};
  RowsBuilder builder(2);
  std::vector<std::uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0u);
  for (std::size_t row = 0; row < rows; ++row) {
    auto place = builder.add_row();
    place.put(builder.text("account " + std::to_string(row)));
    place.put(RowsBuilder::integer(static_cast<std::uint64_t>(number)));
  }
  view.table.rows = builder.finish(std::move(order));
  return view;
}

ViewRows refreshed_public(const std::string& name, std::int64_t number, std::size_t rows) {
  ViewRows view = refreshed(name, number, rows);
  view.info.is_public = true;
  return view;
}

ViewRows then_failed(ViewRows view, const std::string& error) {
  Refresh failed = view.info.last ? *view.info.last : attempt(view.info.name, 0);
  failed.started = failed.started + seconds(60);
  failed.completed = failed.started;
  failed.status = Refresh::Status::failed;
  failed.error = error;
  view.info.last = failed;
  return view;
}

ViewRows never_refreshed(const std::string& name) {
  ViewRows view;
  view.info.name = name;
  view.info.from = "ci_job_metrics";
  return view;
}

void publish(Running& running, const ViewRows& view, std::optional<Instant> next) {
  running.server->pages().publish(view.info.name, [&] { return http::ViewPages::Read{view, next}; });
}

}  // namespace tidemark::test
