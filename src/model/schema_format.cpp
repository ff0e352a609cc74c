#include "model/predicate_text.hpp"
#include "model/schema_reader.hpp"
#include "model/schema_toml.hpp"
#include "model/view_expression.hpp"
#include "model/view_layout.hpp"

namespace tidemark {
namespace {

std::string quote_list(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) list += (list.size() > 1 ? ", " : "") + quote_toml(text);
  return list + "]";
}

void put_line(std::string& out, std::string_view key, const std::string& value) {
  out += std::string(key) + " = " + value + "\n";
}

void put_duration(std::string& out, std::string_view key, Micros value) {
  put_line(out, key, quote_toml(format_duration(value)));
}

std::string format_field(const SourceDef& source, std::size_t index) {
  const FieldDef& field = source.fields[index];
  std::string type = quote_toml(format_field_type(field, source));
  const bool says_required = field.required && static_cast<int>(index) != source.time_field;
  if (!says_required && field.attributes.empty()) return type;
  std::string text = "{ type = " + type;
  if (says_required) text += ", required = true";
  if (!field.attributes.empty()) text += ", attributes = " + quote_list(field.attributes);
  return text + " }";
}

void put_otlp(std::string& out, const SourceDef& source) {
  out += "\n[source." + source.name + ".otlp]\n";
  std::string match;
  for (const auto& [attribute, value] : source.otlp->attributes)
    match += (match.empty() ? "" : ", ") + quote_toml(attribute) + " = " + quote_toml(value);
  if (!match.empty()) put_line(out, "match", "{ " + match + " }");
  if (source.otlp->span_name) put_line(out, "span_name", quote_toml(*source.otlp->span_name));
}

void put_source(std::string& out, const SourceDef& source) {
  out += "[source." + source.name + "]\n";
  put_line(out, "time", quote_toml(source.fields[static_cast<std::size_t>(source.time_field)].name));
  put_duration(out, "retention", source.retention);
  put_duration(out, "identity_retention", source.identity_retention);
  put_duration(out, "allowed_lateness", source.allowed_lateness);
  if (source.one_way_per_run) put_line(out, "one_way_per_run", "true");
  if (!source.accept.empty()) {
    std::vector<std::string> names;
    for (const Way way : source.accept) names.emplace_back(name_of(way));
    put_line(out, "accept", quote_list(names));
  }
  out += "\n[source." + source.name + ".fields]\n";
  for (std::size_t i = 0; i < source.fields.size(); ++i) put_line(out, source.fields[i].name, format_field(source, i));
  if (source.otlp) put_otlp(out, source);
}

void put_guard(std::string& out, const RollupDef& rollup, const GuardDef& guard, const std::vector<std::string>& by) {
  out += "\n[rollup." + rollup.name + "." + by[static_cast<std::size_t>(guard.dimension)] + "]\n";
  if (!guard.allow.empty()) put_line(out, "allow", quote_list(guard.allow));
  put_line(out, "normalise", guard.normalise ? "true" : "false");
  if (guard.limit == 0) return;
  const std::string per = guard.per < 0 ? "" : "per = " + quote_toml(by[static_cast<std::size_t>(guard.per)]) + ", ";
  put_line(out, "max_sets", "{ " + per + "limit = " + std::to_string(guard.limit) + " }");
}

std::vector<std::string> field_names(const SourceDef& source, const std::vector<int>& fields) {
  std::vector<std::string> names;
  for (const int field : fields) names.push_back(source.fields[static_cast<std::size_t>(field)].name);
  return names;
}

void put_rollup(std::string& out, const Schema& schema, const RollupDef& rollup) {
  const SourceDef& source = schema.sources[static_cast<std::size_t>(rollup.source)];
  const std::vector<std::string> by = field_names(source, rollup.by);
  out += "[rollup." + rollup.name + "]\n";
  put_line(out, "source", quote_toml(source.name));
  if (rollup.every) put_duration(out, "every", *rollup.every);
  put_line(out, "by", quote_list(by));
  put_line(out, "inline", rollup.inline_fold ? "true" : "false");
  if (rollup.distribution_retention) put_duration(out, "distribution_retention", *rollup.distribution_retention);
  if (rollup.bucket_retention) put_duration(out, "bucket_retention", *rollup.bucket_retention);
  out += "\n[rollup." + rollup.name + ".columns]\n";
  for (const ColumnDef& column : rollup.columns) put_line(out, column.name, quote_toml(column.text));
  for (const GuardDef& guard : rollup.guards) put_guard(out, rollup, guard, by);
}

void put_table(std::string& out, const TableDef& table) {
  out += "[table." + table.name + "]\n";
  put_line(out, "key", quote_toml(table.key));
  out += "\n[table." + table.name + ".columns]\n";
  const SourceDef none;
  for (const FieldDef& column : table.columns) put_line(out, column.name, quote_toml(format_field_type(column, none)));
}

std::string format_span(const ViewDef& view) {
  switch (view.span) {
    case ViewDef::Span::all: return "all";
    case ViewDef::Span::last: return format_duration(view.length);
    case ViewDef::Span::this_day: return "this day";
    case ViewDef::Span::this_week: return "this week";
    case ViewDef::Span::this_month: return "this month";
  }
  return "";
}

void put_view_rows(std::string& out, const Schema& schema, const ViewDef& view) {
  const ViewLayout layout = view_layout(schema, view);
  if (!view.having.empty()) put_line(out, "having", quote_toml(format_having(view.having, schema, view)));
  if (!view.order.empty()) {
    std::vector<std::string> order;
    for (const ViewDef::Order& by : view.order)
      order.push_back(layout.columns[static_cast<std::size_t>(by.column)].name + (by.descending ? " desc" : ""));
    put_line(out, "order_by", quote_list(order));
  }
  if (view.limit) put_line(out, "limit", std::to_string(*view.limit));
  if (!view.rank.empty()) put_line(out, "rank", quote_toml(view.rank));
  if (!view.refresh.empty()) put_line(out, "refresh", quote_toml(view.refresh));
  if (!view.time_zone.empty()) put_line(out, "time_zone", quote_toml(view.time_zone));
  if (view.is_public) put_line(out, "public", "true");
  for (const auto& set : view.sets) {
    out += view.sets.size() == 1 ? "\n[view." + view.name + ".columns]\n" : "\n[[view." + view.name + ".rows]]\n";
    for (const ViewColumn& column : set) put_line(out, column.name, quote_toml(column.text));
  }
}

void put_view(std::string& out, const Schema& schema, const ViewDef& view) {
  out += "[view." + view.name + "]\n";
  put_line(out, "from", quote_toml(view.from));
  if (schema.rollups[static_cast<std::size_t>(view.rollup)].every)
    put_line(out, "window", quote_toml(format_span(view)));
  if (view.every) put_duration(out, "every", *view.every);
  if (view.total) put_line(out, "total", "true");
  if (view.fill) put_line(out, "fill", "true");
  if (!view.by.empty()) put_line(out, "by", quote_list(field_names(view.scope_source, view.by)));
  if (!view.own_where.always()) put_line(out, "where", quote_toml(format_predicate(view.own_where, view.scope_source)));
  put_view_rows(out, schema, view);
}

void put_recent(std::string& out, const Schema& schema, const RecentDef& recent) {
  const SourceDef& source = schema.sources[static_cast<std::size_t>(recent.source)];
  out += "[recent." + recent.name + "]\n";
  put_line(out, "source", quote_toml(source.name));
  if (!recent.per.empty()) put_line(out, "per", quote_list(field_names(source, recent.per)));
  if (!recent.item.empty()) put_line(out, "item", quote_list(field_names(source, recent.item)));
  if (!recent.columns.empty()) put_line(out, "columns", quote_list(field_names(source, recent.columns)));
  if (!recent.where.always()) put_line(out, "where", quote_toml(format_predicate(recent.where, source)));
  put_line(out, "keep", std::to_string(recent.keep));
  if (recent.window) put_duration(out, "window", *recent.window);
  if (recent.is_public) put_line(out, "public", "true");
}

/// One after the other, with a line between them.
template <typename Def, typename Put>
void put_all(std::string& out, const std::vector<Def>& all, const Put& put) {
  for (const Def& def : all) {
    if (!out.empty()) out += "\n";
    put(def);
  }
}

}  // namespace

std::string format_schema(const Schema& schema) {
  std::string out;
  put_all(out, schema.sources, [&](const SourceDef& source) { put_source(out, source); });
  put_all(out, schema.rollups, [&](const RollupDef& rollup) { put_rollup(out, schema, rollup); });
  put_all(out, schema.tables, [&](const TableDef& table) { put_table(out, table); });
  put_all(out, schema.views, [&](const ViewDef& view) { put_view(out, schema, view); });
  put_all(out, schema.recents, [&](const RecentDef& recent) { put_recent(out, schema, recent); });
  return out;
}

}  // namespace tidemark
