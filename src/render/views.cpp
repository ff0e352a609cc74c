#include "render/views.hpp"

namespace tidemark {
namespace {

Value text_or_null(const std::string& text) { return text.empty() ? Value() : Value(text); }
Value instant_or_null(const std::optional<Instant>& t) { return t ? Value(*t) : Value(); }

}  // namespace

Report refresh_json(const Refresh& refresh) {
  Report out;
  out.set("id", refresh.id).set("view", Value(refresh.view)).set("by", Value(refresh.by));
  out.set("status", Value(name_of(refresh.status))).set("started_at", Value(refresh.started));
  out.set("completed_at", instant_or_null(refresh.completed));
  const bool ended = refresh.completed.has_value();
  out.set("duration_seconds",
          ended ? Value(static_cast<double>((*refresh.completed - refresh.started).count) / 1e6) : Value());
  out.set("rows", refresh.status == Refresh::Status::success ? Value(refresh.rows) : Value());
  return out.set("error", text_or_null(refresh.error));
}

Report refreshes_json(const std::vector<Refresh>& refreshes) {
  Report list = Report::list();
  for (const Refresh& refresh : refreshes) list.add(refresh_json(refresh));
  return list;
}

Report view_json(const ViewInfo& view) {
  Report out;
  out.set("name", Value(view.name)).set("from", Value(view.from));
  out.set("schedule", text_or_null(view.schedule)).set("time_zone", text_or_null(view.time_zone));
  out.set("public", Value(view.is_public));
  const auto& success = view.success;
  out.set("refreshed_at", success ? instant_or_null(success->completed) : Value());
  out.set("rows", success ? Value(success->rows) : Value());
  return out.set("last_refresh", view.last ? refresh_json(*view.last) : Report(Value()));
}

Report views_json(const std::vector<ViewInfo>& views) {
  Report list = Report::list();
  for (const ViewInfo& view : views) list.add(view_json(view));
  return list;
}

}  // namespace tidemark
