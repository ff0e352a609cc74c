#pragma once
#include <tidemark/engine.hpp>

#include "rollup/recompute.hpp"
#include "rollup/writer.hpp"
#include "store/sink_registry.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Drops what may be dropped, and never before it has been computed: whole blocks of the log, distributions, buckets
/// that every sink has, identities and admissions that are past their horizon. Each kind of record is dropped only
/// under the rules of docs/semantics.md, "Retention".
/// Threads: one at a time, and not beside a recompute pass, whose records it shrinks.
/// Errors: StoreError; what was dropped until then stays dropped, and the next run goes on.
class Retention {
 public:
  Retention(Store& store, Writer& writer, Recompute& recompute, SinkRegistry& sinks);

  RetainReport run_once(Instant now);

 private:
  void drop_blocks(Instant now, RetainReport& report);
  bool expired(const BlockSummary& summary, Instant now) const;
  void seal_and_compute(Instant now);
  template <typename Take>
  void for_each_before(Family family, int rollup, Instant before, const Take& take) const;
  void drop_distributions(int rollup, Instant before, RetainReport& report);
  void drop_buckets(int rollup, Instant before, RetainReport& report);
  bool waits_for_a_sink(const BucketKey& key, std::size_t sinks) const;
  void drop_identities(Instant now, RetainReport& report);

  Store& store_;
  Writer& writer_;
  Recompute& recompute_;
  SinkRegistry& sinks_;
  /// What the identities' expiry compares with; shared with compactions, which outlive no store but may this object.
  std::shared_ptr<std::atomic<std::uint32_t>> now_minutes_;
};

}  // namespace tidemark
