#include "rollup/group_commit.hpp"

#include <algorithm>
#include <utility>

namespace tidemark {
namespace {

/// A block takes waiting requests up to this many spans. All blocks that are made share a sync; several small ones keep
/// more threads busy than a large one: while one is committed or folded the next is made, and senders decode.
constexpr std::size_t kMaxBlockSpans = 2'000;

}  // namespace

// What keeps anyone from waiting for ever: whenever the lock is let go, there is for each step that could be taken a
// thread that runs, or is woken, and will look for work before it sleeps or leaves. Steps become free, and work comes,
// only in threads that run; those look again themselves, and call others for what they don't take.

void GroupCommit::pass(Waiting& waiting) {
  Lock lock(mutex_);
  queue_.push_back(&waiting);
  while (!waiting.done)
    if (!work(lock)) sleep(lock, waiting);
  call_for_work();
  // With nobody else here, the rest is this thread's, too.
  while (called_ == 0 && !preparing_ && !committing_ && !folding_ && work(lock)) {
  }
}

void GroupCommit::serve() {
  Lock lock(mutex_);
  while (!stopping_)
    if (!work(lock)) sleep(lock, server_);
  call_for_work();
}

void GroupCommit::stop_serving() {
  const Lock lock(mutex_);
  stopping_ = true;
  if (server_.is_asleep) wake(server_);
}

void GroupCommit::settle() {
  Lock lock(mutex_);
  const std::uint64_t wanted = blocks_committed_;
  ++settling_;
  still_.wait(lock, [&] { return blocks_folded_ >= wanted; });
  --settling_;
}

/// Takes one step. False when there is none to take.
bool GroupCommit::work(Lock& lock) {
  // The disk first: others can use the time that it takes.
  if (can_commit())
    commit(lock);
  else if (can_fold())
    fold(lock);
  else if (can_prepare())
    prepare(lock);
  else
    return false;
  if (settling_ > 0 || (held_ && is_still())) still_.notify_all();
  return true;
}

/// Commits the blocks that are made, all with one sync.
void GroupCommit::commit(Lock& lock) {
  committing_ = true;
  PreparedGroups groups = std::exchange(prepared_, {});
  call_for_work();
  lock.unlock();
  const bool committed = steps_.commit(groups);
  lock.lock();
  answer(groups);
  if (committed) {
    blocks_committed_ += groups.size();
    committed_.splice(committed_.end(), groups);
  }
  committing_ = false;
}

/// Counts the blocks that are durable, in their order.
void GroupCommit::fold(Lock& lock) {
  folding_ = true;
  PreparedGroups groups = std::exchange(committed_, {});
  call_for_work();
  lock.unlock();
  steps_.fold(groups);
  const std::size_t blocks = groups.size();
  groups.clear();
  lock.lock();
  blocks_folded_ += blocks;
  folding_ = false;
}

/// Makes a block of what waits.
void GroupCommit::prepare(Lock& lock) {
  preparing_ = true;
  std::vector<Waiting*> group;
  std::size_t spans = 0;
  while (!queue_.empty() && (group.empty() || spans + queue_.front()->request->spans() <= kMaxBlockSpans)) {
    spans += queue_.front()->request->spans();
    group.push_back(queue_.front());
    queue_.pop_front();
  }
  PreparedGroups made(1);
  call_for_work();
  lock.unlock();
  made.front() = steps_.prepare(std::move(group));
  lock.lock();
  prepared_.splice(prepared_.end(), made);
  preparing_ = false;
}

/// Lets the senders go. Their requests are gone from then on.
void GroupCommit::answer(const PreparedGroups& groups) {
  for (const Prepared& prepared : groups)
    for (Waiting* waiting : prepared.group) {
      waiting->done = true;
      if (waiting->is_asleep) wake(*waiting);
    }
}

void GroupCommit::sleep(Lock& lock, Waiting& waiting) {
  waiting.is_asleep = true;
  asleep_.push_back(&waiting);
  waiting.wake.wait(lock, [&] { return !waiting.is_asleep; });
  if (std::exchange(waiting.is_called, false)) --called_;
}

void GroupCommit::wake(Waiting& waiting) {
  waiting.is_asleep = false;
  asleep_.erase(std::find(asleep_.begin(), asleep_.end(), &waiting));
  waiting.wake.notify_one();
}

/// Wakes a thread for each step that could be taken and nobody was woken for. Where all are awake, they come to it.
void GroupCommit::call_for_work() {
  const std::size_t steps = std::size_t{can_commit()} + std::size_t{can_fold()} + std::size_t{can_prepare()};
  while (called_ < steps && !asleep_.empty()) {
    Waiting& helper = *asleep_.back();
    helper.is_called = true;
    ++called_;
    wake(helper);
  }
}

GroupCommit::Standstill::Standstill(GroupCommit& stopped) : stopped_(stopped) {
  Lock lock(stopped_.mutex_);
  stopped_.still_.wait(lock, [&] { return !stopped_.held_; });
  stopped_.held_ = true;  // nothing new begins; those who wait for what has begun finish it
  stopped_.still_.wait(lock, [&] { return stopped_.is_still(); });
}

GroupCommit::Standstill::~Standstill() {
  const Lock lock(stopped_.mutex_);
  stopped_.held_ = false;
  stopped_.call_for_work();
  stopped_.still_.notify_all();
}

}  // namespace tidemark
