#include "read/view_plan.hpp"

#include <chrono>
#include <cmath>

#include <tidemark/errors.hpp>

#include "model/exact_ratio.hpp"
#include "model/schema_toml.hpp"
#include "model/units.hpp"
#include "read/view_groups.hpp"
#include "read/view_order.hpp"

namespace tidemark {
namespace {

Instant month_start(Instant t) {
  using namespace std::chrono;
  const auto day = floor<std::chrono::days>(sys_time<microseconds>(microseconds(t.us)));
  const year_month_day date(day);
  const sys_days first(date.year() / date.month() / 1);
  return {duration_cast<microseconds>(first.time_since_epoch()).count()};
}

/// A count or a sum: units / divisor.
struct Fraction {
  Int128 units = 0;
  std::int64_t divisor = 1;
};

/// a / b, rounded once wherever 128 bits hold what it takes.
Cell quotient(const Fraction& a, const Fraction& b) {
  if (b.units == 0) return {};
  const Int128 sign = b.units < 0 ? -1 : 1;
  Int128 scaled = 0;
  const bool fits =
      !__builtin_mul_overflow(a.units * sign, static_cast<Int128>(b.divisor), &scaled) && b.units * sign <= INT64_MAX;
  if (fits) return nearest_quotient(scaled, static_cast<std::int64_t>(b.units * sign), a.divisor);
  return to_double(Decimal{a.units, a.divisor}) / to_double(Decimal{b.units, b.divisor});
}

/// Makes the rows of the groups.
class RowMaker {
 public:
  RowMaker(const RollupDef& rollup, const ViewDef& view, const ViewGroups& groups)
      : rollup_(rollup), view_(view), groups_(groups) {}

  ViewRow row(std::size_t group, const std::vector<ViewColumn>& set) {
    const ViewGroup& of = groups_.groups()[group];
    ViewRow row;
    if (view_.every) row.push_back(of.window ? Cell(*of.window) : Cell());
    const std::vector<Cell>& key = groups_.scope().key(of.key);
    row.insert(row.end(), key.begin(), key.end());
    unknown_ = false;
    for (const ViewColumn& column : set) row.push_back(cell(group, column));
    if (!view_.rank.empty()) row.emplace_back();
    unknown_rows_ += unknown_;
    return row;
  }
  std::size_t unknown_rows() const { return unknown_rows_; }

 private:
  const ColumnDef& column_of(const ViewOperand& operand) const {
    return rollup_.columns[static_cast<std::size_t>(operand.column)];
  }

  Cell cell(std::size_t group, const ViewColumn& column) {
    switch (column.kind) {
      case ViewColumn::Kind::constant: return column.constant;
      case ViewColumn::Kind::attribute: return groups_.scope().attribute(groups_.groups()[group].key, column.field);
      case ViewColumn::Kind::operand: return result(group, column.operand);
      case ViewColumn::Kind::ratio: {
        const auto above = fraction(group, column.operand);
        const auto below = fraction(group, column.divisor);
        return above && below ? quotient(*above, *below) : Cell();
      }
    }
    return {};
  }

  ViewGroups::Value value(std::size_t group, const ViewOperand& operand) {
    const ViewGroups::Value value = groups_.value(group, operand);
    if (!value.known) unknown_ = true;
    return value;
  }

  Cell result(std::size_t group, const ViewOperand& operand) {
    const ViewGroups::Value found = value(group, operand);
    if (!found.known) return {};
    if (operand.kind == ViewOperand::Kind::count_distinct) return found.number;
    if (operand.kind == ViewOperand::Kind::regr_count) return found.state->n;
    return result_of(column_of(operand), *found.state);
  }

  std::optional<Fraction> fraction(std::size_t group, const ViewOperand& operand) {
    const Cell cell = result(group, operand);
    if (const auto* integer = std::get_if<std::int64_t>(&cell)) return Fraction{*integer, 1};
    if (const auto* decimal = std::get_if<Decimal>(&cell)) return Fraction{decimal->units, decimal->divisor};
    return std::nullopt;
  }

  const RollupDef& rollup_;
  const ViewDef& view_;
  const ViewGroups& groups_;
  bool unknown_ = false;
  std::size_t unknown_rows_ = 0;
};

}  // namespace

ViewWindow window_of(const ViewDef& view, const RollupDef& rollup, Instant now) {
  if (!rollup.every || view.span == ViewDef::Span::all) return {};
  ViewWindow window;
  window.to = now + Micros{1};
  switch (view.span) {
    case ViewDef::Span::all: break;
    case ViewDef::Span::last: window.from = window_start(now - view.length, *rollup.every); break;
    case ViewDef::Span::this_day: window.from = window_start(now, days(1)); break;
    case ViewDef::Span::this_week: window.from = window_start(now, days(7)); break;
    case ViewDef::Span::this_month: window.from = month_start(now); break;
  }
  return window;
}

Table view_rows(const Schema& schema, const ViewDef& view, BucketSource& source,
                const std::vector<DimensionRows>& tables, Instant now) {
  const RollupDef& rollup = schema.rollups[static_cast<std::size_t>(view.rollup)];
  const ViewWindow window = window_of(view, rollup, now);
  ViewGroups groups(rollup, view, tables);
  BucketFilter filter = groups.filter();
  filter.from = window.from;
  filter.to = window.to;
  source.scan(filter, [&](Bucket&& bucket) { groups.add(std::move(bucket)); });
  groups.finish(window.from, window.to.value_or(now));

  const std::size_t most = SchemaLimits::kRows;
  if (groups.groups().size() * view.sets.size() > most)
    throw InputError("view " + view.name + " would have " + std::to_string(groups.groups().size() * view.sets.size()) +
                     " groups, more than " + std::to_string(most) + "; group by less, or choose a shorter window");
  RowMaker maker(rollup, view, groups);
  std::vector<ViewRow> rows;
  for (const auto& set : view.sets)
    for (std::size_t group = 0; group < groups.groups().size(); ++group) rows.push_back(maker.row(group, set));
  const std::size_t unknown = maker.unknown_rows();
  Table table = ordered_rows(view, view_layout(schema, view), std::move(rows));
  if (unknown > 0)
    table.notes.push_back(std::to_string(unknown) +
                          " groups have columns that are NULL, because retention has dropped what they are made of, or "
                          "they were declared later");
  return table;
}

}  // namespace tidemark
