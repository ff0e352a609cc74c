#pragma once
#include <cstdint>
#include <functional>
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

/// The index of the source that the table's key `source` names.
int find_source(TableReader& table, const Schema& schema);

/// `[table.NAME]`.
TableDef read_table(TableReader table, const std::string& name);

/// `[recent.NAME]`. All sources must be in the schema already.
RecentDef read_recent(TableReader table, const std::string& name, const Schema& schema);

/// `[view.NAME]`. `find_view` gives the view of that name, or nothing; it may read that one first.
using FindView = std::function<const ViewDef*(const TableReader& table, const TomlEntry& from)>;
ViewDef read_view(TableReader table, const std::string& name, const Schema& schema, const FindView& find_view);

/// What is wrong with the width of a rollup's buckets or of a view's windows; nothing when it is fine.
std::optional<std::string> problem_with_width(Micros width);

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
