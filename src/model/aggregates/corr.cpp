#include <cmath>

#include "model/aggregates/kinds.hpp"
#include "model/exact_ratio.hpp"

namespace tidemark {
namespace {

/// corr(y, x): Pearson's correlation from exact integer moments, rounded to a double once.
/// Source: PostgreSQL's float8_corr, with the sums of squares as n·Σxx − (Σx)², which here is exact.
class Correlation final : public Aggregate {
 public:
  void add(State& state, const Contribution& c) const override {
    if (c.value == kNull || c.second == kNull) return;
    auto& m = state.get_or_make<MomentState>();
    ++state.n;
    const Int128 y = c.value;
    const Int128 x = c.second;
    m.sum_x += x;
    m.sum_y += y;
    accumulate(m, m.sum_xx, x * x);
    accumulate(m, m.sum_yy, y * y);
    accumulate(m, m.sum_xy, x * y);
  }
  void merge(State& into, const State& other) const override {
    const auto* theirs = other.get<MomentState>();
    if (theirs == nullptr) return;
    auto& m = into.get_or_make<MomentState>();
    into.n += other.n;
    m.overflowed |= theirs->overflowed;
    m.sum_x += theirs->sum_x;
    m.sum_y += theirs->sum_y;
    accumulate(m, m.sum_xx, theirs->sum_xx);
    accumulate(m, m.sum_yy, theirs->sum_yy);
    accumulate(m, m.sum_xy, theirs->sum_xy);
  }
  void remove(State& from, const State& part) const override {
    const auto* theirs = part.get<MomentState>();
    if (theirs == nullptr) return;
    auto& m = from.get_or_make<MomentState>();
    from.n -= part.n;
    if (from.n == 0) return from.extra.reset();
    m.sum_x -= theirs->sum_x;
    m.sum_y -= theirs->sum_y;
    // What has left 128 bits cannot come back.
    if (m.overflowed) return;
    m.sum_xx -= theirs->sum_xx;
    m.sum_yy -= theirs->sum_yy;
    m.sum_xy -= theirs->sum_xy;
  }
  void encode(const State& state, std::string& out) const override {
    const auto* m = state.get<MomentState>();
    put_varint(out, m == nullptr ? 0 : static_cast<std::uint64_t>(state.n));
    if (m == nullptr) return;
    put_u8(out, m->overflowed);
    for (const Int128 v : {m->sum_x, m->sum_y, m->sum_xx, m->sum_yy, m->sum_xy}) put_int128(out, v);
  }
  void decode(ByteReader& in, State& state) const override {
    state = State{};
    state.n = static_cast<std::int64_t>(in.varint());
    if (state.n == 0) return;
    auto& m = state.get_or_make<MomentState>();
    m.overflowed = in.u8() != 0;
    for (Int128* v : {&m.sum_x, &m.sum_y, &m.sum_xx, &m.sum_yy, &m.sum_xy}) *v = in.int128();
  }
  Cell result(const State& state, const ColumnDef&) const override {
    const auto* m = state.get<MomentState>();
    if (m == nullptr || m->overflowed) return {};
    const double r = nearest_correlation({state.n, m->sum_x, m->sum_y, m->sum_xx, m->sum_yy, m->sum_xy});
    if (std::isnan(r)) return {};
    return r;
  }

 private:
  static void accumulate(MomentState& m, Int128& sum, Int128 value) {
    // The squares only grow, and |Σxy| never passes their mean, so whether a state overflows depends on no order.
    if (__builtin_add_overflow(sum, value, &sum)) m.overflowed = true;
    if (m.overflowed) m.sum_xx = m.sum_yy = m.sum_xy = 0;
  }
};

}  // namespace

const Aggregate& correlation_aggregate() {
  static const Correlation instance;
  return instance;
}

}  // namespace tidemark
