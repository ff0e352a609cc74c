#include "render/view_tables.hpp"

#include <numeric>

#include "model/rows_builder.hpp"

namespace tidemark {
namespace {

/// Builds a table row by row, in order.
class TableBuilder {
 public:
  explicit TableBuilder(std::vector<std::string> columns) : rows_(columns.size()) {
    table_.columns = std::move(columns);
  }

  RowsBuilder& cells() { return rows_; }
  void add(const std::vector<RowCell>& cells) {
    auto place = rows_.add_row();
    for (const RowCell cell : cells) place.put(cell);
    ++size_;
  }
  Table finish() {
    std::vector<std::uint32_t> order(size_);
    std::iota(order.begin(), order.end(), 0u);
    table_.rows = rows_.finish(std::move(order));
    table_.key_columns = 1;
    return std::move(table_);
  }

 private:
  Table table_;
  RowsBuilder rows_;
  std::size_t size_ = 0;
};

RowCell text_or_null(RowsBuilder& cells, const std::string& text) {
  return text.empty() ? RowsBuilder::null() : cells.text(text);
}

RowCell seconds_of(const Refresh& refresh) {
  if (!refresh.completed) return RowsBuilder::null();
  return RowsBuilder::real(static_cast<double>((*refresh.completed - refresh.started).count) / 1e6);
}

}  // namespace

Table views_table(const std::vector<ViewInfo>& views) {
  TableBuilder table(
      {"view", "from", "schedule", "refreshed_at", "rows", "duration_seconds", "last_status", "last_error"});
  RowsBuilder& cells = table.cells();
  for (const ViewInfo& view : views) {
    const std::string zone = view.time_zone.empty() ? "" : " " + view.time_zone;
    const auto& success = view.success;
    table.add({cells.text(view.name), cells.text(view.from),
               text_or_null(cells, view.schedule.empty() ? "" : view.schedule + zone),
               success && success->completed ? RowsBuilder::instant(*success->completed) : RowsBuilder::null(),
               success ? RowsBuilder::integer(success->rows) : RowsBuilder::null(),
               success ? seconds_of(*success) : RowsBuilder::null(),
               view.last ? cells.text(name_of(view.last->status)) : RowsBuilder::null(),
               view.last ? text_or_null(cells, view.last->error) : RowsBuilder::null()});
  }
  return table.finish();
}

Table refreshes_table(const std::vector<Refresh>& attempts) {
  TableBuilder table(
      {"id", "view", "refreshed_by", "started_at", "completed_at", "duration_seconds", "rows", "status", "error"});
  RowsBuilder& cells = table.cells();
  for (const Refresh& refresh : attempts)
    table.add({RowsBuilder::integer(refresh.id), cells.text(refresh.view), cells.text(refresh.by),
               RowsBuilder::instant(refresh.started),
               refresh.completed ? RowsBuilder::instant(*refresh.completed) : RowsBuilder::null(), seconds_of(refresh),
               RowsBuilder::integer(refresh.rows), cells.text(name_of(refresh.status)),
               text_or_null(cells, refresh.error)});
  return table.finish();
}

}  // namespace tidemark
