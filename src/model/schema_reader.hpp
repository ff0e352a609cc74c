#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/schema.hpp"
#include "model/table_reader.hpp"

namespace tidemark {

/// `[source.NAME]`, given its table and name. Errors: as parse_schema's.
SourceDef read_source(TableReader table, const std::string& name);

/// `[rollup.NAME]`. All sources must be in the schema already.
RollupDef read_rollup(TableReader table, const std::string& name, const Schema& schema);

/// `[rollup.NAME.columns]`, into the rollup's columns and slots.
void read_columns(const TableReader& table, const SourceDef& source, RollupDef& rollup);

/// A field's type as written: `duration(1ms)`, `ended_at - started_at`.
struct FieldTypeText {
  FieldType type = FieldType::text;
  std::int64_t step = 1;
  std::int64_t divisor = 1'000'000;
  std::string end;  ///< Of a derived duration.
  std::string start;
};
/// Nothing when it is none.
std::optional<FieldTypeText> parse_field_type(std::string_view text);
/// The shortest text that reads back as the field's type.
std::string format_field_type(const FieldDef& field, const SourceDef& source);

}  // namespace tidemark
