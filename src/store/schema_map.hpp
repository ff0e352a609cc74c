#pragma once
#include <cstdint>
#include <vector>

#include "model/schema.hpp"
#include "store/catalog.hpp"

namespace tidemark {

/// Translates between positions in the schema, which follow its text, and the catalog's ids, which records hold.
/// Immutable; any thread.
class SchemaMap {
 public:
  SchemaMap(SchemaPtr schema, const Catalog& catalog);

  const Schema& schema() const { return *schema_; }
  const SchemaPtr& schema_ptr() const { return schema_; }

  std::uint16_t source_id(int source) const { return source_ids_[static_cast<std::size_t>(source)]; }
  std::uint16_t field_id(int source, int field) const {
    return field_ids_[static_cast<std::size_t>(source)][static_cast<std::size_t>(field)];
  }
  std::uint16_t rollup_id(int rollup) const { return rollup_ids_[static_cast<std::size_t>(rollup)]; }

  /// -1 when the id is not known, which is a damaged or newer record.
  int source_of(std::uint64_t id) const { return at(sources_, id); }
  int field_of(int source, std::uint64_t id) const { return at(fields_[static_cast<std::size_t>(source)], id); }
  int rollup_of(std::uint64_t id) const { return at(rollups_, id); }

  /// Schema::rollups_of, kept.
  const std::vector<int>& rollups_of(int source) const { return rollups_of_[static_cast<std::size_t>(source)]; }

 private:
  static int at(const std::vector<int>& v, std::uint64_t i) { return i < v.size() ? v[i] : -1; }

  SchemaPtr schema_;
  std::vector<std::uint16_t> source_ids_, rollup_ids_;
  std::vector<std::vector<std::uint16_t>> field_ids_;
  std::vector<int> sources_, rollups_;
  std::vector<std::vector<int>> fields_, rollups_of_;
};

}  // namespace tidemark
