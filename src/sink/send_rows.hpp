#pragma once
#include <span>
#include <string>
#include <vector>

#include "sink/sink.hpp"

namespace tidemark {

/// A row that a sink refuses, for itself.
struct RefusedRow {
  std::size_t row = 0;  ///< Its index.
  std::string reason;
};
struct SentRows {
  bool in_our_name = true;  ///< False: Sink::upsert said so. Rows before that one are there.
  std::vector<RefusedRow> refused;
};

/// Upserts rows of one rollup in one transaction; where the sink refuses a row, in halves, and halves of those, until what
/// it refuses stands alone and the others are there. `ready`: what the sink made of all of them, or null.
/// Errors: SinkError as Sink::upsert, but for a row; SinkError::permanent when the sink refuses more than `most` rows
/// and none passes, from wherever in the transaction it is: then it is not the rows.
SentRows send_rows(Sink& sink, int rollup, std::span<const Bucket> rows, Instant synced_at, const ReadyRows* ready,
                   std::size_t most);

}  // namespace tidemark
