#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>

#include <tidemark/outcome.hpp>

#include "model/span_batch.hpp"
#include "model/span_columns.hpp"
#include "rollup/bucket_table.hpp"
#include "rollup/dimension_index.hpp"
#include "rollup/fingerprint.hpp"
#include "rollup/guard.hpp"
#include "rollup/identity_index.hpp"
#include "rollup/key_resolver.hpp"
#include "store/sink_registry.hpp"
#include "store/store.hpp"

namespace tidemark {

struct WriterOptions {
  /// A checkpoint is written after this many spans. Larger: fewer writes of hot rows; longer replay, more memory.
  std::uint64_t checkpoint_spans = 200'000;
  bool read_only = false;  ///< Recover in memory; refuse to write.
};

/// The synchronous writer: makes spans durable, once each, in order of acceptance. It alone appends to the log and owns
/// the families log, identities, buckets, dimensions and guards. Requests that wait share one commit (group commit).
/// What happens when it stops anywhere: docs/semantics.md, "Acknowledgement and recovery".
/// Threads: write() from any number; checkpoint() and the readers' calls from any.
/// Errors: StoreError; after one that came from writing, it refuses everything until the store is opened again.
class Writer {
 public:
  Writer(Store& store, SinkRegistry& sinks, WriterOptions options);

  /// Replays the log from the last checkpoint. To be called once, before anything else.
  /// `progress(done, total)` in blocks.
  void recover(const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

  struct Request {
    const SpanBatch* batch = nullptr;
    std::size_t begin = 0;  ///< Spans [begin, end) of the batch.
    std::size_t end = 0;
    Instant now;
    bool backfill = false;  ///< Take spans whose identities are no longer remembered.
    /// Recorded with the spans: when a report without times of its own first came.
    std::optional<std::pair<Digest, meta::FirstReceipt>> receipt;
  };
  /// Returns when every span of the batch is durable, known, or rejected. `decode` of the report holds only rejections.
  IngestReport write(const Request& request);

  /// Writes changed rows, identities and counts, and moves the checkpoint position. Returns that position: the rows in
  /// the store then hold exactly the blocks before it.
  std::uint64_t checkpoint();

  /// Counts `report` into the totals that status shows, but for what was accepted, which the writer counts itself and
  /// which follows the log exactly. The others become durable with the next checkpoint; a crash before it loses them.
  void count(const IngestReport& report);
  meta::Totals totals() const;

  /// Keeps spans of buckets that start before `before` out of a rollup from now on, durably; never takes a later seal back.
  void seal(int rollup, Instant before);

  /// From now on identities that expired before `now` may be let go: spans that old are refused from here on, also if
  /// the clock is set back.
  void forget_identities(Instant now);

  std::uint64_t next_sequence() const { return next_sequence_; }
  BucketTable& table() { return table_; }
  const BucketTable& table() const { return table_; }

 private:
  struct Waiting {
    const Request* request;
    IngestReport report;
    std::exception_ptr error;
    bool done = false;
  };
  struct Accepted {
    std::size_t request;
    const SpanBatch::Span* span;
    std::uint32_t fingerprint;
  };

  void lead(std::unique_lock<std::mutex>& queue_lock);
  void commit_group(const std::vector<Waiting*>& group);
  std::vector<Accepted> choose(const std::vector<Waiting*>& group) const;
  void add_total(const std::string& name, std::uint64_t n);
  bool within_time_bounds(const Waiting& waiting, const SpanBatch::Span& span, IngestReport& report) const;
  void append(const std::vector<Waiting*>& group, const std::vector<Accepted>& accepted);
  Commit gather(const std::vector<Waiting*>& group, const std::vector<Accepted>& accepted, TextDictionary& texts) const;
  void remember(const Commit& commit);
  std::uint64_t checkpoint_locked();

  Store& store_;
  SinkRegistry& sinks_;
  WriterOptions options_;
  BucketTable table_;
  Fingerprinter fingerprinter_;
  IdentityIndex identities_;
  DimensionIndex dimensions_;
  GuardIndex guards_;
  KeyResolver resolver_;

  std::mutex queue_mutex_;
  std::condition_variable turn_;
  std::deque<Waiting*> queue_;
  bool leading_ = false;

  std::mutex commit_mutex_;  // one commit or checkpoint at a time
  std::atomic<std::uint64_t> next_sequence_{0};
  std::uint64_t checkpoint_position_ = 0;
  std::uint64_t spans_since_checkpoint_ = 0;
  Instant forgotten_at_;
  bool failed_ = false;

  mutable std::mutex totals_mutex_;
  meta::Totals totals_;
  bool totals_changed_ = false;
};

}  // namespace tidemark
