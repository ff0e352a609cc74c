#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/bucket_source.hpp"
#include "read/merging.hpp"
#include "read/numbering.hpp"
#include "read/view_scope.hpp"

namespace tidemark {

/// A view's row before it has columns: a window, and a key.
struct ViewGroup {
  std::optional<Instant> window;  ///< None: the whole.
  std::uint32_t key = 0;          ///< ViewScope's number.
};

/// Everything that the columns of a view need of its buckets, by group.
class ViewGroups {
 public:
  /// All of it outlives this.
  ViewGroups(const RollupDef& rollup, const ViewDef& view, const std::vector<DimensionRows>& tables);

  /// What a source has to give.
  BucketFilter filter() const;
  void add(Bucket&& bucket);
  /// Also groups without a bucket: windows from `from` to `to`, for each key there is; and the whole, and the one row of
  /// a view without keys and windows.
  void finish(const std::optional<Instant>& from, Instant to);

  const std::vector<ViewGroup>& groups() const { return groups_; }
  const ViewScope& scope() const { return scope_; }

  /// What an operand comes to in a group: the state of its column (of no span, when no bucket counts), or a number.
  struct Value {
    const State* state = nullptr;
    std::int64_t number = 0;  ///< count_distinct of a field.
    bool known = true;  ///< False: it can't be told, because retention dropped what it takes, or it came too late.
  };
  Value value(std::size_t group, const ViewOperand& operand) const;

 private:
  /// Buckets for which one condition holds.
  struct Part {
    const Predicate* where = nullptr;
    SlotUses uses;
    std::optional<Merging> merging;
    std::unordered_map<std::uint64_t, MergedGroup> merged;
  };
  /// Different values of one field under one condition.
  struct Distinct {
    std::size_t part = 0;
    int field = -1;
    std::size_t counted = 0;                                      ///< Index into ViewScope::Place::counted.
    std::vector<std::pair<std::uint64_t, std::uint32_t>> values;  ///< Group, value.
    std::size_t limit = 1 << 16;
    std::unordered_map<std::uint64_t, std::int64_t> counts;
  };
  struct Parts {
    std::deque<Part> parts;
    std::vector<Distinct> distinct;
    std::vector<const Predicate*> conditions;
    std::vector<int> counted;
  };
  static Parts parts_of(const RollupDef& rollup, const ViewDef& view);
  void add_to(std::uint32_t window, const ViewScope::Place& place, Bucket&& bucket);
  void count(Distinct& distinct, std::uint64_t group, std::uint32_t value);
  static void unite(Distinct& distinct);
  std::size_t part_of(const Predicate& where) const;

  const RollupDef& rollup_;
  const ViewDef& view_;
  Parts parts_;
  ViewScope scope_;
  WindowNumbers windows_;
  std::vector<ViewGroup> groups_;
  std::vector<std::uint64_t> numbers_;  // by group
};

}  // namespace tidemark
