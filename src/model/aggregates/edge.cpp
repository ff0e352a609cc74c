#include <tuple>

#include "model/aggregates/kinds.hpp"
#include "model/key.hpp"
#include "model/units.hpp"

namespace tidemark {
namespace {

/// first and last: the field's value in the span of the earliest or latest time that has one. Spans of the same time
/// are ordered by identity, so that the order of arrival never matters.
template <bool Latest>
class Edge final : public Aggregate {
 public:
  void add(State& state, const Contribution& c) const override {
    if (c.value == kNull) return;
    const auto* held = state.get<EdgeState>();
    const std::int64_t value = c.text.data() == nullptr ? c.value : 0;
    if (held != nullptr && !wins(std::tie(c.time, *c.identity, value, c.text), *held)) return;
    auto& edge = state.get_or_make<EdgeState>();
    edge.time = c.time;
    edge.identity = *c.identity;
    edge.value = value;
    edge.text = c.text;
    state.n = 1;
  }
  void merge(State& into, const State& other) const override {
    const auto* theirs = other.get<EdgeState>();
    if (theirs == nullptr) return;
    const auto* ours = into.get<EdgeState>();
    if (ours == nullptr || wins(std::tie(theirs->time, theirs->identity, theirs->value, theirs->text), *ours))
      into = other;
  }
  void remove(State&, const State&) const override {}
  void encode(const State& state, std::string& out) const override {
    const auto* edge = state.get<EdgeState>();
    put_u8(out, edge != nullptr);
    if (edge == nullptr) return;
    put_signed(out, edge->time.us);
    out.append(edge->identity.view());
    put_signed(out, edge->value);
    put_text(out, edge->text);
  }
  void decode(ByteReader& in, State& state) const override {
    state = State{};
    if (in.u8() == 0) return;
    auto& edge = state.get_or_make<EdgeState>();
    edge.time.us = in.signed_varint();
    std::memcpy(edge.identity.bytes.data(), in.bytes(16).data(), 16);
    edge.value = in.signed_varint();
    edge.text = in.text();
    state.n = 1;
  }
  Cell result(const State& state, const ColumnDef& column) const override {
    const auto* edge = state.get<EdgeState>();
    if (edge == nullptr) return {};
    switch (column.type) {
      case FieldType::text:
      case FieldType::result: return edge->text;
      case FieldType::labels: return parse_labels(edge->text);
      case FieldType::boolean: return edge->value != 0;
      default: return integer_in_unit(column, edge->value);
    }
  }

 private:
  /// The value decides last: two agents may have accepted the same identity with different content.
  template <typename Candidate>
  static bool wins(const Candidate& candidate, const EdgeState& held) {
    const auto theirs = std::tie(held.time, held.identity, held.value, held.text);
    return Latest ? candidate > theirs : candidate < theirs;
  }
};

}  // namespace

const Aggregate& first_aggregate() {
  static const Edge<false> instance;
  return instance;
}

const Aggregate& last_aggregate() {
  static const Edge<true> instance;
  return instance;
}

}  // namespace tidemark
