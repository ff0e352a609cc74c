#include "model/aggregates/kinds.hpp"
#include "model/aggregates/plain_states.hpp"
#include "model/exact_ratio.hpp"
#include "model/units.hpp"

namespace tidemark {
namespace {

/// sum: exact in 128 bits; 2^64 values of 64 bits fit. NULL over no values, as in SQL.
class Sum : public ValueAggregate {
 public:
  void add(State& state, const Contribution& c) const override {
    if (c.value == kNull) return;
    ++state.n;
    state.v += c.value;
  }
  void add_run(State& state, const ValueRun& run) const override {
    state.n += static_cast<std::int64_t>(run.count);
    for (const std::int64_t value : run.ascending) state.v += value;
  }
  void merge(State& into, const State& other) const override {
    into.n += other.n;
    into.v += other.v;
  }
  void remove(State& from, const State& part) const override {
    from.n -= part.n;
    from.v -= part.v;
  }
  void encode(const State& state, std::string& out) const override {
    put_varint(out, static_cast<std::uint64_t>(state.n));
    if (state.n != 0) put_int128(out, state.v);
  }
  void decode(ByteReader& in, State& state) const override { decode_sum(in, state); }
  Cell result(const State& state, const ColumnDef& column) const override {
    if (state.n == 0) return {};
    return sum_in_unit(column, state.v);
  }
};

/// avg: the same state; the exact sum divided by the count, rounded to a double once.
class Average final : public Sum {
 public:
  Cell result(const State& state, const ColumnDef& column) const override {
    if (state.n == 0) return {};
    const Decimal sum = std::get<Decimal>(sum_in_unit(column, state.v));
    return nearest_quotient(sum.units, state.n, sum.divisor);
  }
};

}  // namespace

const Aggregate& sum_aggregate() {
  static const Sum instance;
  return instance;
}

const Aggregate& average_aggregate() {
  static const Average instance;
  return instance;
}

}  // namespace tidemark
