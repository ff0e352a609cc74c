#include <algorithm>
#include <map>

#include "model/nearest.hpp"
#include "model/schema_names.hpp"
#include "model/schema_reader.hpp"
#include "model/schema_toml.hpp"

namespace tidemark {
namespace {

constexpr Micros kLongestBucket = days(366);

class RollupReader {
 public:
  RollupReader(TableReader table, const std::string& name, const Schema& schema)
      : table_(std::move(table)), schema_(schema) {
    rollup_.name = name;
  }

  RollupDef read() {
    rollup_.source = find_source(table_, schema_);
    read_every();
    read_dimensions();
    rollup_.inline_fold = table_.boolean("inline", false);
    rollup_.distribution_retention = table_.duration("distribution_retention");
    rollup_.bucket_retention = table_.duration("bucket_retention");
    const TomlEntry& columns = table_.require("columns", "the table of the rollup's columns");
    for (const TomlEntry& entry : table_.entries()) read_guard(entry);
    // After the guards, so that a misspelt guard or key is found before anything inside the columns.
    table_.refuse_unknown();
    read_columns(TableReader::table_of(table_.place(), columns), source(), rollup_);
    check_sink_names(columns);
    return std::move(rollup_);
  }

 private:
  const SourceDef& source() const { return schema_.sources[static_cast<std::size_t>(rollup_.source)]; }

  const FieldDef& dimension(std::size_t index) const {
    return source().fields[static_cast<std::size_t>(rollup_.by[index])];
  }

  void read_every() {
    rollup_.every = table_.duration("every");
    if (!rollup_.every) return;
    if (const auto problem = problem_with_width(*rollup_.every)) table_.fail_expected(*table_.find("every"), *problem);
  }

  void read_dimensions() {
    constexpr std::string_view kExpected = "a list of at least one field to group by, the first of type text";
    const auto names = table_.texts("by", kExpected, SchemaLimits::kDimensions);
    const TomlEntry& entry = *table_.find("by");
    if (names.empty()) table_.fail(entry, "expected " + std::string(kExpected) + ", found an empty list");
    for (const std::string& name : names) {
      const int field = dimension_field(entry, name);
      if (std::find(rollup_.by.begin(), rollup_.by.end(), field) != rollup_.by.end())
        table_.fail(entry, "expected each field once, found '" + name + "' twice");
      rollup_.by.push_back(field);
    }
    if (dimension(0).type != FieldType::text)
      table_.fail(entry, "expected a text field first, because it leads every key; found the " +
                             std::string(name_of(dimension(0).type)) + " field '" + names.front() + "'");
  }

  int dimension_field(const TomlEntry& entry, const std::string& name) const {
    const int field = source().field_index(name);
    if (field < 0) {
      std::vector<std::string_view> names;
      for (const FieldDef& def : source().fields) names.push_back(def.name);
      table_.fail(entry,
                  "expected fields of source '" + source().name + "', found '" + name + "'" + suggest(name, names));
    }
    const FieldType type = source().fields[static_cast<std::size_t>(field)].type;
    if (!is_text(type) && type != FieldType::boolean)
      table_.fail(entry, "expected text, labels, result or boolean fields, found the " + std::string(name_of(type)) +
                             " field '" + name + "'");
    return field;
  }

  /// The index into `by`; -1 when it is none.
  int dimension_index(std::string_view name) const {
    for (std::size_t i = 0; i < rollup_.by.size(); ++i)
      if (dimension(i).name == name) return static_cast<int>(i);
    return -1;
  }

  std::vector<std::string_view> dimension_names() const {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < rollup_.by.size(); ++i) names.push_back(dimension(i).name);
    return names;
  }

  void read_guard(const TomlEntry& entry) {
    if (entry.key == "columns" || entry.value.kind != TomlValue::Kind::table) return;
    GuardDef guard;
    guard.dimension = dimension_index(entry.key);
    if (guard.dimension < 0)
      table_.fail(entry, "expected 'columns', or the guard of a dimension (" + one_of(dimension_names()) +
                             "), found '" + entry.key + "'" + suggest(entry.key, dimension_names()));
    const FieldType type = dimension(static_cast<std::size_t>(guard.dimension)).type;
    if (type != FieldType::text && type != FieldType::labels)
      table_.fail(entry, "expected the guard of a text or labels dimension, found that of the " +
                             std::string(name_of(type)) + " '" + entry.key + "'");
    TableReader table = *table_.table(entry.key);
    if (table.find("allow") != nullptr) guard.allow = table.texts("allow", "a list of globs", SchemaLimits::kPatterns);
    guard.normalise = table.boolean("normalise", false);
    if (auto limit = table.table("max_sets")) read_limit(*limit, guard);
    table.refuse_unknown();
    rollup_.guards.push_back(std::move(guard));
  }

  void read_limit(TableReader table, GuardDef& guard) const {
    guard.limit = static_cast<std::uint32_t>(table.integer("limit", 1, SchemaLimits::kGuardLimit));
    if (const auto per = table.optional_text("per", "the name of another dimension")) {
      guard.per = dimension_index(*per);
      if (guard.per < 0 || guard.per == guard.dimension)
        table.fail(*table.find("per"), "expected another dimension of this rollup (" + one_of(dimension_names()) +
                                           "), found '" + *per + "'" + suggest(*per, dimension_names()));
    }
    table.refuse_unknown();
  }

  /// Dimensions, columns and state columns share one table at a sink.
  void check_sink_names(const TomlEntry& columns) {
    const auto all = table_columns(source(), rollup_);
    std::map<std::string_view, std::string> taken;
    for (const std::string_view fixed : fixed_column_names()) taken.emplace(fixed, "is a column that every rollup has");
    for (const TableColumn& column : all) {
      if (column.name.size() > SchemaLimits::kNameBytes)
        fail_name(
            columns, column,
            "is longer than the " + std::to_string(SchemaLimits::kNameBytes) + " bytes that a name can have there");
      const auto [holder, is_new] = taken.emplace(column.name, "is the name of " + column.of + " too");
      if (!is_new) fail_name(columns, column, holder->second);
    }
  }

  [[noreturn]] void fail_name(const TomlEntry& columns, const TableColumn& column, const std::string& problem) {
    const std::string message = "expected another name: '" + column.name + "', " + column.of + " at a sink, " + problem;
    if (column.column < 0) table_.fail(*table_.find("by"), message);
    const TableReader table = TableReader::table_of(table_.place(), columns);
    table.fail(table.entries()[static_cast<std::size_t>(column.column)], message);
  }

  TableReader table_;
  const Schema& schema_;
  RollupDef rollup_;
};

}  // namespace

int find_source(TableReader& table, const Schema& schema) {
  const std::string name = table.text("source", "the name of a source");
  const int source = schema.source_index(name);
  if (source >= 0) return source;
  std::vector<std::string_view> names;
  for (const SourceDef& def : schema.sources) names.push_back(def.name);
  table.fail(*table.find("source"), "expected a declared source" + (names.empty() ? "" : " (" + one_of(names) + ")") +
                                        ", found '" + name + "'" + suggest(name, names));
}

std::optional<std::string> problem_with_width(Micros width) {
  const std::int64_t day = days(1).count;
  const bool divides_day = width.count % minutes(1).count == 0 && day % width.count == 0;
  if ((divides_day || width.count % day == 0) && width <= kLongestBucket) return std::nullopt;
  return "whole minutes that divide a day evenly (\"1m\", \"15m\", \"1h\", \"6h\"), or whole days up to " +
         format_duration(kLongestBucket);
}

RollupDef read_rollup(TableReader table, const std::string& name, const Schema& schema) {
  return RollupReader(std::move(table), name, schema).read();
}

}  // namespace tidemark
