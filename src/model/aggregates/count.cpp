#include "model/aggregates/kinds.hpp"
#include "model/aggregates/plain_states.hpp"

namespace tidemark {
namespace {

/// count() and count(field): spans, or those in which the field is present.
class Count final : public ValueAggregate {
 public:
  void add(State& state, const Contribution& c) const override { state.n += c.value != kNull; }
  void add_run(State& state, const ValueRun& run) const override { state.n += static_cast<std::int64_t>(run.count); }
  void merge(State& into, const State& other) const override { into.n += other.n; }
  void remove(State& from, const State& part) const override { from.n -= part.n; }
  void encode(const State& state, std::string& out) const override {
    put_varint(out, static_cast<std::uint64_t>(state.n));
  }
  void decode(ByteReader& in, State& state) const override { decode_count(in, state); }
  Cell result(const State& state, const ColumnDef&) const override { return state.n; }
};

}  // namespace

const Aggregate& count_aggregate() {
  static const Count instance;
  return instance;
}

}  // namespace tidemark
