#include "model/schema_reader.hpp"
#include "model/schema_toml.hpp"

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

void put_rollup(std::string& out, const Schema& schema, const RollupDef& rollup) {
  const SourceDef& source = schema.sources[static_cast<std::size_t>(rollup.source)];
  std::vector<std::string> by;
  for (const int field : rollup.by) by.push_back(source.fields[static_cast<std::size_t>(field)].name);
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

}  // namespace

std::string format_schema(const Schema& schema) {
  std::string out;
  for (const SourceDef& source : schema.sources) {
    if (!out.empty()) out += "\n";
    put_source(out, source);
  }
  for (const RollupDef& rollup : schema.rollups) {
    if (!out.empty()) out += "\n";
    put_rollup(out, schema, rollup);
  }
  return out;
}

}  // namespace tidemark
