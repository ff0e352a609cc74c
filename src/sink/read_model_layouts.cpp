#include "sink/read_model_layouts.hpp"

#include <set>

#include <tidemark/errors.hpp>

#include "model/digest.hpp"
#include "sink/sql.hpp"

namespace tidemark {
namespace {

SinkColumn column(std::string name, SinkType type, bool required = false) {
  SinkColumn made;
  made.name = std::move(name);
  made.type = type;
  made.role = SinkRole::result;
  made.required = required;
  return made;
}

TableLayout table(std::string name, Dialect dialect) {
  TableLayout layout;
  layout.dialect = dialect;
  layout.table = std::move(name);
  layout.keeps_order = true;
  return layout;
}

void add_key(TableLayout& layout, SinkColumn column) {
  layout.key.push_back(layout.columns.size());
  layout.columns.push_back(std::move(column));
}

/// A field of a recent's group or thing, which is kept as rollups keep their dimensions.
SinkColumn dimension(const FieldDef& field) {
  SinkColumn made = column(field.name, SinkType::text, true);
  made.role = SinkRole::dimension;
  if (field.type == FieldType::labels) made.type = SinkType::text_list;
  if (field.type == FieldType::boolean) {
    made.type = SinkType::boolean;
    made.required = false;  // a span may lack it
  }
  return made;
}

/// PostgreSQL cuts longer names off, and two could become one.
std::string index_name(const std::string& table) {
  constexpr std::string_view kSuffix = "_used";
  if (table.size() + kSuffix.size() <= kMaxSinkName) return table + std::string(kSuffix);
  constexpr std::size_t kDigits = 8;
  return table.substr(0, kMaxSinkName - kSuffix.size() - kDigits) + to_hex(digest_of(table)).substr(0, kDigits) +
         std::string(kSuffix);
}

void check_names(const RecentDef& recent, const TableLayout& layout) {
  std::set<std::string> names;
  for (const SinkColumn& column : layout.columns)
    if (!names.insert(column.name).second)
      throw InputError("recent '" + recent.name + "': its table at a sink would have two columns named '" +
                       column.name + "'; name a field once in per, item and columns, or rename it");
}

}  // namespace

SinkType sink_type(const ValueType& type) {
  switch (type.kind) {
    case ValueType::Kind::integer: return SinkType::bigint;
    case ValueType::Kind::numeric: return SinkType::decimal;
    case ValueType::Kind::real: return SinkType::real;
    case ValueType::Kind::text: return SinkType::text;
    case ValueType::Kind::text_list: return SinkType::text_list;
    case ValueType::Kind::instant: return SinkType::instant;
    case ValueType::Kind::boolean: return SinkType::boolean;
  }
  return SinkType::text;
}

TableLayout view_table(const ViewLayout& view, Dialect dialect) {
  TableLayout layout = table(view.view, dialect);
  for (const ViewLayout::Column& shown : view.columns)
    layout.columns.push_back(column(shown.name, sink_type(shown.type)));
  layout.columns.push_back(column("row_number", SinkType::bigint, true));
  add_key(layout, column("row_key", SinkType::bytes, true));
  return layout;
}

std::string fingerprint(const ViewLayout& view) {
  DigestBuilder digest;
  for (const ViewLayout::Column& column : view.columns)
    digest.add(column.name)
        .add(static_cast<std::int64_t>(column.type.kind))
        .add(static_cast<std::int64_t>(column.type.scale))
        .add(static_cast<std::int64_t>(column.is_key));
  return to_hex(digest.finish());
}

TableLayout dimension_table(const TableDef& def, Dialect dialect) {
  TableLayout layout = table(def.name, dialect);
  add_key(layout, column(def.key, SinkType::text, true));
  for (const FieldDef& field : def.columns)
    layout.columns.push_back(column(field.name, sink_type(value_type_of(field))));
  return layout;
}

TableLayout recent_table(const Schema& schema, const RecentDef& recent, Dialect dialect) {
  const SourceDef& source = schema.sources.at(static_cast<std::size_t>(recent.source));
  const auto field = [&](int index) -> const FieldDef& { return source.fields.at(static_cast<std::size_t>(index)); };
  TableLayout layout = table(recent.name, dialect);
  for (const int per : recent.per) {
    SinkColumn made = dimension(field(per));
    // Only what is never NULL and never too long for an index.
    const bool leads = layout.columns.empty() && made.type == SinkType::text;
    leads ? add_key(layout, std::move(made)) : layout.columns.push_back(std::move(made));
  }
  for (const int item : recent.item) layout.columns.push_back(dimension(field(item)));
  layout.columns.push_back(column("used_at", SinkType::instant, true));
  for (const int shown : recent.columns)
    layout.columns.push_back(column(field(shown).name, sink_type(value_type_of(field(shown)))));
  add_key(layout, column("group_key", SinkType::bytes, true));
  add_key(layout, column("item_key", SinkType::bytes, true));
  layout.columns.push_back(column("identity", SinkType::bytes, true));
  layout.indexes.push_back({index_name(recent.name), R"("group_key", "used_at" DESC, "identity" DESC)"});
  check_names(recent, layout);
  return layout;
}

std::string read_model_tables_sql(const Schema& schema, Dialect dialect,
                                  const std::function<std::string(const std::string&)>& quoted) {
  std::string sql;
  const auto add = [&](const TableLayout& layout) {
    sql += "\n" + create_table_sql(layout, quoted(layout.table)) + ";\n";
  };
  for (const TableDef& table : schema.tables) add(dimension_table(table, dialect));
  for (const ViewDef& view : schema.views) add(view_table(view_layout(schema, view), dialect));
  return sql;
}

}  // namespace tidemark
