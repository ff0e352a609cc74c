#pragma once
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include <tidemark/outcome.hpp>

#include "model/span_columns.hpp"
#include "rollup/bucket_table.hpp"
#include "rollup/dimension_index.hpp"
#include "rollup/fingerprint.hpp"
#include "rollup/group_commit.hpp"
#include "rollup/guard.hpp"
#include "rollup/identity_index.hpp"
#include "rollup/key_resolver.hpp"
#include "rollup/recent_table.hpp"
#include "rollup/run_claims.hpp"
#include "rollup/write_request.hpp"
#include "store/sink_registry.hpp"
#include "store/store.hpp"

namespace tidemark {

struct WriterOptions {
  /// A checkpoint is due after this many spans. Larger: fewer writes of hot rows; longer replay, more memory.
  std::uint64_t checkpoint_spans = 200'000;
  /// A checkpoint writes this many identities or rows, and more, as a file of their own, past the write-ahead log.
  std::size_t bulk_entries = 5'000;
  bool read_only = false;  ///< Recover in memory; refuse to write.
  /// Whether a thread of the writer's own helps its senders, so that one alone need not count its spans itself.
  bool helper = false;
};

/// The synchronous writer: makes spans durable, once each, in order of acceptance. It alone appends to the log and owns
/// the families log, identities, buckets, dimensions, guards and recents. Requests that wait share one commit (group commit), and
/// the next block is made while one is being written and the one before is counted.
/// What happens when it stops anywhere: docs/semantics.md, "Acknowledgement and recovery".
/// Threads: write() from any number; checkpoint() and the readers' calls from any. Commits go on during a checkpoint.
/// Errors: StoreError; after one that came from writing, it refuses everything until the store is opened again.
class Writer : private GroupCommit::Steps {
 public:
  Writer(Store& store, SinkRegistry& sinks, WriterOptions options);
  /// Nobody writes any more.
  ~Writer() override;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Replays the log from the last checkpoint. To be called once, before anything else.
  /// `progress(done, total)` in blocks.
  void recover(const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

  /// Returns when every span of the batch is durable, known, or rejected. `decode` of the report holds only rejections.
  /// When a checkpoint is due and nobody writes one, this call does so before it returns, its spans being durable by
  /// then.
  IngestReport write(const WriteRequest& request);

  /// Writes changed rows, identities and counts, and moves the checkpoint position. Returns that position: the rows in
  /// the store then hold exactly the blocks before it, until the next checkpoint begins.
  /// Does nothing when fewer than `at_least_spans` have come since the last one.
  std::uint64_t checkpoint(std::uint64_t at_least_spans = 0);

  /// Counts `report` into the totals that status shows, but for what was accepted, which the writer counts itself and
  /// which follows the log exactly. The others become durable with the next checkpoint; a crash before it loses them.
  void count(const IngestReport& report);
  meta::Totals totals() const;

  /// Keeps spans of buckets that start before `before` out of a rollup from now on, durably; never takes a later seal back.
  void seal(int rollup, Instant before);

  /// From now on identities that expired before `now` may be let go: spans that old are refused from here on, also if
  /// the clock is set back.
  void forget_identities(Instant now);
  /// Drops the claims of runs that expired before `now`.
  void forget_run_claims(Instant now);
  /// Drops the groups of recents all of whose uses are outside of their window.
  void forget_recents(Instant now);

  std::uint64_t next_sequence() const { return next_sequence_; }
  /// Holds everything that is acknowledged by now.
  BucketTable& table() {
    stages_.settle();
    return table_;
  }
  const BucketTable& table() const {
    stages_.settle();
    return table_;
  }
  /// As table().
  const RecentTable& recents() const {
    stages_.settle();
    return recents_;
  }

 private:
  /// What a checkpoint writes: all of it as of one position.
  struct Frozen {
    std::uint64_t position = 0;
    meta::Totals totals;
  };
  using Standstill = GroupCommit::Standstill;

  std::vector<std::uint32_t> fingerprints_of(const WriteRequest& request) const;
  Prepared prepare(std::vector<Waiting*> group) noexcept override;
  void make_block(Prepared& prepared, const std::vector<WaitingRequest*>& group,
                  const std::vector<AcceptedSpan>& accepted);
  bool commit(PreparedGroups& groups) noexcept override;
  void fold(PreparedGroups& groups) noexcept override;
  void fold(const Prepared& prepared);
  void remember(const std::vector<WaitingRequest*>& group, const std::vector<AcceptedSpan>& accepted,
                Instant accepted_at);
  void remember(const Commit& commit);
  void remember(const Digest& identity, std::uint32_t fingerprint, int source, Instant accepted_at, Instant time);
  void add_total(const std::string& name, std::uint64_t n);
  void note_failure();
  void refuse_after_failure() const;
  void checkpoint_when_due();
  std::optional<Frozen> freeze(std::uint64_t at_least_spans);
  void write_frozen(const Frozen& frozen);

  Store& store_;
  SinkRegistry& sinks_;
  WriterOptions options_;
  BucketTable table_;
  RecentTable recents_;
  Fingerprinter fingerprinter_;

  // Of whoever prepares, or has brought the others to a standstill.
  IdentityIndex identities_;
  DimensionIndex dimensions_;
  GuardIndex guards_;
  RunClaims claims_;
  KeyResolver resolver_;
  std::atomic<std::uint64_t> next_sequence_{0};
  Instant forgotten_at_;

  mutable GroupCommit stages_;

  std::mutex checkpoint_mutex_;  // one checkpoint at a time; taken before a standstill
  std::uint64_t checkpoint_position_ = 0;
  std::atomic<std::uint64_t> spans_since_checkpoint_{0};
  std::atomic<bool> failed_{false};
  std::string failure_;  ///< The first one; under the lock of the totals.

  mutable std::mutex totals_mutex_;
  meta::Totals totals_;
  bool totals_changed_ = false;

  std::thread helper_;
};

}  // namespace tidemark
