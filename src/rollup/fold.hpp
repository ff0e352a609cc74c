#pragma once
#include <string_view>
#include <vector>

#include "model/aggregate.hpp"
#include "model/span_columns.hpp"

namespace tidemark {

/// Adds spans of one commit to aggregate states: which spans count for which slot is worked out once per commit, not
/// per span. The commit must outlive it.
class SlotFolder {
 public:
  /// `slots`: indices into RollupDef::slots; states are in that order.
  SlotFolder(const Schema& schema, const RollupDef& rollup, const std::vector<int>& slots, const Commit& commit,
             const SpanColumns& columns);

  /// Adds the span at `row` to `states`.
  void add(std::size_t row, std::vector<State>& states) const {
    for (std::size_t i = 0; i < inputs_.size(); ++i) add_to_slot(i, row, states[i]);
  }
  /// Adds it to the state of one slot (a position in `slots`).
  void add_to_slot(std::size_t i, std::size_t row, State& state) const;

  Instant time(std::size_t row) const { return Instant{(*times_)[row]}; }

 private:
  struct Input {
    const Aggregate* aggregate = nullptr;
    const std::vector<std::int64_t>* values = nullptr;
    const std::vector<std::int64_t>* second = nullptr;
    bool is_text = false;
    std::vector<std::uint8_t> matches;  ///< Empty: every span.
  };

  const Commit& commit_;
  const SpanColumns& columns_;
  const std::vector<std::int64_t>* times_;
  std::vector<Input> inputs_;
};

}  // namespace tidemark
