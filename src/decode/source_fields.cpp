#include "decode/source_fields.hpp"

namespace tidemark {

SourceFields SourceFields::of(const Schema& schema, std::string_view name) {
  SourceFields fields;
  fields.source = schema.source_index(name);
  const auto find = [&](std::string_view field, FieldType type) {
    if (fields.source < 0) return -1;
    const SourceDef& source = schema.sources[static_cast<std::size_t>(fields.source)];
    const int i = source.field_index(field);
    return i >= 0 && source.fields[static_cast<std::size_t>(i)].type == type ? i : -1;
  };
  fields.owner = find("owner", FieldType::text);
  fields.repository = find("repository", FieldType::text);
  fields.pipeline = find("pipeline", FieldType::text);
  fields.job = find("job", FieldType::text);
  fields.suite = find("suite", FieldType::text);
  fields.test = find("test", FieldType::text);
  fields.branch = find("branch", FieldType::text);
  fields.default_branch = find("default_branch", FieldType::boolean);
  fields.result = find("result", FieldType::result);
  fields.runner = find("runner", FieldType::text);
  fields.labels = find("labels", FieldType::labels);
  fields.queued_at = find("queued_at", FieldType::instant);
  fields.started_at = find("started_at", FieldType::instant);
  fields.ended_at = find("ended_at", FieldType::instant);
  return fields;
}

}  // namespace tidemark
