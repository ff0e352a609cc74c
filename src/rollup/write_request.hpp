#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <tidemark/outcome.hpp>

#include "model/span_batch.hpp"
#include "store/meta.hpp"

namespace tidemark {

/// Decoded spans that are to be made durable. The batch belongs to the caller, who waits.
struct WriteRequest {
  const SpanBatch* batch = nullptr;
  std::size_t begin = 0;  ///< Spans [begin, end) of the batch.
  std::size_t end = 0;
  Instant now;
  bool backfill = false;  ///< Take spans whose identities are no longer remembered.
  /// Recorded with the spans: when a report without times of its own first came.
  std::optional<std::pair<Digest, meta::FirstReceipt>> receipt;

  std::size_t spans() const { return end - begin; }
};

/// A request on its way through the writer.
struct WaitingRequest {
  const WriteRequest* request = nullptr;
  std::vector<std::uint32_t> fingerprints;  ///< Of its spans; worked out before it waits.
  IngestReport report;
};

/// A span that a commit takes.
struct AcceptedSpan {
  std::size_t request = 0;  ///< Position in the commit's group.
  const SpanBatch::Span* span = nullptr;
  std::uint32_t fingerprint = 0;
};

}  // namespace tidemark
