#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/digest.hpp"
#include "store/store.hpp"

namespace tidemark {

/// What a pass needs of the log's spans to compute some rollups' slots: of which sources which columns.
/// Immutable; any thread.
class ChunkPlan {
 public:
  /// For the slots that the recompute pass owns in `rollups`.
  ChunkPlan(const Store& store, const std::vector<int>& rollups);

  struct Source {
    std::vector<bool> fields;        ///< By field: whether its values are wanted. The time always comes along.
    std::vector<Predicate> filters;  ///< The slots' distinct filters, each of which is worked out per block.
    std::vector<bool> rollups;       ///< By position in SchemaMap::rollups_of: whether the dimensions are wanted.
    bool identities = false;
    bool texts = false;
    bool wanted = false;
  };
  const Source& source(int index) const { return sources_[static_cast<std::size_t>(index)]; }
  std::size_t sources() const { return sources_.size(); }
  bool texts() const;
  /// Where a slot's filter is among its source's. The filter must not be empty.
  std::size_t filter(int source, const Predicate& where) const;

 private:
  void add_slot(const SlotDef& slot, Source& source);

  std::vector<Source> sources_;
};

/// A piece of the log in memory: of each source the columns that a plan wants, those of all blocks behind one another.
/// Memory: 8 bytes a span for its time, for each field and for each rollup, 1 for each filter: 43 for the shipped rollups
/// of jobs. Sorting a share of its buckets takes 32 bytes a span of that share for as long.
struct SpanChunk {
  std::uint64_t begin = 0;  ///< Sequences [begin, end).
  std::uint64_t end = 0;
  std::uint64_t spans = 0;               ///< Of all sources, wanted or not.
  std::vector<std::uint64_t> sequences;  ///< Of the blocks.

  struct Source {
    std::vector<std::uint32_t> rows_before;  ///< By block; one more at the end, which is the number of rows.
    std::vector<std::int64_t> times;
    std::vector<std::vector<std::int64_t>> fields;       ///< [field][row]; empty when not wanted; texts: see `text`.
    std::vector<std::vector<std::uint8_t>> matches;      ///< [filter][row]
    std::vector<std::vector<std::uint64_t>> dimensions;  ///< [position of the rollup][row]; kNotInRollup.
    std::vector<Digest> identities;
    std::size_t size() const { return rows_before.back(); }
  };
  std::vector<Source> sources;

  /// What a value of a text field stands for. Only when the plan wants texts.
  std::string_view text(std::int64_t value) const {
    const auto& texts = blocks[static_cast<std::size_t>(value) >> 32].texts;
    return texts[static_cast<std::size_t>(value) & 0xffff'ffff];
  }
  struct Block {
    std::string bytes;  ///< What the texts point into.
    std::vector<std::string_view> texts;
  };
  std::vector<Block> blocks;
};

/// Reads blocks from `begin` up to, but without, `limit`, until there are `max_spans` spans or more, on up to `threads`
/// threads. StoreError when a block is damaged, or the log's index says otherwise than the log.
SpanChunk read_spans(const Store& store, const ChunkPlan& plan, std::uint64_t begin, std::uint64_t limit,
                     std::uint64_t max_spans, std::size_t threads);

}  // namespace tidemark
