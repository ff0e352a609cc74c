#include <limits>

#include <tidemark/errors.hpp>

#include "sink/row.hpp"

namespace tidemark {
namespace {

[[noreturn]] void refuse(const TableLayout& layout, const std::string& what) {
  throw SinkError(SinkError::Kind::row, "a bucket of '" + layout.table + "' cannot be stored: " + what);
}

/// Writes what depends on one slot's state.
class RowWriter {
 public:
  RowWriter(const TableLayout& layout, const RollupDef& rollup, const Bucket& bucket, ValueWriter& out)
      : layout_(layout), rollup_(rollup), bucket_(bucket), out_(out) {
    if (bucket.dimensions.size() != rollup.by.size() || bucket.states.size() != rollup.slots.size())
      refuse(layout, "it has other dimensions or columns than its rollup");
  }

  void dimension(const SinkColumn& column) {
    const DimensionValue& value = bucket_.dimensions[static_cast<std::size_t>(column.index)];
    if (column.type == SinkType::text_list) return out_.text_list(value.labels);
    if (column.type == SinkType::text) return text(column, value.text);
    if (value.text.empty()) return out_.null();
    if (value.text != "true" && value.text != "false")
      refuse(layout_, "'" + value.text + "' in " + column.name + " is neither true nor false");
    out_.boolean(value.text == "true");
  }

  void counter(const SinkColumn& column, std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      refuse(layout_, column.name + " is out of range");
    out_.bigint(static_cast<std::int64_t>(value));
  }

  void integer(const SinkColumn& column, std::int64_t value) {
    if (value < 0 || value > std::numeric_limits<std::int32_t>::max())
      refuse(layout_, column.name + " is out of range");
    out_.integer(static_cast<std::int32_t>(value));
  }

  void result(const SinkColumn& column) {
    const ColumnDef& def = rollup_.columns[static_cast<std::size_t>(column.index)];
    if (incomplete(def.slot)) return out_.null();
    std::visit([&](const auto& value) { cell(column, value); }, result_of(def, state(def.slot)));
  }

  void state_column(const SinkColumn& column) {
    if (incomplete(column.index)) return out_.null();
    switch (rollup_.slots[static_cast<std::size_t>(column.index)].kind) {
      case AggregateKind::sum: return sum_units(column);
      case AggregateKind::min:
      case AggregateKind::max: return extreme_units(column);
      case AggregateKind::avg: return average(column);
      case AggregateKind::first:
      case AggregateKind::last: return edge(column);
      case AggregateKind::count_distinct: return distinct(column);
      case AggregateKind::percentile_cont: return distribution(column);
      case AggregateKind::corr: return moment(column);
      case AggregateKind::count: break;
    }
    out_.null();
  }

 private:
  const State& state(int slot) const { return bucket_.states[static_cast<std::size_t>(slot)]; }
  bool incomplete(int slot) const {
    const auto i = static_cast<std::size_t>(slot);
    return i < bucket_.incomplete_slots.size() && bucket_.incomplete_slots[i];
  }
  const ColumnDef& leading(int slot) const {
    return rollup_.columns[static_cast<std::size_t>(leading_column(rollup_, slot))];
  }

  void text(const SinkColumn& column, std::string_view value) {
    // SQLite would take it and lose what follows in some readers; PostgreSQL refuses it.
    if (value.find('\0') != std::string_view::npos) refuse(layout_, "the text in " + column.name + " holds a NUL");
    out_.text(value);
  }

  void cell(const SinkColumn&, std::monostate) { out_.null(); }
  void cell(const SinkColumn& column, const std::string& v) { text(column, v); }
  void cell(const SinkColumn&, const std::vector<std::string>& v) { out_.text_list(v); }
  void cell(const SinkColumn&, Instant v) { out_.instant(v); }
  void cell(const SinkColumn&, bool v) { out_.boolean(v); }
  void cell(const SinkColumn&, std::int64_t v) { out_.bigint(v); }
  void cell(const SinkColumn&, double v) { out_.real(v); }
  void cell(const SinkColumn& column, const Decimal& v) {
    if (column.type == SinkType::real)
      out_.real(to_double(v));
    else
      out_.decimal(v);
  }

  // Where a result is NULL, 0 here says that there were no values; NULL says that nobody counted.
  void sum_units(const SinkColumn& column) {
    const State& s = state(column.index);
    if (column.type == SinkType::units) return out_.units(s.n == 0 ? 0 : s.v);
    if (s.n == 0) return out_.bigint(0);
    out_.null();
  }

  void extreme_units(const SinkColumn& column) {
    const State& s = state(column.index);
    if (s.n == 0) return out_.bigint(0);
    large_units(column, static_cast<std::int64_t>(s.v));
  }

  void large_units(const SinkColumn& column, std::int64_t v) {
    const bool small = v <= kExactInDouble && v >= -kExactInDouble;
    if (small || result_type(leading(column.index), layout_.dialect) != SinkType::real) return out_.null();
    out_.bigint(v);
  }

  void average(const SinkColumn& column) {
    const State& s = state(column.index);
    if (column.role == SinkRole::count) return out_.bigint(s.n);
    if (s.n == 0) return out_.null();
    out_.decimal({s.v, shown_divisor(leading(column.index))});
  }

  void edge(const SinkColumn& column) {
    const auto* held = state(column.index).get<EdgeState>();
    if (column.role == SinkRole::id) return out_.bytes(held == nullptr ? std::string_view() : held->identity.view());
    if (held == nullptr) return out_.null();
    if (column.role == SinkRole::at) return out_.instant(held->time);
    large_units(column, held->value);
  }

  void distinct(const SinkColumn& column) {
    static const std::vector<Digest> kNone;
    const auto* set = state(column.index).get<DistinctState>();
    out_.digest_list(set == nullptr ? kNone : set->digests);
  }

  void distribution(const SinkColumn& column) {
    static const std::vector<std::int64_t> kNone;
    const auto* held = state(column.index).get<DistributionState>();
    const bool dropped = held != nullptr && held->dropped && !held->results.empty();
    if (column.role == SinkRole::values) {
      if (dropped || (held != nullptr && is_shown(held->distribution))) return out_.null();
      return out_.bigint_list(held == nullptr ? kNone : held->distribution.values());
    }
    if (dropped || held == nullptr || held->distribution.counts().empty()) return out_.null();
    out_.bigint_list(held->distribution.counts());
  }

  /// The one value of a bucket of one span, which every percentile shows; half of all buckets are such, and an array of
  /// one costs PostgreSQL 29 bytes.
  bool is_shown(const Distribution& distribution) const {
    if (layout_.dialect != Dialect::postgres || bucket_.computed_counter != 1 || distribution.size() != 1) return false;
    const std::int64_t value = distribution.values()[0];
    return value <= kExactInDouble && value >= -kExactInDouble;
  }

  void moment(const SinkColumn& column) {
    const State& s = state(column.index);
    const auto* m = s.get<MomentState>();
    switch (column.role) {
      case SinkRole::pairs: return out_.bigint(m == nullptr ? 0 : s.n);
      case SinkRole::sum_x: return out_.units(m == nullptr ? 0 : m->sum_x);
      case SinkRole::sum_y: return out_.units(m == nullptr ? 0 : m->sum_y);
      default: break;
    }
    if (m != nullptr && m->overflowed) return out_.null();
    switch (column.role) {
      case SinkRole::sum_xx: return out_.units(m == nullptr ? 0 : m->sum_xx);
      case SinkRole::sum_yy: return out_.units(m == nullptr ? 0 : m->sum_yy);
      default: return out_.units(m == nullptr ? 0 : m->sum_xy);
    }
  }

  const TableLayout& layout_;
  const RollupDef& rollup_;
  const Bucket& bucket_;
  ValueWriter& out_;
};

}  // namespace

void write_row(const TableLayout& layout, const RollupDef& rollup, const Bucket& bucket, std::int64_t schema_version,
               Instant synced_at, ValueWriter& out) {
  RowWriter row(layout, rollup, bucket, out);
  for (const SinkColumn& column : layout.columns) {
    switch (column.role) {
      case SinkRole::dimension: row.dimension(column); break;
      case SinkRole::bucket_key: out.bytes(bucket.key.view()); break;
      case SinkRole::bucket_start: out.instant(bucket.start); break;
      case SinkRole::agent_id: out.uuid(bucket.agent.bytes); break;
      case SinkRole::epoch: row.integer(column, bucket.epoch); break;
      case SinkRole::result: row.result(column); break;
      case SinkRole::update_counter: row.counter(column, bucket.update_counter); break;
      case SinkRole::computed_counter: row.counter(column, bucket.computed_counter); break;
      case SinkRole::schema_version: row.integer(column, schema_version); break;
      case SinkRole::synced_at: out.instant(synced_at); break;
      case SinkRole::finished: out.boolean(bucket.finished); break;
      default: row.state_column(column); break;
    }
  }
}

}  // namespace tidemark
