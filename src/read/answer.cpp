#include "read/answer.hpp"

#include <algorithm>

#include "model/units.hpp"

namespace tidemark {
namespace {

unsigned scale_of(std::int64_t divisor) {
  unsigned scale = 0;
  for (; divisor > 1; divisor /= 10) ++scale;
  return scale;
}

/// An absent boolean is the empty text in keys, and NULL to people.
RowCell dimension_cell(const DimensionValue& dimension, FieldType type, RowsBuilder& rows) {
  if (dimension.is_set) return rows.text_list(dimension.labels);
  if (type != FieldType::boolean) return rows.text(dimension.text);
  return dimension.text.empty() ? RowCell() : rows.boolean(dimension.text == "true");
}

bool any(const std::vector<bool>& flags) { return std::find(flags.begin(), flags.end(), true) != flags.end(); }
bool flagged(const std::vector<bool>& flags, std::size_t slot) { return slot < flags.size() && flags[slot]; }

}  // namespace

Answer::Answer(const SourceDef& source, const RollupDef& rollup, Shown shown)
    : dimensions(shown.by), source_(source), rollup_(rollup), shown_(std::move(shown)), rows_(column_names().size()) {
  for (const std::size_t c : shown_.columns) {
    const ColumnDef& column = rollup.columns[c];
    const std::int64_t divisor = unit_divisor(column);
    columns_.push_back(
        {&column, static_cast<std::size_t>(column.slot), static_cast<double>(divisor), scale_of(divisor)});
  }
}

void Answer::prepare_dimensions(std::uint32_t number) {
  const std::size_t width = shown_.by.size();
  for (std::size_t next = width == 0 ? number + 1 : dimension_cells_.size() / width; next <= number; ++next) {
    const auto& values = dimensions.at(static_cast<std::uint32_t>(next));
    for (std::size_t d = 0; d < width; ++d) {
      const int field = rollup_.by[static_cast<std::size_t>(shown_.by[d])];
      dimension_cells_.push_back(
          dimension_cell(values[d], source_.fields[static_cast<std::size_t>(field)].type, rows_));
    }
  }
}

void Answer::add(std::uint32_t window, std::uint32_t number, const std::vector<State>& states, Counters counters,
                 const std::vector<bool>& unmergeable, const std::vector<bool>& incomplete) {
  window_of_.push_back(window);
  dimensions_of_.push_back(number);
  prepare_dimensions(number);
  auto row = rows_.add_row();
  if (shown_.windows) row.put(rows_.instant(windows.at(window)));
  for (std::size_t d = 0; d < shown_.by.size(); ++d) row.put(dimension_cells_[number * shown_.by.size() + d]);
  const bool all_known = unmergeable.empty() && incomplete.empty();
  for (const ColumnPlan& plan : columns_) {
    const bool known = all_known || (!flagged(unmergeable, plan.slot) && !flagged(incomplete, plan.slot));
    row.put(known ? result_cell(plan, states[plan.slot]) : RowCell());
  }
  row.put(rows_.integer(counters.update));
  row.put(rows_.integer(counters.computed));
  dirty_ += counters.computed < counters.update;
  unmergeable_ += any(unmergeable);
  incomplete_ += any(incomplete);
}

RowCell Answer::result_cell(const ColumnPlan& plan, const State& state) {
  const ColumnDef& column = *plan.column;
  switch (column.kind) {
    case AggregateKind::count: return rows_.integer(static_cast<std::uint64_t>(state.n));
    case AggregateKind::sum: return state.n == 0 ? RowCell() : rows_.decimal(state.v, plan.scale);
    case AggregateKind::min:
    case AggregateKind::max:
      if (state.n == 0) return {};
      if (column.unit == ColumnUnit::instant || column.unit == ColumnUnit::micros) break;
      return rows_.real(static_cast<double>(static_cast<std::int64_t>(state.v)) / plan.divisor);
    case AggregateKind::percentile_cont: {
      const auto* held = state.get<DistributionState>();
      if (held == nullptr) return {};
      for (const auto& [p, value] : held->results)
        if (p == column.percentile) return rows_.real(value / plan.divisor);
      break;
    }
    default: break;
  }
  return rows_.cell(result_of(column, state));
}

std::vector<std::string> Answer::column_names() const {
  std::vector<std::string> names;
  if (shown_.windows) names.push_back("bucket_start");
  for (const int dimension : shown_.by) {
    const int field = rollup_.by[static_cast<std::size_t>(dimension)];
    names.push_back(source_.fields[static_cast<std::size_t>(field)].name);
  }
  for (const std::size_t column : shown_.columns) names.push_back(rollup_.columns[column].name);
  names.push_back("update_counter");
  names.push_back("computed_counter");
  return names;
}

Table Answer::finish() {
  Table table;
  table.columns = column_names();
  table.key_columns = shown_.by.size() + (shown_.windows ? 1 : 0);
  add_notes(table);
  const auto to_ranks = [](std::vector<std::uint32_t>& numbers, const std::vector<std::uint32_t>& ranks) {
    for (std::uint32_t& number : numbers) number = ranks[number];
  };
  to_ranks(window_of_, windows.ranks());
  to_ranks(dimensions_of_, dimensions.ranks());
  table.rows = rows_.finish(order_by(window_of_, windows.size(), dimensions_of_, dimensions.size()));
  return table;
}

void Answer::add_notes(Table& table) const {
  const auto note = [&](std::size_t n, const std::string& what) {
    if (n > 0) table.notes.push_back(std::to_string(n) + (n == 1 ? " row " : " rows ") + what);
  };
  note(dirty_, "wait for `tidemark recompute`: their percentiles cover computed_counter of update_counter spans");
  note(unmergeable_,
       "hold several buckets whose distributions retention has dropped; their merged percentiles are NULL");
  note(incomplete_, "begin before some column was declared; those columns are NULL there");
}

}  // namespace tidemark
