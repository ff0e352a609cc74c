#include <algorithm>

#include "model/expression.hpp"
#include "model/schema_names.hpp"
#include "model/schema_reader.hpp"
#include "model/schema_toml.hpp"

namespace tidemark {
namespace {

constexpr std::string_view kTypes =
    "a type (\"text\", \"boolean\", \"instant\", \"duration\", \"duration(1ms)\", \"number\", \"number(0.01)\")";

FieldDef read_attribute(const TableReader& table, const TomlEntry& entry) {
  if (const auto problem = problem_with_column_name(entry.key)) table.fail(entry, *problem);
  if (is_reserved_word(entry.key))
    table.fail(entry, "expected another name, found '" + entry.key + "', a word of expressions");
  std::optional<FieldTypeText> type;
  if (entry.value.kind == TomlValue::Kind::text) type = parse_field_type(entry.value.text);
  const bool fits = type && type->end.empty() && type->type != FieldType::labels && type->type != FieldType::result;
  if (!fits) table.fail_expected(entry, kTypes);
  FieldDef field;
  field.name = entry.key;
  field.type = type->type;
  field.step = type->step;
  field.divisor = type->divisor;
  return field;
}

}  // namespace

TableDef read_table(TableReader table, const std::string& name) {
  TableDef def;
  def.name = name;
  def.key = table.optional_text("key", "the name of the dimension that it describes").value_or(name);
  if (const auto problem = problem_with_name(def.key)) table.fail(*table.find("key"), *problem);
  const TomlEntry& columns = table.require("columns", "the table of its attributes");
  table.refuse_unknown();
  const TableReader attributes = TableReader::table_of(table.place(), columns);
  if (attributes.entries().empty()) fail_at(attributes.place(), {}, "expected at least one attribute, found none");
  if (attributes.entries().size() > SchemaLimits::kAttributesOfTable)
    fail_at(attributes.place(), {},
            "expected at most " + std::to_string(SchemaLimits::kAttributesOfTable) + " attributes, found " +
                std::to_string(attributes.entries().size()));
  for (const TomlEntry& entry : attributes.entries()) {
    def.columns.push_back(read_attribute(attributes, entry));
    if (entry.key == def.key) attributes.fail(entry, "expected another name, found that of the key");
  }
  return def;
}

}  // namespace tidemark
