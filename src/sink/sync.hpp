#pragma once
#include <future>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <tidemark/engine.hpp>

#include "sink/sink.hpp"
#include "store/sink_registry.hpp"
#include "store/store.hpp"

namespace tidemark {

struct SyncPassOptions {
  bool unfinished = false;                  ///< Send what is not finished, too, marked so; its marks stay.
  std::size_t rows_per_transaction = 5000;  ///< Larger: fewer commits at the sink; more memory, more to send again.
};

/// Sends what is pending for one sink, in transactions, and removes the marks up to what was sent. Owns of the family
/// pending the removal. Rows are read from one snapshot, which should follow a checkpoint. While the sink writes one
/// transaction, the next one is read; so two of them are in memory.
/// Stopped anywhere, it sends again what was not confirmed, which changes nothing at the sink.
/// Threads: one at a time for a sink, which is called from a thread of its own.
/// Errors: SinkError from the sink, StoreError; transactions before it are done and confirmed.
class SyncPass {
 public:
  SyncPass(Store& store, SinkRegistry& sinks, Sink& sink, SyncPassOptions options)
      : store_(store), registry_(sinks), sink_(sink), options_(options) {}

  SyncReport run_once(Instant now, const Progress& progress = {});

 private:
  struct Mark {
    BucketKey bucket;
    std::uint64_t computed_counter = 0;
    friend auto operator<=>(const Mark&, const Mark&) = default;
  };
  /// One transaction's rows, all of one rollup.
  struct Outgoing {
    std::vector<Bucket> rows;  ///< Past `used` they are what earlier transactions left, for their memory.
    std::size_t used = 0;
    std::size_t unfinished = 0;
    std::vector<Mark> marks;  ///< What these rows make good.
  };
  class RowSource;

  void register_sink();
  void mark_everything();
  std::uint64_t count_marks() const;
  void load(std::vector<Mark>& page);
  void load_rows(int rollup, std::span<const Mark> marks);
  /// True when the bucket is among the rows that go.
  bool add(Outgoing& outgoing, RowSource& source, std::span<const Mark> marks);
  void send(int rollup);
  void settle();
  void drop(std::span<const Mark> marks);

  Store& store_;
  SinkRegistry& registry_;
  Sink& sink_;
  SyncPassOptions options_;

  // Of the pass that runs.
  Instant now_;
  std::uint16_t id_ = 0;
  SnapshotPtr at_;
  SyncReport report_;
  std::unordered_map<int, Outgoing> outgoing_;  // by rollup
  Outgoing sent_;                               // what `sending_` reads
  int sent_rollup_ = -1;
  std::future<void> sending_;
};

}  // namespace tidemark
