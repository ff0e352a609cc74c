#pragma once
#include <functional>
#include <future>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <tidemark/engine.hpp>

#include "sink/check_in.hpp"
#include "sink/send_rows.hpp"
#include "store/sink_registry.hpp"
#include "store/store.hpp"

namespace tidemark {

struct SyncPassOptions {
  bool unfinished = false;                  ///< Send what is not finished, too, marked so; its marks stay.
  bool retry_quarantined = false;           ///< Send what the sink has refused before, too.
  std::size_t rows_per_transaction = 5000;  ///< Larger: fewer commits at the sink; more memory, more to send again.
  /// Asked before each transaction: true ends the pass early. None: it goes to its end.
  std::function<bool()> gives_way = {};
};

/// How a pass ended.
struct SyncOutcome {
  SyncReport report;
  /// Another store sends in this one's name: nothing was sent, and nothing can be before a new epoch begins.
  std::optional<Fork> fork;
  /// Somebody checked in in this store's name while rows were being sent: those that were confirmed stay, and another pass
  /// finds out what it means.
  bool disturbed = false;
  bool gave_way = false;  ///< It ended because SyncPassOptions::gives_way said so; another pass goes on.
};

/// Sends what is pending for one sink, recents (sink/recent_sync.hpp) and buckets, in transactions, and removes the marks up
/// to what was sent. Owns of the families pending and recents the removal of marks, and the marks' quarantine. A row that the sink refuses is found by halving its transaction, and is
/// set aside: its marks stay, with the reason, and are passed over until the bucket changes. Rows are read from one snapshot, which should follow a checkpoint. While the sink writes one
/// transaction, the next one is read; so two of them are in memory.
/// Stopped anywhere, it sends again what was not confirmed, which changes nothing at the sink.
/// Threads: one at a time for a sink, which is called from a thread of its own.
/// Errors: SinkError from the sink, StoreError; transactions before it are done and confirmed.
class SyncPass {
 public:
  SyncPass(Store& store, SinkRegistry& sinks, Sink& sink, const StoreSelf& self, SyncPassOptions options)
      : store_(store), registry_(sinks), sink_(sink), self_(self), options_(options) {}

  SyncOutcome run_once(Instant now, const Progress& progress = {});

 private:
  struct Mark {
    BucketKey bucket;
    std::uint64_t computed_counter = 0;
    bool quarantined = false;
    friend auto operator<=>(const Mark&, const Mark&) = default;
  };
  /// One transaction's rows, all of one rollup.
  struct Outgoing {
    std::vector<Bucket> rows;  ///< Past `used` they are what earlier transactions left, for their memory.
    std::size_t used = 0;
    std::size_t unfinished = 0;
    std::vector<Mark> marks;      ///< What these rows make good.
    std::vector<BucketKey> keys;  ///< Of the rows.
  };
  class RowSource;

  void register_sink();
  /// False when this store has to begin a new epoch first.
  bool check_in();
  std::uint64_t accepted_by_snapshot() const;
  void send_everything_again();
  void send_recents();
  void send_pending(const Progress& progress);
  void mark_everything_if_due();
  void mark_everything();
  std::uint64_t count_marks() const;
  void load(std::vector<Mark>& page);
  void load_rows(int rollup, std::span<const Mark> marks);
  /// True when the bucket is among the rows that go.
  bool add(Outgoing& outgoing, RowSource& source, std::span<const Mark> marks);
  void send(int rollup);
  std::unique_ptr<ReadyRows> make_ready(int rollup, const Outgoing& outgoing) const;
  bool ends_early() const { return outcome_.disturbed || outcome_.gave_way; }
  void settle();
  /// Sets the marks of refused rows aside, and takes them out of what was sent.
  void quarantine(const std::vector<RefusedRow>& refused);
  /// `rows`: how many the sink has confirmed with them.
  void drop(std::span<const Mark> marks, std::size_t rows = 0);

  Store& store_;
  SinkRegistry& registry_;
  Sink& sink_;
  const StoreSelf& self_;
  SyncPassOptions options_;

  // Of the pass that runs.
  Instant now_;
  std::uint16_t id_ = 0;
  SnapshotPtr at_;
  SyncReport report_;
  SyncOutcome outcome_;
  std::vector<std::uint32_t> foreign_;  // epochs
  std::uint64_t withheld_ = 0;
  std::unordered_map<int, Outgoing> outgoing_;  // by rollup
  Outgoing sent_;                               // what `sending_` reads
  int sent_rollup_ = -1;
  std::unique_ptr<ReadyRows> ready_;            // what it reads, too
  std::future<SentRows> sending_;
};

}  // namespace tidemark
