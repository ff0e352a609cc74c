#include "read/recents.hpp"

#include <numeric>

#include <tidemark/errors.hpp>

#include "model/rows_builder.hpp"
#include "read/dimension_text.hpp"

namespace tidemark {
namespace {

const SourceDef& source_of(const Schema& schema, const RecentDef& recent) {
  return schema.sources[static_cast<std::size_t>(recent.source)];
}

/// An absent boolean is the empty text in keys, and NULL to people.
RowCell key_cell(const DimensionValue& value, FieldType type, RowsBuilder& rows) {
  if (value.is_set) return rows.text_list(value.labels);
  if (type != FieldType::boolean) return rows.text(value.text);
  return value.text.empty() ? RowCell() : RowsBuilder::boolean(value.text == "true");
}

}  // namespace

std::vector<DimensionValue> parse_recent_group(const Schema& schema, const RecentDef& recent,
                                               const std::vector<std::string>& texts) {
  const SourceDef& source = source_of(schema, recent);
  if (texts.size() != recent.per.size()) {
    std::string names;
    for (const int field : recent.per)
      names += (names.empty() ? "" : ", ") + source.fields[static_cast<std::size_t>(field)].name;
    const std::string expected = recent.per.empty() ? "no value, because it has one group"
                                                    : "a value for each of " + names + ", which make its groups";
    throw InputError("the recent " + recent.name + ": expected " + expected + ", found " +
                     std::to_string(texts.size()));
  }
  std::vector<DimensionValue> group;
  for (std::size_t i = 0; i < texts.size(); ++i)
    group.push_back(parse_dimension(source.fields[static_cast<std::size_t>(recent.per[i])].type, texts[i]));
  return group;
}

Table uses_table(const Schema& schema, const RecentDef& recent, const std::vector<RecentUse>& uses) {
  const SourceDef& source = source_of(schema, recent);
  const auto field_of = [&](int field) -> const FieldDef& { return source.fields[static_cast<std::size_t>(field)]; };
  Table table;
  for (const int field : recent.per) table.columns.push_back(field_of(field).name);
  for (const int field : recent.item) table.columns.push_back(field_of(field).name);
  table.key_columns = table.columns.size();
  table.columns.emplace_back("used_at");
  for (const int field : recent.columns) table.columns.push_back(field_of(field).name);
  RowsBuilder rows(table.columns.size());
  for (const RecentUse& use : uses) {
    auto row = rows.add_row();
    for (std::size_t i = 0; i < use.group.size(); ++i)
      row.put(key_cell(use.group[i], field_of(recent.per[i]).type, rows));
    for (std::size_t i = 0; i < use.item.size(); ++i)
      row.put(key_cell(use.item[i], field_of(recent.item[i]).type, rows));
    row.put(RowsBuilder::instant(use.used_at));
    for (const Cell& cell : use.columns) row.put(rows.cell(cell));
  }
  std::vector<std::uint32_t> order(uses.size());
  std::iota(order.begin(), order.end(), 0u);
  table.rows = rows.finish(std::move(order));
  return table;
}

}  // namespace tidemark
