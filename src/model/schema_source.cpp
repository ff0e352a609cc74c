#include <algorithm>

#include "model/expression.hpp"
#include "model/nearest.hpp"
#include "model/schema_names.hpp"
#include "model/schema_reader.hpp"
#include "model/schema_toml.hpp"

namespace tidemark {
namespace {

constexpr std::string_view kTypes =
    "a type (\"text\", \"labels\", \"result\", \"boolean\", \"instant\", \"duration\", \"duration(1ms)\", \"number\", "
    "\"number(0.01)\") or a difference of instants (\"ended_at - started_at\")";

constexpr Micros kShortestIdentityMargin = days(5);

/// What a field's type says of other fields, to be looked up when all of them are read.
struct PendingDifference {
  std::size_t field;
  const TomlEntry* entry;
  FieldTypeText type;
};

class SourceReader {
 public:
  SourceReader(TableReader table, const std::string& name) : table_(std::move(table)) { source_.name = name; }

  SourceDef read() {
    const TomlEntry& fields = table_.require("fields", "the table of the source's fields");
    read_fields(TableReader::table_of(table_.place(), fields));
    read_time();
    read_retention();
    if (auto otlp = table_.table("otlp")) read_otlp(std::move(*otlp));
    read_ways();
    table_.refuse_unknown();
    return std::move(source_);
  }

 private:
  void read_fields(const TableReader& table) {
    const auto& entries = table.entries();
    if (entries.empty()) fail_at(table.place(), {}, "expected at least one field, found none");
    if (entries.size() > SchemaLimits::kFields)
      fail_at(table.place(), {},
              "expected at most " + std::to_string(SchemaLimits::kFields) + " fields, found " +
                  std::to_string(entries.size()));
    for (const TomlEntry& entry : entries) read_field(table, entry);
    for (const PendingDifference& pending : pending_) resolve(table, pending);
  }

  void read_field(const TableReader& table, const TomlEntry& entry) {
    check_field_name(table, entry);
    FieldDef field;
    field.name = entry.key;
    if (entry.value.kind == TomlValue::Kind::text) {
      set_type(table, entry, entry.value.text, field);
    } else if (entry.value.kind == TomlValue::Kind::table) {
      TableReader options = TableReader::table_of(table.place(), entry);
      set_type(options, options.require("type", kTypes), options.text("type", kTypes), field);
      field.required = options.boolean("required", false);
      if (const TomlEntry* attributes = options.find("attributes")) {
        if (!pending_.empty() && pending_.back().field == source_.fields.size())
          options.fail(*attributes, "expected none for a difference of other fields, found some");
        field.attributes = options.texts("attributes", "a list of OTLP attributes' names", SchemaLimits::kAttributes);
      }
      options.refuse_unknown();
    } else {
      table.fail_expected(entry, std::string(kTypes) + ", or a table with \"type\"");
    }
    source_.fields.push_back(std::move(field));
  }

  static void check_field_name(const TableReader& table, const TomlEntry& entry) {
    if (const auto problem = problem_with_name(entry.key)) table.fail(entry, *problem);
    if (entry.key == "source" || entry.key == "id")
      table.fail(entry, "expected another name, found one that every span has already: '" + entry.key +
                            "' says which source it is of and which span it is");
    if (is_reserved_word(entry.key))
      table.fail(entry, "expected another name, found '" + entry.key + "', a word of column expressions");
  }

  void set_type(const TableReader& table, const TomlEntry& entry, const std::string& text, FieldDef& field) {
    auto type = parse_field_type(text);
    if (!type) table.fail_expected(entry, kTypes);
    field.type = type->type;
    field.step = type->step;
    field.divisor = type->divisor;
    if (!type->end.empty()) pending_.push_back({source_.fields.size(), &entry, std::move(*type)});
  }

  void resolve(const TableReader& table, const PendingDifference& pending) {
    FieldDef::Difference difference;
    difference.end = instant_field(table, *pending.entry, pending.type.end);
    difference.start = instant_field(table, *pending.entry, pending.type.start);
    if (difference.end == difference.start)
      table.fail_expected(*pending.entry, "a difference of two different instants");
    source_.fields[pending.field].derived = difference;
  }

  int instant_field(const TableReader& table, const TomlEntry& entry, const std::string& name) const {
    const int field = source_.field_index(name);
    if (field >= 0 && source_.fields[static_cast<std::size_t>(field)].type == FieldType::instant) return field;
    std::vector<std::string_view> instants;
    for (const FieldDef& def : source_.fields)
      if (def.type == FieldType::instant) instants.push_back(def.name);
    const std::string found =
        field >= 0 ? "the " + std::string(name_of(source_.fields[static_cast<std::size_t>(field)].type)) + " field '" +
                         name + "'"
                   : "'" + name + "'" + suggest(name, instants);
    const std::string expected = instants.empty() ? "an instant field, of which this source has none"
                                                  : "an instant field of this source (" + one_of(instants) + ")";
    table.fail(entry, "expected " + expected + ", found " + found);
  }

  void read_time() {
    constexpr std::string_view kExpected = "the name of the instant field that puts a span into its bucket";
    const std::string name = table_.text("time", kExpected);
    source_.time_field = instant_field(table_, *table_.find("time"), name);
    source_.fields[static_cast<std::size_t>(source_.time_field)].required = true;
  }

  void read_retention() {
    if (const auto retention = table_.duration("retention")) source_.retention = *retention;
    source_.identity_retention = std::max(source_.identity_retention, source_.retention + kShortestIdentityMargin);
    if (const auto identity = table_.duration("identity_retention")) {
      if (*identity < source_.retention)
        table_.fail_expected(*table_.find("identity_retention"),
                             "at least the retention of the spans, " + format_duration(source_.retention));
      source_.identity_retention = *identity;
    }
    if (const auto lateness = table_.duration("allowed_lateness")) source_.allowed_lateness = *lateness;
  }

  void read_ways() {
    source_.one_way_per_run = table_.boolean("one_way_per_run", false);
    const TomlEntry* accept = table_.find("accept");
    if (!accept) return;
    const std::vector<std::string_view> names(kWayNames.begin(), kWayNames.end());
    const std::string expected = "a list of ways (" + one_of(names) + ")";
    for (const std::string& name : table_.texts("accept", expected, kWayNames.size())) {
      const auto way = way_named(name);
      if (!way) table_.fail(*accept, "expected " + expected + ", found '" + name + "'" + suggest(name, names));
      if (source_.accept.empty() || !source_.accepts(*way)) source_.accept.push_back(*way);
    }
    if (source_.accept.empty()) table_.fail(*accept, "expected " + expected + ", found an empty one");
    std::sort(source_.accept.begin(), source_.accept.end());
  }

  void read_otlp(TableReader table) {
    OtlpMatch match;
    match.span_name = table.optional_text("span_name", "a glob for the span's name");
    if (auto attributes = table.table("match")) read_match(*attributes, match);
    table.refuse_unknown();
    if (match.attributes.empty() && !match.span_name)
      fail_at(table.place(), {},
              "expected match = { \"attribute\" = \"value\" } or span_name = \"glob\", found neither");
    source_.otlp = std::move(match);
  }

  static void read_match(const TableReader& table, OtlpMatch& match) {
    if (table.entries().size() > SchemaLimits::kAttributes)
      fail_at(table.place(), {},
              "expected at most " + std::to_string(SchemaLimits::kAttributes) + " attributes, found " +
                  std::to_string(table.entries().size()));
    for (const TomlEntry& entry : table.entries()) {
      if (entry.value.kind == TomlValue::Kind::table)
        table.fail(entry,
                   "expected the attribute's value as a text, found a table; a name with dots needs quotes: "
                   "\"" +
                       entry.key + ".…\"");
      if (entry.key.empty() || entry.value.kind != TomlValue::Kind::text)
        table.fail_expected(entry, "the attribute's value as a text (\"*\" for any)");
      match.attributes.emplace_back(entry.key, entry.value.text);
    }
  }

  TableReader table_;
  SourceDef source_;
  std::vector<PendingDifference> pending_;
};

}  // namespace

SourceDef read_source(TableReader table, const std::string& name) {
  return SourceReader(std::move(table), name).read();
}

}  // namespace tidemark
