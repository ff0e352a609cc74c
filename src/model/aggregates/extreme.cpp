#include "model/aggregates/kinds.hpp"
#include "model/aggregates/plain_states.hpp"
#include "model/units.hpp"

namespace tidemark {
namespace {

/// min and max of measures and instants.
template <bool Largest>
class Extreme final : public ValueAggregate {
 public:
  void add(State& state, const Contribution& c) const override {
    if (c.value != kNull) take(state, c.value);
  }
  void add_run(State& state, const ValueRun& run) const override {
    if (run.count != 0) take(state, Largest ? run.ascending.back() : run.ascending.front());
  }
  void merge(State& into, const State& other) const override {
    if (other.n != 0) take(into, static_cast<std::int64_t>(other.v));
  }
  void remove(State&, const State&) const override {}
  void encode(const State& state, std::string& out) const override {
    put_u8(out, state.n != 0);
    if (state.n != 0) put_signed(out, static_cast<std::int64_t>(state.v));
  }
  void decode(ByteReader& in, State& state) const override { decode_extreme(in, state); }
  Cell result(const State& state, const ColumnDef& column) const override {
    if (state.n == 0) return {};
    return integer_in_unit(column, static_cast<std::int64_t>(state.v));
  }

 private:
  static void take(State& state, std::int64_t value) {
    if (state.n == 0 || (Largest ? value > state.v : value < state.v)) state.v = value;
    state.n = 1;
  }
};

}  // namespace

const Aggregate& min_aggregate() {
  static const Extreme<false> instance;
  return instance;
}

const Aggregate& max_aggregate() {
  static const Extreme<true> instance;
  return instance;
}

}  // namespace tidemark
