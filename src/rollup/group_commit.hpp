#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <list>
#include <mutex>
#include <vector>

#include "model/span_columns.hpp"
#include "rollup/write_request.hpp"
#include "store/kv.hpp"

namespace tidemark {

/// A request whose thread waits until it is durable, and meanwhile works for everybody.
struct Waiting : WaitingRequest {
  std::exception_ptr error;

 private:
  friend class GroupCommit;
  bool done = false;
  bool is_asleep = false;
  bool is_called = false;  ///< Woken to work, and not running yet.
  std::condition_variable wake;
};

/// A group of requests whose block is made, and not committed or not folded yet.
struct Prepared {
  std::vector<Waiting*> group;
  TextDictionary texts;  ///< What the commit's texts point into.
  Commit commit;
  std::uint64_t sequence = 0;
  KvBatch batch;  ///< Empty when nothing was accepted; it still waits its turn, behind what it repeats.
};
using PreparedGroups = std::list<Prepared>;

/// Three steps, each done by one thread at a time and in the order of the blocks: a request's thread takes a step that
/// is free and has work, for all requests that wait for it, else sleeps until its own is durable or it is called to work.
/// The last step may still be taken when the request is answered; who wants to see its outcome settles first.
/// docs/architecture.md, "Group commit".
/// Threads: any.
class GroupCommit {
 public:
  /// What the steps do. None throws: a failure goes into the requests' `error`.
  class Steps {
   public:
    virtual ~Steps() = default;
    /// Makes a block of what the requests bring.
    virtual Prepared prepare(std::vector<Waiting*> group) noexcept = 0;
    /// Makes blocks durable, together. False: they are not to be folded.
    virtual bool commit(PreparedGroups& groups) noexcept = 0;
    /// Counts what is durable, and lets go of all but the groups.
    virtual void fold(PreparedGroups& groups) noexcept = 0;
  };

  explicit GroupCommit(Steps& steps) : steps_(steps) {}

  /// Returns when the request is durable, or has failed. The last step is then taken, or another thread will take it.
  void pass(Waiting& waiting);
  /// Works without a request of its own, until stop_serving().
  void serve();
  void stop_serving();
  /// Returns when everything is folded that is durable by now.
  void settle();

  /// While it lives no group is prepared, committed or folded, and none is in between.
  class Standstill {
   public:
    explicit Standstill(GroupCommit& stopped);
    ~Standstill();
    Standstill(const Standstill&) = delete;
    Standstill& operator=(const Standstill&) = delete;

   private:
    GroupCommit& stopped_;
  };

 private:
  using Lock = std::unique_lock<std::mutex>;
  /// Nothing new is made while so many blocks are not folded yet: memory is bounded.
  static constexpr std::size_t kMostUnfolded = 16;

  bool can_commit() const { return !committing_ && !prepared_.empty(); }
  bool can_fold() const { return !folding_ && !committed_.empty(); }
  bool can_prepare() const { return !preparing_ && !held_ && !queue_.empty() && committed_.size() < kMostUnfolded; }
  bool is_still() const {
    return !preparing_ && !committing_ && !folding_ && prepared_.empty() && committed_.empty();
  }

  bool work(Lock& lock);
  void commit(Lock& lock);
  void fold(Lock& lock);
  void prepare(Lock& lock);
  void answer(const PreparedGroups& groups);
  void sleep(Lock& lock, Waiting& waiting);
  void wake(Waiting& waiting);
  void call_for_work();

  Steps& steps_;
  std::mutex mutex_;
  std::deque<Waiting*> queue_;
  PreparedGroups prepared_;   ///< In the order of their sequences, as the next ones.
  PreparedGroups committed_;  ///< Durable, not folded yet.
  bool preparing_ = false;
  bool committing_ = false;
  bool folding_ = false;
  std::vector<Waiting*> asleep_;  ///< May be called to work; the last to come first.
  std::size_t called_ = 0;        ///< Threads that were woken to work and do not run yet.
  bool held_ = false;             ///< Nothing new is begun.
  bool stopping_ = false;         ///< serve() is to return.
  Waiting server_;                ///< What serve() sleeps as.
  std::uint64_t blocks_committed_ = 0;
  std::uint64_t blocks_folded_ = 0;
  std::size_t settling_ = 0;
  std::condition_variable still_;  ///< Of those who want everything to stand still, or to be settled.
};

}  // namespace tidemark
