#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "model/bytes.hpp"
#include "model/cell.hpp"
#include "model/digest.hpp"
#include "model/distribution.hpp"
#include "model/schema.hpp"

namespace tidemark {

/// What does not fit into two words of a state: distributions, sets, texts, moments.
struct StateExtra {
  virtual ~StateExtra() = default;
  virtual std::unique_ptr<StateExtra> clone() const = 0;
  /// Empties it and keeps its memory for what comes next. False: it can't, and has to go.
  virtual bool clear() { return false; }
};

/// One aggregate's state in one bucket. What the words mean is the aggregate's business.
struct State {
  // In this order they fill 32 bytes without a gap.
  std::int64_t n = 0;
  std::unique_ptr<StateExtra> extra;
  Int128 v = 0;

  State() = default;
  State(State&&) noexcept = default;
  State& operator=(State&&) noexcept = default;
  State(const State& other) : n(other.n), extra(other.extra ? other.extra->clone() : nullptr), v(other.v) {}
  State& operator=(const State& other) {
    if (this != &other) *this = State(other);
    return *this;
  }
  template <typename Extra>
  Extra& get_or_make() {
    if (!extra) extra = std::make_unique<Extra>();
    return static_cast<Extra&>(*extra);
  }
  template <typename Extra>
  const Extra* get() const {
    return static_cast<const Extra*>(extra.get());
  }
};

/// One span's contribution to one aggregate. Only spans whose `where` holds come here.
struct Contribution {
  std::int64_t value = 0;      ///< The aggregated field; kNull when absent.
  std::int64_t second = 0;     ///< corr's second measure.
  std::string_view text{};     ///< The field's text where it has one (`value` is then only null or not null).
  Instant time{};              ///< The span's time, for first and last.
  const Digest* identity = nullptr;  ///< Breaks ties of time.
};

/// A commutative monoid: add and merge in any order and grouping give the same state, bit for bit.
/// Stateless; one instance per kind; any thread.
class Aggregate {
 public:
  virtual ~Aggregate() = default;
  virtual void add(State& state, const Contribution& c) const = 0;
  virtual void merge(State& into, const State& other) const = 0;
  /// Takes a part that was merged in out again, as far as merging both later gives what there was: counts, sums, moments
  /// and distributions lose it; extremes, edges and sets stay as they are, because merging them twice changes nothing.
  virtual void remove(State& from, const State& part) const = 0;
  /// docs/format.md, "Aggregate states".
  virtual void encode(const State& state, std::string& out) const = 0;
  virtual void decode(ByteReader& in, State& state) const = 0;
  /// Decodes at least what `result` needs. Such a state may be no good for anything else.
  virtual void decode_result(ByteReader& in, State& state) const { decode(in, state); }
  /// What SQL's aggregate of that name gives, in the column's unit.
  virtual Cell result(const State& state, const ColumnDef& column) const = 0;
};

const Aggregate& aggregate_of(AggregateKind kind);

/// Many spans' contributions to one bucket. Only spans whose `where` holds come here, and of those only the ones that
/// have the aggregated field.
struct ValueRun {
  std::uint64_t count = 0;
  std::span<const std::int64_t> ascending;  ///< Their values, `count` of them; nothing for count().
};

/// An aggregate to which nothing of a span matters but the one value.
class ValueAggregate : public Aggregate {
 public:
  /// The same as adding them one by one.
  virtual void add_run(State& state, const ValueRun& run) const = 0;
};

/// Null when the kind needs more than values.
const ValueAggregate* value_aggregate_of(AggregateKind kind);

/// percentile_cont's state: the distribution; or, once retention dropped it, the percentiles that were final then.
struct DistributionState : StateExtra {
  Distribution distribution;
  bool dropped = false;
  /// Percentiles of exactly these values, as the recompute pass stored them: (p, in the measure's stored unit).
  /// Empty when they have to be computed first; all that is left when `dropped`.
  std::vector<std::pair<double, double>> results;
  std::unique_ptr<StateExtra> clone() const override { return std::make_unique<DistributionState>(*this); }
  bool clear() override;
};

/// first and last.
struct EdgeState : StateExtra {
  Instant time;
  Digest identity;
  std::int64_t value = 0;
  std::string text;
  std::unique_ptr<StateExtra> clone() const override { return std::make_unique<EdgeState>(*this); }
};

/// count_distinct: the digests of the distinct values, ascending.
struct DistinctState : StateExtra {
  std::vector<Digest> digests;
  std::unique_ptr<StateExtra> clone() const override { return std::make_unique<DistinctState>(*this); }
};

/// corr(y, x): the moments of the pairs in which both are present. `State::n` counts the pairs.
struct MomentState : StateExtra {
  Int128 sum_x = 0, sum_y = 0, sum_xx = 0, sum_yy = 0, sum_xy = 0;
  bool overflowed = false;  ///< A moment left 128 bits; the result is NULL from then on.
  std::unique_ptr<StateExtra> clone() const override { return std::make_unique<MomentState>(*this); }
};

// How the others use State:
//   count          n: the count
//   sum, avg       n: how many values, v: their sum
//   min, max       n: 0 or 1 (none yet), v: the extreme
//   count_distinct n: how many, where only the result was decoded

}  // namespace tidemark
