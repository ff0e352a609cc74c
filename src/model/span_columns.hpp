#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "model/digest.hpp"
#include "model/schema.hpp"
#include "model/span_batch.hpp"

namespace tidemark {

/// Stands for "this span is not in this rollup" where a dimensions' id is expected: its bucket was sealed.
inline constexpr std::uint64_t kNotInRollup = 0;

/// The accepted spans of one source in one commit, by column: what is folded, stored and read back.
struct SpanColumns {
  int source = -1;
  std::vector<Digest> identities;
  /// [field of the source][span]; values as in SpanBatch, text ids into Commit::texts. Derived fields included.
  std::vector<std::vector<std::int64_t>> fields;
  /// [rollup, in the order of Schema::rollups_of][span]: the dimensions' id, which says what the guard admitted.
  /// Empty for a rollup that was declared later.
  std::vector<std::vector<std::uint64_t>> dimensions;

  std::size_t size() const { return identities.size(); }
};

/// What one commit appends to the log.
struct Commit {
  Instant accepted_at;
  std::vector<std::string_view> texts;  ///< Views into whatever the commit was made from or decoded from.
  std::vector<SpanColumns> sources;     ///< At most one per source.

  std::size_t spans() const {
    std::size_t n = 0;
    for (const SpanColumns& columns : sources) n += columns.size();
    return n;
  }
};

/// Which spans count: 1 where the predicate is `yes`, else 0. Texts are compared once per distinct text, not per span.
std::vector<std::uint8_t> matching_spans(const Predicate& where, const SpanColumns& columns,
                                         const std::vector<std::string_view>& texts);

/// Fills the derived fields from the instants that they are the difference of.
void derive_fields(const SourceDef& source, SpanColumns& columns);

/// value rounded to a multiple of step, halves away from zero.
std::int64_t round_to_step(std::int64_t value, std::int64_t step);

}  // namespace tidemark
