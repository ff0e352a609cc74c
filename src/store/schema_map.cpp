#include "store/schema_map.hpp"

namespace tidemark {

SchemaMap::SchemaMap(SchemaPtr schema, const Catalog& catalog) : schema_(std::move(schema)) {
  source_ids_.resize(schema_->sources.size());
  field_ids_.resize(schema_->sources.size());
  fields_.resize(schema_->sources.size());
  rollup_ids_.resize(schema_->rollups.size());
  for (std::size_t id = 0; id < catalog.sources.size(); ++id) {
    const int source = schema_->source_index(catalog.sources[id].name);
    sources_.push_back(source);
    if (source < 0) continue;
    const auto s = static_cast<std::size_t>(source);
    source_ids_[s] = static_cast<std::uint16_t>(id);
    field_ids_[s].resize(schema_->sources[s].fields.size());
    for (std::size_t f = 0; f < catalog.sources[id].fields.size(); ++f) {
      const int field = schema_->sources[s].field_index(catalog.sources[id].fields[f].name);
      fields_[s].push_back(field);
      if (field >= 0) field_ids_[s][static_cast<std::size_t>(field)] = static_cast<std::uint16_t>(f);
    }
  }
  for (std::size_t id = 0; id < catalog.rollups.size(); ++id) {
    const int rollup = schema_->rollup_index(catalog.rollups[id].name);
    rollups_.push_back(rollup);
    if (rollup >= 0) rollup_ids_[static_cast<std::size_t>(rollup)] = static_cast<std::uint16_t>(id);
  }
  for (std::size_t s = 0; s < schema_->sources.size(); ++s) rollups_of_.push_back(schema_->rollups_of(static_cast<int>(s)));
}

}  // namespace tidemark
