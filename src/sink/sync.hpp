#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include <tidemark/engine.hpp>

#include "sink/sink.hpp"
#include "store/bucket_assembly.hpp"
#include "store/sink_registry.hpp"
#include "store/store.hpp"

namespace tidemark {

struct SyncPassOptions {
  bool unfinished = false;                  ///< Send what is not finished, too, marked so; its marks stay.
  std::size_t rows_per_transaction = 5000;  ///< Larger: fewer commits at the sink; more memory, more to send again.
};

/// Sends what is pending for one sink, in transactions, and removes the marks up to what was sent. Owns the family
/// synced, and of pending the removal. Rows are read from one snapshot, which should follow a checkpoint.
/// Stopped anywhere, it sends again what was not confirmed, which changes nothing at the sink.
/// Threads: one at a time for a sink.
/// Errors: SinkError from the sink, StoreError; transactions before it are done and confirmed.
class SyncPass {
 public:
  SyncPass(Store& store, SinkRegistry& sinks, Sink& sink, SyncPassOptions options)
      : store_(store), registry_(sinks), sink_(sink), options_(options) {}

  SyncReport run_once(Instant now, const Progress& progress = {});

 private:
  struct Waiting {
    BucketKey bucket;
    std::vector<std::uint64_t> marks;  ///< The counters marked; all that a row which covers them makes good.
  };
  struct Outgoing {
    std::vector<Bucket> rows;
    std::vector<Waiting> sources;
  };

  void mark_everything(std::uint16_t id, const SnapshotPtr& at);
  std::uint64_t count_marks(std::uint16_t id, const SnapshotPtr& at) const;
  void load(std::vector<Waiting>& page, std::uint16_t id, Instant now, const SnapshotPtr& at, SyncReport& report);
  void drop_marks(std::uint16_t id, const Waiting& waiting);
  void send(int rollup, std::uint16_t id, Instant now, SyncReport& report);

  Store& store_;
  SinkRegistry& registry_;
  Sink& sink_;
  SyncPassOptions options_;
  std::unordered_map<int, Outgoing> outgoing_;
};

}  // namespace tidemark
