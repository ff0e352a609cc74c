#include "sink/table_layout.hpp"

#include <set>
#include <string_view>

#include <tidemark/errors.hpp>

#include "model/cell.hpp"
#include "model/schema_names.hpp"
#include "model/text.hpp"
#include "model/units.hpp"

namespace tidemark {
namespace {

/// Builds the columns in the order in which they are created.
class LayoutBuilder {
 public:
  LayoutBuilder(const Schema& schema, const RollupDef& rollup, Dialect dialect)
      : source_(schema.sources[static_cast<std::size_t>(rollup.source)]), rollup_(rollup) {
    layout_.dialect = dialect;
    layout_.table = rollup.name;
    check_length(rollup.name);
    if (is_own_name_of_sinks(rollup.name))
      throw InputError("rollup '" + rollup.name +
                       "': sinks have something of that name for themselves; rename the rollup");
  }

  TableLayout build() {
    add_key();
    for (std::size_t i = 0; i < rollup_.columns.size(); ++i)
      add(rollup_.columns[i].name, result_type(rollup_.columns[i], layout_.dialect), SinkRole::result,
          static_cast<int>(i));
    add_counters();
    for (std::size_t slot = 0; slot < rollup_.slots.size(); ++slot) add_state(static_cast<int>(slot));
    return std::move(layout_);
  }

 private:
  void add_key() {
    for (std::size_t i = 0; i < rollup_.by.size(); ++i) add_dimension(static_cast<int>(i));
    add_key_part("bucket_key", SinkType::bytes, SinkRole::bucket_key);
    if (rollup_.every) add_key_part("bucket_start", SinkType::instant, SinkRole::bucket_start);
    add_key_part("agent_id", SinkType::uuid, SinkRole::agent_id);
    add_key_part("epoch", SinkType::integer, SinkRole::epoch);
  }

  void add_dimension(int index) {
    const FieldDef& field = source_.fields[static_cast<std::size_t>(rollup_.by[static_cast<std::size_t>(index)])];
    SinkType type = SinkType::text;
    if (field.type == FieldType::labels) type = SinkType::text_list;
    if (field.type == FieldType::boolean) type = SinkType::boolean;
    // A span may lack a boolean, which no text stands for.
    const bool required = type != SinkType::boolean;
    if (index == 0) layout_.key.push_back(layout_.columns.size());
    add(field.name, type, SinkRole::dimension, index, required || index == 0);
  }

  void add_key_part(std::string_view name, SinkType type, SinkRole role) {
    layout_.key.push_back(layout_.columns.size());
    add(name, type, role, -1, true);
  }

  void add_counters() {
    add("update_counter", SinkType::bigint, SinkRole::update_counter, -1, true);
    add("computed_counter", SinkType::bigint, SinkRole::computed_counter, -1, true);
    add("schema_version", SinkType::integer, SinkRole::schema_version, -1, true);
    add("synced_at", SinkType::instant, SinkRole::synced_at, -1, true);
    add("finished", SinkType::boolean, SinkRole::finished, -1, true);
  }

  void add_state(int slot) {
    const int leading = leading_column(rollup_, slot);
    if (leading < 0) return;
    const ColumnDef& column = rollup_.columns[static_cast<std::size_t>(leading)];
    const bool sqlite = layout_.dialect == Dialect::sqlite;
    switch (column.kind) {
      case AggregateKind::count: return;
      case AggregateKind::sum:
        return add(column.name + "_units", sqlite ? SinkType::units : SinkType::bigint, SinkRole::units, slot);
      case AggregateKind::min:
      case AggregateKind::max: return add(column.name + "_units", SinkType::bigint, SinkRole::units, slot);
      case AggregateKind::avg:
        add(column.name + "_sum", SinkType::decimal, SinkRole::sum, slot);
        return add(column.name + "_count", SinkType::bigint, SinkRole::count, slot);
      case AggregateKind::first:
      case AggregateKind::last:
        add(column.name + "_at", SinkType::instant, SinkRole::at, slot);
        add(column.name + "_id", SinkType::bytes, SinkRole::id, slot);
        if (result_type(column, layout_.dialect) == SinkType::real)
          add(column.name + "_units", SinkType::bigint, SinkRole::units, slot);
        return;
      case AggregateKind::count_distinct:
        return add(column.name + "_digests", SinkType::digest_list, SinkRole::digests, slot);
      case AggregateKind::percentile_cont: return add_distribution(slot, column);
      case AggregateKind::corr: return add_moments(slot, column);
    }
  }

  void add_distribution(int slot, const ColumnDef& leading) {
    const SlotDef& def = rollup_.slots[static_cast<std::size_t>(slot)];
    const FieldDef& field = source_.fields[static_cast<std::size_t>(def.field)];
    std::string stem = def.where.always() ? field.name : leading.name;
    if (field.type == FieldType::duration) stem += "_us";
    add(stem + "_values", SinkType::bigint_list, SinkRole::values, slot);
    add(stem + "_counts", SinkType::bigint_list, SinkRole::counts, slot);
  }

  void add_moments(int slot, const ColumnDef& leading) {
    add(leading.name + "_n", SinkType::bigint, SinkRole::pairs, slot);
    add(leading.name + "_sx", SinkType::units, SinkRole::sum_x, slot);
    add(leading.name + "_sy", SinkType::units, SinkRole::sum_y, slot);
    add(leading.name + "_sxx", SinkType::units, SinkRole::sum_xx, slot);
    add(leading.name + "_syy", SinkType::units, SinkRole::sum_yy, slot);
    add(leading.name + "_sxy", SinkType::units, SinkRole::sum_xy, slot);
  }

  void add(std::string_view name, SinkType type, SinkRole role, int index, bool required = false) {
    check_length(name);
    // SQLite's names ignore case.
    if (!names_.insert(to_lower(name)).second)
      throw InputError("rollup '" + rollup_.name + "': its table at a sink would have two columns named '" +
                       std::string(name) + "'; rename a dimension or a column");
    layout_.columns.push_back({std::string(name), type, role, index, required});
  }

  void check_length(std::string_view name) const {
    if (name.size() > kMaxSinkName)
      throw InputError("rollup '" + rollup_.name + "': '" + std::string(name) + "' is longer than the " +
                       std::to_string(kMaxSinkName) + " bytes that a name at a sink can have; choose a shorter one");
  }

  const SourceDef& source_;
  const RollupDef& rollup_;
  TableLayout layout_;
  std::set<std::string> names_;
};

}  // namespace

TableLayout table_layout(const Schema& schema, int rollup, Dialect dialect) {
  return LayoutBuilder(schema, schema.rollups.at(static_cast<std::size_t>(rollup)), dialect).build();
}

int leading_column(const RollupDef& rollup, int slot) {
  for (std::size_t i = 0; i < rollup.columns.size(); ++i)
    if (rollup.columns[i].slot == slot) return static_cast<int>(i);
  return -1;
}

std::int64_t shown_divisor(const ColumnDef& column) { return std::get<Decimal>(sum_in_unit(column, 0)).divisor; }

SinkType result_type(const ColumnDef& column, Dialect dialect) {
  switch (column.kind) {
    case AggregateKind::count:
    case AggregateKind::count_distinct: return SinkType::bigint;
    case AggregateKind::sum: return dialect == Dialect::sqlite ? SinkType::real : SinkType::decimal;
    case AggregateKind::avg:
    case AggregateKind::percentile_cont:
    case AggregateKind::corr: return SinkType::real;
    default: break;
  }
  switch (column.type) {
    case FieldType::text:
    case FieldType::result: return SinkType::text;
    case FieldType::labels: return SinkType::text_list;
    case FieldType::boolean: return SinkType::boolean;
    default: break;
  }
  if (column.unit == ColumnUnit::instant) return SinkType::instant;
  return column.unit == ColumnUnit::micros ? SinkType::bigint : SinkType::real;
}

}  // namespace tidemark
