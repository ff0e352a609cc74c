#include "rollup/span_chunk.hpp"

#include <algorithm>

#include "model/aggregate.hpp"
#include "model/span_batch.hpp"
#include "rollup/fork_join.hpp"

namespace tidemark {
namespace {

[[noreturn]] void damaged_index(std::uint64_t sequence) {
  throw StoreError("the log and its index differ at block " + std::to_string(sequence) +
                   "; the store is damaged, restore a backup");
}

/// Far more than a commit holds. A larger number is damage, and would ask for any amount of memory.
constexpr std::uint64_t kMostSpansOfBlock = 1u << 22;

/// Which blocks make up the chunk, and how many rows of each source they bring.
class Outline {
 public:
  Outline(const Store& store, SpanChunk& chunk) : store_(store), chunk_(chunk), rows_(chunk.sources.size()) {}

  void read(std::uint64_t limit, std::uint64_t max_spans) {
    chunk_.end = limit;
    store_.scan_log_index(chunk_.begin, limit, [&](std::uint64_t sequence, const BlockSummary& summary) {
      if (chunk_.spans >= max_spans) {
        chunk_.end = sequence;
        return false;
      }
      add(sequence, summary);
      return true;
    });
    mark_rows();
  }

 private:
  void add(std::uint64_t sequence, const BlockSummary& summary) {
    mark_rows();
    chunk_.sequences.push_back(sequence);
    chunk_.spans += summary.spans();
    for (const BlockSummary::Source& source : summary.sources) {
      const int index = store_.map().source_of(source.id);
      if (index < 0 || source.spans > kMostSpansOfBlock) damaged_index(sequence);
      rows_[static_cast<std::size_t>(index)] += static_cast<std::uint32_t>(source.spans);
    }
  }
  void mark_rows() {
    for (std::size_t s = 0; s < rows_.size(); ++s) chunk_.sources[s].rows_before.push_back(rows_[s]);
  }

  const Store& store_;
  SpanChunk& chunk_;
  std::vector<std::uint32_t> rows_;
};

void make_room(const ChunkPlan& plan, const Schema& schema, SpanChunk& chunk) {
  if (plan.texts()) chunk.blocks.resize(chunk.sequences.size());
  for (std::size_t s = 0; s < chunk.sources.size(); ++s) {
    SpanChunk::Source& source = chunk.sources[s];
    const ChunkPlan::Source& wanted = plan.source(static_cast<int>(s));
    if (!wanted.wanted) continue;
    source.times.resize(source.size());
    source.fields.resize(schema.sources[s].fields.size());
    for (std::size_t f = 0; f < wanted.fields.size(); ++f)
      if (wanted.fields[f]) source.fields[f].resize(source.size());
    source.matches.resize(wanted.filters.size());
    for (auto& matches : source.matches) matches.resize(source.size());
    source.dimensions.resize(wanted.rollups.size());
    for (std::size_t r = 0; r < wanted.rollups.size(); ++r)
      if (wanted.rollups[r]) source.dimensions[r].resize(source.size());
    if (wanted.identities) source.identities.resize(source.size());
  }
}

/// Puts decoded blocks into their places in the chunk. Blocks do not share any, so threads may fill it together.
class Filler {
 public:
  Filler(const Store& store, const ChunkPlan& plan, SpanChunk& chunk) : store_(store), plan_(plan), chunk_(chunk) {}

  /// Blocks [first, last) of the chunk.
  void fill(std::size_t first, std::size_t last) const {
    std::size_t block = first;
    store_.scan_log(chunk_.sequences[first], chunk_.sequences[last - 1] + 1,
                    [&](std::uint64_t sequence, std::string_view bytes) {
                      if (block == last || sequence != chunk_.sequences[block]) damaged_index(sequence);
                      fill_block(block++, bytes);
                      return true;
                    });
    if (block != last) damaged_index(chunk_.sequences[block]);
  }

 private:
  void fill_block(std::size_t block, std::string_view bytes) const {
    if (plan_.texts()) bytes = chunk_.blocks[block].bytes = bytes;
    Commit commit = decode_block(bytes, store_.map());
    std::size_t rows = 0;
    for (const SpanColumns& columns : commit.sources) {
      const auto& before = chunk_.sources[static_cast<std::size_t>(columns.source)].rows_before;
      if (columns.size() != before[block + 1] - before[block]) damaged_index(chunk_.sequences[block]);
      rows += columns.size();
      if (plan_.source(columns.source).wanted) fill_columns(block, commit, columns);
    }
    std::size_t expected = 0;
    for (const SpanChunk::Source& source : chunk_.sources)
      expected += source.rows_before[block + 1] - source.rows_before[block];
    if (rows != expected) damaged_index(chunk_.sequences[block]);
    if (plan_.texts()) chunk_.blocks[block].texts = std::move(commit.texts);
  }

  void fill_columns(std::size_t block, const Commit& commit, const SpanColumns& columns) const {
    const ChunkPlan::Source& wanted = plan_.source(columns.source);
    const SourceDef& def = store_.schema().sources[static_cast<std::size_t>(columns.source)];
    SpanChunk::Source& into = chunk_.sources[static_cast<std::size_t>(columns.source)];
    const std::size_t row = into.rows_before[block];
    const auto copy = [row](const auto& from, auto& to) {
      std::copy(from.begin(), from.end(), to.begin() + static_cast<std::ptrdiff_t>(row));
    };
    copy(columns.fields[static_cast<std::size_t>(def.time_field)], into.times);
    for (std::size_t f = 0; f < wanted.fields.size(); ++f) {
      if (!wanted.fields[f]) continue;
      copy(columns.fields[f], into.fields[f]);
      if (is_text(def.fields[f].type)) name_block(block, into.fields[f].data() + row, columns.size());
    }
    for (std::size_t i = 0; i < wanted.filters.size(); ++i)
      copy(matching_spans(wanted.filters[i], columns, commit.texts), into.matches[i]);
    // A rollup that was declared after the block was written has no dimensions in it.
    for (std::size_t r = 0; r < wanted.rollups.size(); ++r)
      if (wanted.rollups[r] && !columns.dimensions[r].empty()) copy(columns.dimensions[r], into.dimensions[r]);
    if (wanted.identities) copy(columns.identities, into.identities);
  }

  /// A text's id is one of its block's dictionary, so the block goes along with it.
  static void name_block(std::size_t block, std::int64_t* values, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
      if (values[i] != kNull) values[i] |= static_cast<std::int64_t>(block << 32);
  }

  const Store& store_;
  const ChunkPlan& plan_;
  SpanChunk& chunk_;
};

}  // namespace

ChunkPlan::ChunkPlan(const Store& store, const std::vector<int>& rollups) : sources_(store.schema().sources.size()) {
  for (std::size_t s = 0; s < sources_.size(); ++s) {
    sources_[s].fields.resize(store.schema().sources[s].fields.size());
    sources_[s].rollups.resize(store.map().rollups_of(static_cast<int>(s)).size());
  }
  for (const int rollup : rollups) {
    const RowCodec& codec = store.codec(rollup);
    if (codec.computed_slots().empty()) continue;
    const auto& of_source = store.map().rollups_of(codec.rollup().source);
    Source& source = sources_[static_cast<std::size_t>(codec.rollup().source)];
    source.wanted = true;
    source
        .rollups[static_cast<std::size_t>(std::find(of_source.begin(), of_source.end(), rollup) - of_source.begin())] =
        true;
    for (const int slot : codec.computed_slots())
      add_slot(codec.rollup().slots[static_cast<std::size_t>(slot)], source);
  }
}

void ChunkPlan::add_slot(const SlotDef& slot, Source& source) {
  for (const int field : {slot.field, slot.second_field})
    if (field >= 0) source.fields[static_cast<std::size_t>(field)] = true;
  if (value_aggregate_of(slot.kind) == nullptr) source.identities = source.texts = true;
  if (!slot.where.always() &&
      std::find(source.filters.begin(), source.filters.end(), slot.where) == source.filters.end())
    source.filters.push_back(slot.where);
}

bool ChunkPlan::texts() const {
  return std::any_of(sources_.begin(), sources_.end(), [](const Source& s) { return s.texts; });
}

std::size_t ChunkPlan::filter(int source, const Predicate& where) const {
  const auto& filters = sources_[static_cast<std::size_t>(source)].filters;
  return static_cast<std::size_t>(std::find(filters.begin(), filters.end(), where) - filters.begin());
}

SpanChunk read_spans(const Store& store, const ChunkPlan& plan, std::uint64_t begin, std::uint64_t limit,
                     std::uint64_t max_spans, std::size_t threads) {
  SpanChunk chunk;
  chunk.begin = begin;
  chunk.sources.resize(plan.sources());
  Outline(store, chunk).read(limit, max_spans);
  make_room(plan, store.schema(), chunk);
  const Filler filler(store, plan, chunk);
  const std::size_t blocks = chunk.sequences.size();
  const std::size_t parts = std::min(std::max<std::size_t>(threads, 1), blocks);
  fork_join(threads, parts, [&](std::size_t part) { filler.fill(blocks * part / parts, blocks * (part + 1) / parts); });
  return chunk;
}

}  // namespace tidemark
