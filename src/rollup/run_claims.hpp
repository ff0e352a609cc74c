#pragma once
#include <optional>
#include <unordered_map>
#include <vector>

#include "model/digest.hpp"
#include "model/span_batch.hpp"
#include "model/way.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Finds out which runs the spans of one group are of.
class RunFinder {
 public:
  explicit RunFinder(const Schema& schema) : schema_(schema) {}

  /// The run of a span, when it says one that can be told from all others, and its source wants to know.
  /// The batches of all calls must be alive.
  std::optional<Digest> of(const SpanBatch& batch, const SpanBatch::Span& span);

 private:
  const Schema& schema_;
  // Of the span before: most have the same.
  const SpanBatch* batch_ = nullptr;
  SpanBatch::Span span_;
  int repository_field_ = -1;
  std::int64_t repository_ = kNull;
  std::optional<Digest> run_;
};

/// By which way each run of the sources with `one_way_per_run` comes: that of its first accepted span. A claim is durable
/// with the block that holds that span, and remembered as long as the span could be recognised.
/// Threads: one at a time (whoever prepares the writer's next block).
/// Source: docs/semantics.md, "Several ways to the same run".
class RunClaims {
 public:
  explicit RunClaims(const Store& store) : store_(store) {}

  /// Reads what the store says of runs that are not in memory, all at once. To be called for a run before claim().
  void load(const std::vector<std::optional<Digest>>& runs);

  /// By which way the run comes: by `way` from now on when nobody has claimed it. Only for a span that is to be accepted
  /// when the answer is its own way. `until`: how long the span's identity is kept, at least.
  Way claim(const Digest& run, Way way, Instant now, Instant until);

  /// Puts what was claimed since the last confirm() or withdraw() into `batch`.
  void write(KvBatch& batch) const;
  /// It is known to all groups behind.
  void confirm() { changes_.clear(); }
  /// It was not: the group whose claims they are failed.
  void withdraw();
  /// Lets go of memory when that is much. Everything that was claimed must be committed.
  void trim();
  /// The same, because the store's claims are being dropped.
  void clear() { known_.clear(); }

 private:
  struct Claim {
    Way way;
    std::uint32_t until_minutes;
  };
  struct Change {
    Digest run;
    std::optional<Claim> before;
  };
  using Known = std::unordered_map<Digest, Claim, DigestHash>;

  const Store& store_;
  Known known_;
  std::vector<Change> changes_;
};

}  // namespace tidemark
