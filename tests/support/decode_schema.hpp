#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/schema.hpp"

/// The shipped sources as the decoders see them, and a user's own, `deploy`: for tests and fuzz targets of decoders.
namespace tidemark::test {

inline FieldDef field(std::string name, FieldType type, bool required = false) {
  FieldDef def;
  def.name = std::move(name);
  def.type = type;
  def.required = required;
  return def;
}

inline FieldDef difference(const SourceDef& source, std::string name, std::string_view end, std::string_view start) {
  FieldDef def = field(std::move(name), FieldType::duration);
  def.derived = FieldDef::Difference{source.field_index(end), source.field_index(start)};
  return def;
}

inline SourceDef source(std::string name, std::vector<FieldDef> fields) {
  SourceDef def;
  def.name = std::move(name);
  def.fields = {field("owner", FieldType::text), field("repository", FieldType::text)};
  def.fields.insert(def.fields.end(), fields.begin(), fields.end());
  def.fields.push_back(field("result", FieldType::result));
  def.fields.push_back(field("started_at", FieldType::instant));
  def.fields.push_back(field("ended_at", FieldType::instant, true));
  def.fields.push_back(difference(def, "duration", "ended_at", "started_at"));
  def.time_field = def.field_index("ended_at");
  return def;
}

inline SourceDef deploy_source() {
  SourceDef def;
  def.name = "deploy";
  def.fields = {field("service", FieldType::text, true), field("cost", FieldType::number),
                field("took", FieldType::duration), field("ok", FieldType::boolean),
                field("at", FieldType::instant, true)};
  def.fields[0].attributes = {"deploy.service", "service.name"};
  def.fields[1].attributes = {"deploy.cost"};
  def.fields[3].attributes = {"deploy.ok"};
  def.time_field = 4;
  def.otlp = OtlpMatch{{{"deploy.id", "*"}, {"deploy.kind", "full"}}, std::nullopt};
  return def;
}

/// Made by hand, so that what uses it does not depend on the reading of TOML.
inline Schema decode_schema() {
  Schema schema;
  SourceDef job = source("job", {field("pipeline", FieldType::text), field("job", FieldType::text),
                                 field("runner", FieldType::text), field("labels", FieldType::labels),
                                 field("branch", FieldType::text), field("queued_at", FieldType::instant)});
  job.fields.push_back(difference(job, "queue", "started_at", "queued_at"));
  schema.sources.push_back(source("pipeline", {field("pipeline", FieldType::text), field("branch", FieldType::text),
                                               field("queued_at", FieldType::instant)}));
  schema.sources.push_back(std::move(job));
  schema.sources.push_back(
      source("test", {field("suite", FieldType::text), field("test", FieldType::text, true),
                      field("branch", FieldType::text), field("default_branch", FieldType::boolean)}));
  schema.sources.push_back(deploy_source());
  return schema;
}

}  // namespace tidemark::test
