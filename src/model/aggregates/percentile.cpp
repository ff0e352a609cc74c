#include <algorithm>

#include "model/aggregates/kinds.hpp"
#include "model/units.hpp"

namespace tidemark {
namespace {

/// percentile_cont: every value, kept as a distribution. Once retention has dropped that, what it gave is kept instead,
/// and the state takes no more values.
class Percentile final : public ValueAggregate {
 public:
  void add(State& state, const Contribution& c) const override {
    if (c.value == kNull) return;
    auto& held = state.get_or_make<DistributionState>();
    if (held.dropped) throw StoreError("a distribution that was dropped takes no more values");
    held.distribution.add(c.value);
    held.results.clear();
  }
  void add_run(State& state, const ValueRun& run) const override {
    if (run.count == 0) return;
    auto& held = state.get_or_make<DistributionState>();
    if (held.dropped) throw StoreError("a distribution that was dropped takes no more values");
    held.distribution.merge_ascending(run.ascending);
    held.results.clear();
  }
  void merge(State& into, const State& other) const override {
    const auto* theirs = other.get<DistributionState>();
    if (theirs == nullptr) return;
    auto& ours = into.get_or_make<DistributionState>();
    if (theirs->dropped || ours.dropped) throw StoreError("a distribution that was dropped cannot be merged");
    ours.distribution.merge(theirs->distribution);
    ours.results.clear();
  }
  void remove(State& from, const State& part) const override {
    const auto* theirs = part.get<DistributionState>();
    if (theirs == nullptr) return;
    auto& ours = from.get_or_make<DistributionState>();
    if (theirs->dropped || ours.dropped) throw StoreError("a distribution that was dropped gives no values back");
    ours.distribution.remove(theirs->distribution);
    ours.results.clear();
  }
  void encode(const State& state, std::string& out) const override {
    const auto* held = state.get<DistributionState>();
    const bool dropped = held != nullptr && held->dropped;
    put_u8(out, dropped ? 1 : 0);
    if (!dropped) {
      static const Distribution kEmpty;
      (held != nullptr ? held->distribution : kEmpty).encode(out);
      return;
    }
    put_varint(out, held->results.size());
    for (const auto& [p, value] : held->results) {
      put_little_endian(out, p);
      put_little_endian(out, value);
    }
  }
  void decode(ByteReader& in, State& state) const override {
    state = State{};
    const bool dropped = in.u8() != 0;
    auto& held = state.get_or_make<DistributionState>();
    held.dropped = dropped;
    if (!dropped) {
      held.distribution = Distribution::decode(in);
      return;
    }
    held.results.resize(in.count());
    for (auto& [p, value] : held.results) {
      p = in.little_endian<double>();
      value = in.little_endian<double>();
    }
  }
  Cell result(const State& state, const ColumnDef& column) const override {
    const auto* held = state.get<DistributionState>();
    if (held == nullptr) return {};
    const auto found = std::find_if(held->results.begin(), held->results.end(),
                                    [&](const auto& r) { return r.first == column.percentile; });
    if (found != held->results.end()) return real_in_unit(column, found->second);
    if (held->dropped || held->distribution.empty()) return {};
    return real_in_unit(column, held->distribution.percentile(column.percentile));
  }
};

}  // namespace

bool DistributionState::clear() {
  distribution.clear();
  dropped = false;
  results.clear();
  return true;
}

const Aggregate& percentile_aggregate() {
  static const Percentile instance;
  return instance;
}

}  // namespace tidemark
