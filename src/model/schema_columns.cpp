#include <algorithm>

#include <tidemark/errors.hpp>

#include "model/expression.hpp"
#include "model/schema_names.hpp"
#include "model/schema_reader.hpp"
#include "model/schema_toml.hpp"

namespace tidemark {
namespace {

bool is_computed_later(AggregateKind kind) {
  return kind == AggregateKind::percentile_cont || kind == AggregateKind::count_distinct;
}

/// The slot of this state, made when no column asked for it yet.
int slot_of(const ColumnExpression& expression, const SourceDef& source, RollupDef& rollup) {
  std::string text = format_state(expression, source);
  const auto found =
      std::find_if(rollup.slots.begin(), rollup.slots.end(), [&](const SlotDef& slot) { return slot.text == text; });
  if (found != rollup.slots.end()) return static_cast<int>(found - rollup.slots.begin());
  SlotDef slot;
  slot.kind = expression.kind;
  slot.field = expression.field;
  slot.second_field = expression.second_field;
  slot.where = expression.where;
  slot.text = std::move(text);
  slot.owned_by_writer = rollup.inline_fold && !is_computed_later(expression.kind);
  rollup.slots.push_back(std::move(slot));
  return static_cast<int>(rollup.slots.size()) - 1;
}

void add_percentile(SlotDef& slot, double percentile) {
  const auto at = std::lower_bound(slot.percentiles.begin(), slot.percentiles.end(), percentile);
  if (at == slot.percentiles.end() || *at != percentile) slot.percentiles.insert(at, percentile);
}

bool shows_field(AggregateKind kind) {
  return kind != AggregateKind::count && kind != AggregateKind::count_distinct && kind != AggregateKind::corr;
}

void set_unit(ColumnDef& column, const FieldDef& field) {
  if (!shows_field(column.kind)) return;
  if (field.type == FieldType::instant) column.unit = ColumnUnit::instant;
  if (!is_measure(field.type)) return;
  column.unit = ColumnUnit::scaled;
  column.divisor = field.divisor;
  if (field.type != FieldType::duration) return;
  if (column.name.ends_with("_us")) {
    column.unit = ColumnUnit::micros;
    column.divisor = 1;
  } else if (column.name.ends_with("_ms")) {
    column.unit = ColumnUnit::millis;
    column.divisor = 1'000;
  }
}

void check_buckets(const TableReader& table, const TomlEntry& entry, const RollupDef& rollup, AggregateKind kind) {
  if (rollup.every || !is_computed_later(kind)) return;
  table.fail(entry, "expected another aggregate, found '" + std::string(name_of(kind)) +
                        "': a rollup without 'every' has one bucket per key, which would grow for ever with it");
}

void read_column(const TableReader& table, const TomlEntry& entry, const SourceDef& source, RollupDef& rollup) {
  if (const auto problem = problem_with_column_name(entry.key)) table.fail(entry, *problem);
  if (entry.value.kind != TomlValue::Kind::text) table.fail_expected(entry, "an expression such as \"count()\"");
  ColumnExpression expression;
  try {
    expression = parse_expression(entry.value.text, source);
  } catch (const InputError& error) {
    table.fail(entry, error.what());
  }
  check_buckets(table, entry, rollup, expression.kind);
  ColumnDef column;
  column.name = entry.key;
  column.text = format_expression(expression, source);
  column.kind = expression.kind;
  column.slot = slot_of(expression, source, rollup);
  column.percentile = expression.percentile;
  if (expression.kind == AggregateKind::percentile_cont)
    add_percentile(rollup.slots[static_cast<std::size_t>(column.slot)], expression.percentile);
  if (expression.field >= 0) {
    const FieldDef& field = source.fields[static_cast<std::size_t>(expression.field)];
    column.type = field.type;
    set_unit(column, field);
  }
  rollup.columns.push_back(std::move(column));
}

}  // namespace

void read_columns(const TableReader& table, const SourceDef& source, RollupDef& rollup) {
  const auto& entries = table.entries();
  if (entries.empty()) fail_at(table.place(), {}, "expected at least one column, found none");
  if (entries.size() > SchemaLimits::kColumns)
    fail_at(table.place(), {},
            "expected at most " + std::to_string(SchemaLimits::kColumns) + " columns, found " +
                std::to_string(entries.size()));
  for (const TomlEntry& entry : entries) read_column(table, entry, source, rollup);
}

}  // namespace tidemark
