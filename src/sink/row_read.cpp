#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include <tidemark/errors.hpp>

#include "model/key.hpp"
#include "model/units.hpp"
#include "sink/row.hpp"

namespace tidemark {
namespace {

[[noreturn]] void corrupt(const TableLayout& layout, const std::string& what) {
  throw SinkError(SinkError::Kind::permanent,
                  "a row of '" + layout.table + "' was not written by Tidemark, or was changed: " + what);
}

template <typename Sixteen>
void copy_sixteen(const TableLayout& layout, std::string_view from, Sixteen& to) {
  if (from.size() != to.size()) corrupt(layout, "a digest is not 16 bytes long");
  std::memcpy(to.data(), from.data(), to.size());
}

/// The double so many steps further from 0, or nearer to it.
double neighbour(double v, int steps) { return std::bit_cast<double>(std::bit_cast<std::int64_t>(v) + steps); }

/// A percentile in stored units that gives `shown` in every one of the slot's columns that take it: dividing is not
/// invertible to the bit, so the neighbours are tried. SQL does the same: schemas/migrations/postgres/, `unshown`.
double unshown_percentile(const RollupDef& rollup, const std::vector<std::pair<int, double>>& shown) {
  const ColumnDef& first = rollup.columns[static_cast<std::size_t>(shown[0].first)];
  const double guess = shown[0].second * static_cast<double>(shown_divisor(first));
  for (const int steps : {0, 1, -1, 2, -2, 3, -3, 4, -4}) {
    const double candidate = neighbour(guess, steps);
    const bool fits = std::all_of(shown.begin(), shown.end(), [&](const auto& column) {
      return real_in_unit(rollup.columns[static_cast<std::size_t>(column.first)], candidate) == column.second;
    });
    if (fits) return candidate;
  }
  return guess;
}

/// Restores one slot's state from one row.
class SlotReader {
 public:
  SlotReader(const TableLayout& layout, const RollupDef& rollup, int slot, const RowReader::SlotPlan& plan,
             const std::vector<int>& result_at, const ValueReader& row, Bucket& bucket)
      : layout_(layout),
        rollup_(rollup),
        slot_(slot),
        plan_(plan),
        result_at_(result_at),
        row_(row),
        bucket_(bucket),
        result_(plan.result),
        state_(&bucket.states[static_cast<std::size_t>(slot)]) {}

  /// False when the row does not know this slot.
  bool restore() {
    switch (plan_.leading->kind) {
      case AggregateKind::count: return count();
      case AggregateKind::sum: return sum();
      case AggregateKind::min:
      case AggregateKind::max: return extreme();
      case AggregateKind::avg: return average();
      case AggregateKind::first:
      case AggregateKind::last: return edge();
      case AggregateKind::count_distinct: return distinct();
      case AggregateKind::percentile_cont: return distribution();
      case AggregateKind::corr: return moments();
    }
    return false;
  }

 private:
  int at(SinkRole role) const { return plan_.state[static_cast<std::size_t>(role)]; }
  bool is_null(SinkRole role) const { return row_.is_null(at(role)); }

  bool count() {
    if (row_.is_null(result_)) return false;
    state_->n = row_.bigint(result_);
    return true;
  }

  bool sum() {
    if (row_.is_null(result_)) return !is_null(SinkRole::units);
    state_->n = 1;
    state_->v =
        layout_.dialect == Dialect::sqlite ? row_.units(at(SinkRole::units)) : row_.decimal(result_, plan_.divisor);
    return true;
  }

  bool extreme() {
    if (row_.is_null(result_)) return !is_null(SinkRole::units);
    state_->n = 1;
    state_->v = integer_of_result(SinkRole::units);
    return true;
  }

  std::int64_t integer_of_result(SinkRole units) const {
    switch (plan_.type) {
      case SinkType::instant: return row_.instant(result_).us;
      case SinkType::boolean: return row_.boolean(result_);
      case SinkType::bigint: return row_.bigint(result_);
      default: break;
    }
    if (!is_null(units)) return row_.bigint(at(units));
    return std::llround(row_.real(result_) * static_cast<double>(plan_.divisor));
  }

  bool average() {
    if (is_null(SinkRole::count)) return false;
    state_->n = row_.bigint(at(SinkRole::count));
    if (state_->n != 0) state_->v = row_.decimal(at(SinkRole::sum), plan_.divisor);
    return true;
  }

  bool edge() {
    if (is_null(SinkRole::id)) return false;
    const std::string_view identity = row_.bytes(at(SinkRole::id));
    if (identity.empty()) return true;
    state_->n = 1;
    auto& held = state_->get_or_make<EdgeState>();
    copy_sixteen(layout_, identity, held.identity.bytes);
    held.time = row_.instant(at(SinkRole::at));
    switch (plan_.type) {
      case SinkType::text: held.text = row_.text(result_); break;
      case SinkType::text_list: held.text = canonical_labels(row_.text_list(result_)); break;
      default: held.value = integer_of_result(SinkRole::units); break;
    }
    return true;
  }

  bool distinct() {
    if (is_null(SinkRole::digests)) return false;
    auto digests = row_.digest_list(at(SinkRole::digests));
    if (!digests.empty()) state_->get_or_make<DistinctState>().digests = std::move(digests);
    return true;
  }

  bool distribution() {
    if (is_null(SinkRole::values)) return shown_distribution();
    std::vector<std::int64_t> counts;
    if (!is_null(SinkRole::counts)) counts = row_.bigint_list(at(SinkRole::counts));
    auto values = row_.bigint_list(at(SinkRole::values));
    if (values.empty()) return true;
    try {
      state_->get_or_make<DistributionState>().distribution = Distribution::from(std::move(values), std::move(counts));
    } catch (const InputError& e) {
      corrupt(layout_, e.what());
    }
    return true;
  }

  /// All that is left is what the columns show: of a bucket of one span, or of one whose distribution was dropped.
  bool shown_distribution() {
    const SlotDef& def = rollup_.slots[static_cast<std::size_t>(slot_)];
    std::vector<std::pair<double, double>> results;
    for (const double p : def.percentiles) {
      const auto shown = shown_percentiles(p);
      if (!shown.empty()) results.emplace_back(p, unshown_percentile(rollup_, shown));
    }
    if (results.empty()) return false;
    auto& held = state_->get_or_make<DistributionState>();
    // Of one span nothing is ever dropped: its value is what all percentiles are.
    const double value = results[0].second;
    if (bucket_.computed_counter == 1 && std::abs(value) <= static_cast<double>(kExactInDouble)) {
      std::vector<std::int64_t> one = {std::llround(value)};
      held.distribution = Distribution::of(one);
      return true;
    }
    held.dropped = true;
    held.results = std::move(results);
    bucket_.unmergeable = true;
    return true;
  }

  /// The slot's columns that show percentile `p`, and what they show.
  std::vector<std::pair<int, double>> shown_percentiles(double p) const {
    std::vector<std::pair<int, double>> shown;
    for (std::size_t i = 0; i < rollup_.columns.size(); ++i) {
      const ColumnDef& column = rollup_.columns[i];
      if (column.slot != slot_ || column.percentile != p || row_.is_null(result_at_[i])) continue;
      shown.emplace_back(static_cast<int>(i), row_.real(result_at_[i]));
    }
    return shown;
  }

  bool moments() {
    if (is_null(SinkRole::pairs)) return false;
    state_->n = row_.bigint(at(SinkRole::pairs));
    if (state_->n == 0) return true;
    auto& m = state_->get_or_make<MomentState>();
    m.sum_x = row_.units(at(SinkRole::sum_x));
    m.sum_y = row_.units(at(SinkRole::sum_y));
    m.overflowed = is_null(SinkRole::sum_xx);
    if (m.overflowed) return true;
    m.sum_xx = row_.units(at(SinkRole::sum_xx));
    m.sum_yy = row_.units(at(SinkRole::sum_yy));
    m.sum_xy = row_.units(at(SinkRole::sum_xy));
    return true;
  }

  const TableLayout& layout_;
  const RollupDef& rollup_;
  const int slot_;
  const RowReader::SlotPlan& plan_;
  const std::vector<int>& result_at_;
  const ValueReader& row_;
  Bucket& bucket_;
  const int result_;
  State* state_;
};

void read_dimension(const SinkColumn& column, const ValueReader& row, int position, DimensionValue& value) {
  value.is_set = column.type == SinkType::text_list;
  if (row.is_null(position)) return;
  if (value.is_set)
    value.labels = row.text_list(position);
  else if (column.type == SinkType::boolean)
    value.text = row.boolean(position) ? "true" : "false";
  else
    value.text = row.text(position);
}

void read_fixed(const TableLayout& layout, const SinkColumn& column, const ValueReader& row, int position,
                Bucket& bucket) {
  switch (column.role) {
    case SinkRole::dimension:
      return read_dimension(column, row, position, bucket.dimensions[static_cast<std::size_t>(column.index)]);
    case SinkRole::bucket_key: return copy_sixteen(layout, row.bytes(position), bucket.key.bytes);
    case SinkRole::bucket_start: bucket.start = row.instant(position); return;
    case SinkRole::agent_id: bucket.agent.bytes = row.uuid(position); return;
    case SinkRole::epoch: bucket.epoch = static_cast<std::uint32_t>(row.bigint(position)); return;
    case SinkRole::update_counter: bucket.update_counter = static_cast<std::uint64_t>(row.bigint(position)); return;
    case SinkRole::computed_counter: bucket.computed_counter = static_cast<std::uint64_t>(row.bigint(position)); return;
    case SinkRole::finished: bucket.finished = row.boolean(position); return;
    default: return;
  }
}

/// A slot's state goes by its leading column's result; that of percentiles, once they are final, by all columns'.
template <typename WantedSlot>
bool wanted_result(const RollupDef& rollup, int index, const WantedSlot& wanted_slot) {
  const ColumnDef& column = rollup.columns[static_cast<std::size_t>(index)];
  if (!wanted_slot(column.slot)) return false;
  return column.kind == AggregateKind::percentile_cont || leading_column(rollup, column.slot) == index;
}

}  // namespace

std::vector<std::size_t> columns_to_read(const TableLayout& layout, const RollupDef& rollup,
                                         const BucketFilter& filter) {
  const auto wanted_slot = [&](int slot) {
    return filter.uses.empty() || filter.uses[static_cast<std::size_t>(slot)] != SlotUse::none;
  };
  const auto wanted = [&](const SinkColumn& column) {
    switch (column.role) {
      case SinkRole::dimension:
        return !filter.dimensions || std::find(filter.dimensions->begin(), filter.dimensions->end(), column.index) !=
                                         filter.dimensions->end();
      case SinkRole::bucket_key:
      case SinkRole::agent_id:
      case SinkRole::epoch: return filter.keys;
      case SinkRole::result: return wanted_result(rollup, column.index, wanted_slot);
      case SinkRole::schema_version:
      case SinkRole::synced_at: return false;
      default: return column.role < SinkRole::units || wanted_slot(column.index);
    }
  };
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < layout.columns.size(); ++i)
    if (wanted(layout.columns[i])) columns.push_back(i);
  return columns;
}

RowReader::RowReader(const TableLayout& layout, const RollupDef& rollup, std::vector<std::size_t> columns)
    : layout_(layout),
      rollup_(rollup),
      columns_(std::move(columns)),
      result_at_(rollup.columns.size(), -1),
      slots_(rollup.slots.size()) {
  for (std::size_t position = 0; position < columns_.size(); ++position) {
    const SinkColumn& column = layout.columns[columns_[position]];
    const auto index = static_cast<std::size_t>(column.index);
    if (column.role == SinkRole::result) result_at_[index] = static_cast<int>(position);
    if (column.role >= SinkRole::units)
      slots_[index].state[static_cast<std::size_t>(column.role)] = static_cast<int>(position);
  }
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    const int leading = leading_column(rollup, static_cast<int>(slot));
    if (leading < 0 || result_at_[static_cast<std::size_t>(leading)] < 0) continue;
    SlotPlan& plan = slots_[slot];
    plan.leading = &rollup.columns[static_cast<std::size_t>(leading)];
    plan.type = result_type(*plan.leading, layout.dialect);
    plan.divisor = shown_divisor(*plan.leading);
    plan.result = result_at_[static_cast<std::size_t>(leading)];
  }
}

Bucket RowReader::read(const ValueReader& row) const {
  Bucket bucket;
  bucket.dimensions.resize(rollup_.by.size());
  bucket.states.resize(slots_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i)
    read_fixed(layout_, layout_.columns[columns_[i]], row, static_cast<int>(i), bucket);
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot].leading == nullptr) continue;
    SlotReader reader(layout_, rollup_, static_cast<int>(slot), slots_[slot], result_at_, row, bucket);
    if (reader.restore()) continue;
    bucket.incomplete_slots.resize(slots_.size(), false);
    bucket.incomplete_slots[slot] = true;
  }
  return bucket;
}

}  // namespace tidemark
