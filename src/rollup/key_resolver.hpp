#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/span_columns.hpp"
#include "rollup/dimension_index.hpp"
#include "rollup/guard.hpp"

namespace tidemark {

/// Gives every span of a commit its dimensions' id in every rollup of its source: the one place where fields become
/// keys, guard included. Values that are equal are worked out once per commit.
/// Threads: one at a time (whoever prepares the writer's next block).
class KeyResolver {
 public:
  KeyResolver(const Store& store, DimensionIndex& dimensions, GuardIndex& guards)
      : store_(store), dimensions_(dimensions), guards_(guards) {}

  struct Counts {
    std::uint64_t guarded = 0;  ///< Values that became `__other__`.
    std::uint64_t sealed = 0;   ///< (span, rollup) pairs whose bucket takes no more spans.
  };

  /// Fills SpanColumns::dimensions for all rollups.
  Counts resolve(Commit& commit);
  /// Only for one rollup of the source; spans whose bucket starts before `from` get kNotInRollup.
  std::vector<std::uint64_t> resolve_rollup(const Commit& commit, const SpanColumns& columns, int rollup, Instant from,
                                            Counts& counts);

 private:
  /// Canonical keys, one after the other.
  class Keys {
   public:
    void clear() {
      text_.clear();
      ends_.clear();
    }
    std::size_t size() const { return ends_.size(); }
    /// What is appended to it until end_key() is the next key.
    std::string& text() { return text_; }
    void end_key() { ends_.push_back(text_.size()); }
    /// Valid until the next change.
    std::span<const std::string_view> all();

   private:
    std::string text_;
    std::vector<std::size_t> ends_;
    std::vector<std::string_view> views_;
  };
  struct Key {
    std::size_t number = 0;  ///< One more than its place in `keys_`; 0: none.
    std::uint64_t guarded = 0;
  };

  Key add_key(const Commit& commit, const SpanColumns& columns, const RollupDef& rollup, int index, std::size_t row);
  std::string guarded_key(const Commit& commit, const SpanColumns& columns, const RollupDef& rollup, int index,
                          std::size_t row, std::uint64_t& guarded);
  DimensionValue value_of(const Commit& commit, const SpanColumns& columns, const RollupDef& rollup, int dimension,
                          std::size_t row) const;

  const Store& store_;
  DimensionIndex& dimensions_;
  GuardIndex& guards_;
  Keys keys_;  // reused
};

}  // namespace tidemark
