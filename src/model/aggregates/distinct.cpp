#include <algorithm>

#include "model/aggregates/kinds.hpp"

namespace tidemark {
namespace {

Digest digest_of_value(const Contribution& c) {
  if (c.text.data() != nullptr) return digest_of(c.text);
  char bytes[sizeof c.value];
  std::memcpy(bytes, &c.value, sizeof bytes);
  return digest_of({bytes, sizeof bytes});
}

/// count_distinct: the set of the values' digests, so that sets of hours and agents merge exactly.
class Distinct final : public Aggregate {
 public:
  void add(State& state, const Contribution& c) const override {
    if (c.value == kNull) return;
    auto& digests = state.get_or_make<DistinctState>().digests;
    const Digest digest = digest_of_value(c);
    const auto at = std::lower_bound(digests.begin(), digests.end(), digest);
    if (at == digests.end() || *at != digest) digests.insert(at, digest);
  }
  void merge(State& into, const State& other) const override {
    const auto* theirs = other.get<DistinctState>();
    if (theirs == nullptr) return;
    auto& ours = into.get_or_make<DistinctState>().digests;
    std::vector<Digest> both;
    both.reserve(ours.size() + theirs->digests.size());
    std::set_union(ours.begin(), ours.end(), theirs->digests.begin(), theirs->digests.end(), std::back_inserter(both));
    ours = std::move(both);
  }
  void remove(State&, const State&) const override {}
  void encode(const State& state, std::string& out) const override {
    const auto* set = state.get<DistinctState>();
    put_varint(out, set == nullptr ? 0 : set->digests.size());
    if (set == nullptr) return;
    for (const Digest& digest : set->digests) out.append(digest.view());
  }
  void decode(ByteReader& in, State& state) const override {
    state = State{};
    const std::size_t n = in.count();
    if (n == 0) return;
    auto& digests = state.get_or_make<DistinctState>().digests;
    digests.resize(n);
    for (Digest& digest : digests) std::memcpy(digest.bytes.data(), in.bytes(16).data(), 16);
  }
  void decode_result(ByteReader& in, State& state) const override {
    state = State{};
    state.n = static_cast<std::int64_t>(in.count());
    in.bytes(static_cast<std::uint64_t>(state.n) * 16);
  }
  Cell result(const State& state, const ColumnDef&) const override {
    const auto* set = state.get<DistinctState>();
    return set == nullptr ? state.n : static_cast<std::int64_t>(set->digests.size());
  }
};

}  // namespace

const Aggregate& distinct_aggregate() {
  static const Distinct instance;
  return instance;
}

}  // namespace tidemark
