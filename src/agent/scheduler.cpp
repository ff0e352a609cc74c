#include "agent/scheduler.hpp"

#include <algorithm>
#include <chrono>

#include <tidemark/errors.hpp>

#include "model/nearest.hpp"

namespace tidemark::agent {

Scheduler::Scheduler(std::vector<Loop> loops, Clock clock, std::function<double()> random, Observer observer)
    : clock_(std::move(clock)), observer_(std::move(observer)), schedule_(std::move(random)), loops_(std::move(loops)) {
  for (const Loop& loop : loops_) schedule_.add(loop.name, loop.every, clock_(), loop.last_result);
  try {
    for (std::size_t i = 0; i < loops_.size(); ++i) threads_.emplace_back([this, i] { work(i); });
    threads_.emplace_back([this] { time_loop(); });
  } catch (...) {
    stop();
    throw;
  }
}

Scheduler::~Scheduler() { stop(); }

void Scheduler::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

void Scheduler::time_loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    look_ = false;
    const Instant now = clock_();
    const Schedule::Step step = schedule_.step(now);
    if (!step.start.empty()) changed_.notify_all();
    const std::chrono::microseconds sleep(std::max<std::int64_t>(1000, (step.wake - now).count));
    changed_.wait_for(lock, sleep, [&] { return stopping_ || look_; });
  }
}

void Scheduler::work(std::size_t index) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || schedule_.loops()[index].running; });
    if (!schedule_.loops()[index].running) return;
    lock.unlock();
    RunOutcome outcome;
    // The boundary of a loop: whatever goes wrong in it is kept, shown, and tried again.
    try {
      outcome.text = loops_[index].run_once(clock_());
    } catch (const SinkError& e) {
      outcome = {true, e.what(), e.kind() == SinkError::Kind::permanent};
    } catch (const std::exception& e) {
      outcome = {true, e.what(), false};
    }
    lock.lock();
    schedule_.finish(index, clock_(), std::move(outcome));
    look_ = true;
    const LoopState state = schedule_.loops()[index];
    changed_.notify_all();
    lock.unlock();
    if (observer_) observer_(state);
    lock.lock();
  }
}

std::size_t Scheduler::index_of(std::string_view name) const {
  if (const auto found = schedule_.find(name)) return *found;
  std::vector<std::string_view> names;
  for (const Loop& loop : loops_) names.push_back(loop.name);
  throw InputError("no loop '" + std::string(name) + "': expected " + one_of(names) + suggest(name, names));
}

LoopState Scheduler::run(std::string_view name) {
  std::unique_lock lock(mutex_);
  const std::size_t index = index_of(name);
  const auto idle = [&] { return !schedule_.loops()[index].running; };
  changed_.wait(lock, [&] { return stopping_ || idle(); });
  if (stopping_) throw Error("the agent is stopping; nothing more is run");
  schedule_.start(index, clock_());
  const std::uint64_t runs = schedule_.loops()[index].runs;
  changed_.notify_all();
  changed_.wait(lock, [&] { return schedule_.loops()[index].runs > runs; });
  return schedule_.loops()[index];
}

void Scheduler::set_every(std::string_view name, Micros every) {
  const std::lock_guard lock(mutex_);
  schedule_.set_every(index_of(name), every, clock_());
  look_ = true;
  changed_.notify_all();
}

void Scheduler::look() {
  const std::lock_guard lock(mutex_);
  look_ = true;
  changed_.notify_all();
}

std::vector<LoopState> Scheduler::loops() const {
  const std::lock_guard lock(mutex_);
  return schedule_.loops();
}

}  // namespace tidemark::agent
