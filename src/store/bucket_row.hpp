#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/aggregate.hpp"
#include "model/bucket_source.hpp"
#include "store/catalog.hpp"
#include "store/schema_map.hpp"

namespace tidemark {

/// The writer's record of a bucket (family buckets).
struct WriterRow {
  std::uint64_t update_counter = 0;
  std::uint64_t seed_sequence = 0;  ///< The log block that brought the first span.
  std::uint64_t through = 0;        ///< The row as stored counts its spans of all blocks before this one.
  std::vector<State> states;        ///< The writer's slots, over all spans.
  /// The recompute pass's slots over the first span alone: what it starts from when a second one comes, and what
  /// readers see until then.
  std::string seed;
  std::uint32_t seed_layout = 0;
};

/// The recompute pass's record of a bucket (family computed).
struct ComputedRow {
  std::uint64_t computed_counter = 0;
  std::vector<State> states;  ///< Its slots, over the first `computed_counter` spans.
};

/// What a reader takes from a writer's record beside states. A view of the record.
struct WriterHead {
  std::uint64_t update_counter = 0;
  std::string_view seed;
  std::uint64_t seed_layout = 0;
};

/// Reads and writes the rows of one rollup, of any layout that the catalog knows. docs/format.md, "Bucket rows".
/// Immutable; any thread.
class RowCodec {
 public:
  RowCodec(const SchemaMap& map, int rollup, const Catalog& catalog);

  /// Indices into RollupDef::slots, in the order of the rows' states.
  const std::vector<int>& writer_slots() const { return writer_slots_; }
  const std::vector<int>& computed_slots() const { return computed_slots_; }
  const RollupDef& rollup() const { return *rollup_; }

  /// Appends the row as it is with all blocks before `through`, or before its own when that is further on.
  void encode(const WriterRow& row, std::uint64_t through, std::string& out) const;
  WriterRow decode_writer(std::string_view bytes) const;

  std::string encode(const ComputedRow& row) const;
  void encode(const ComputedRow& row, std::string& out) const;  ///< Appends.
  ComputedRow decode_computed(std::string_view bytes) const;
  /// Only the counter, which is all that many callers want.
  static std::uint64_t update_counter(std::string_view writer_row);
  static std::uint64_t computed_counter(std::string_view computed_row);
  static std::uint64_t seed_sequence(std::string_view writer_row);

  std::string encode_seed(const std::vector<State>& states) const;
  std::vector<State> decode_seed(const WriterRow& row) const;
  std::uint32_t layout() const { return current_; }

  // For readers of many rows: they put states into `states`, one per RollupDef::slots, which keep their memory from row
  // to row, and take of each only what `uses` says (by RollupDef::slots; empty: everything). A slot that the record does
  // not know, because it was declared later, becomes empty.
  WriterHead read_writer(std::string_view bytes, const SlotUses& uses, std::vector<State>& states) const;
  /// Returns computed_counter.
  std::uint64_t read_computed(std::string_view bytes, const SlotUses& uses, std::vector<State>& states) const;
  void read_seed(const WriterHead& head, const SlotUses& uses, std::vector<State>& states) const;

 private:
  struct Position {
    AggregateKind kind;
    const Aggregate* aggregate;
    int target;                       ///< Index into the row's states; -1: no longer declared.
    int slot;                         ///< The same as an index into RollupDef::slots.
    std::vector<double> percentiles;  ///< Whose results a computed row holds; ascending.
    std::vector<double> shown;        ///< Those that columns show now.
    bool has_all_results;             ///< The row holds all that are shown.
  };
  struct Positions {
    std::vector<Position> stored;
    std::vector<int> absent;  ///< The writer's or the recompute pass's other slots.
  };
  enum class Form { state, computed };

  Positions positions(const Catalog::Rollup& catalog, std::size_t layout, const std::vector<Catalog::Slot>& stored,
                      const std::vector<int>& slots) const;
  const Positions& at(const std::vector<Positions>& layouts, std::uint64_t layout) const;
  const Aggregate& aggregate_at(int slot) const {
    return aggregate_of(rollup_->slots[static_cast<std::size_t>(slot)].kind);
  }
  /// `index`: which of `states` is a position's.
  static void decode_states(ByteReader& in, const Positions& layout, int Position::*index, Form form,
                            const SlotUses& uses, std::vector<State>& states);
  static void read_states(ByteReader& in, const Positions& layout, Form form, const SlotUses& uses,
                          std::vector<State>& states);
  static SlotUse use_of(const Position& position, const SlotUses& uses);
  static bool wants_distribution(const Position& position, SlotUse use);

  const RollupDef* rollup_;
  std::vector<int> writer_slots_, computed_slots_;
  std::vector<Positions> writer_layouts_, computed_layouts_;
  std::uint32_t current_ = 0;
};

}  // namespace tidemark
