#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/span_columns.hpp"
#include "store/schema_map.hpp"

namespace tidemark {

/// The log's blocks: one per commit, by columns, checksummed. docs/format.md, "Block", is the reference.
/// kBlockVersion there and here go together.
inline constexpr std::uint8_t kBlockVersion = 1;

std::string encode_block(const Commit& commit, const SchemaMap& map);

/// The decoded texts are views into `block`, which must outlive the result.
/// StoreError when the checksum is wrong or the version newer.
Commit decode_block(std::string_view block, const SchemaMap& map);

/// What retention, status and verify ask of a block without reading it (family log_index).
struct BlockSummary {
  struct Source {
    std::uint16_t id = 0;  ///< The catalog's.
    std::uint64_t spans = 0;
    Instant first;  ///< The earliest and latest time of its spans.
    Instant last;
  };
  Instant accepted_at;
  std::uint64_t bytes = 0;
  std::vector<Source> sources;

  std::uint64_t spans() const {
    std::uint64_t n = 0;
    for (const Source& s : sources) n += s.spans;
    return n;
  }
};
BlockSummary summarize(const Commit& commit, const SchemaMap& map, std::uint64_t bytes);
std::string encode(const BlockSummary& summary);
BlockSummary parse_block_summary(std::string_view bytes);

}  // namespace tidemark
