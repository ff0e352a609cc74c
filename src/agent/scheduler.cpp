#include "agent/scheduler.hpp"

#include <algorithm>
#include <chrono>

#include <tidemark/errors.hpp>

#include "model/nearest.hpp"

namespace tidemark::agent {

Scheduler::Scheduler(std::vector<Job> jobs, Clock clock, std::function<double()> random, Observer observer)
    : clock_(std::move(clock)),
      observer_(std::move(observer)),
      schedule_(std::move(random)),
      jobs_(std::move(jobs)),
      told_(jobs_.size()) {
  for (const Job& job : jobs_) {
    schedule_.add(job.name, job.timing, clock_(), job.last_result, job.at_once);
    const auto same = [&](const Lane& lane) { return !job.lane.empty() && lane.name == job.lane; };
    const auto found = std::find_if(lanes_.begin(), lanes_.end(), same);
    lane_of_.push_back(found != lanes_.end() ? &*found : &lanes_.emplace_back(Lane{job.lane, {}}));
  }
  try {
    for (Lane& lane : lanes_) threads_.emplace_back([this, &lane] { work(lane); });
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
    const std::chrono::microseconds sleep(std::max<std::int64_t>(1000, start_due().count));
    changed_.wait_for(lock, sleep, [&] { return stopping_ || look_; });
  }
}

Micros Scheduler::start_due() {
  const Instant now = clock_();
  const Schedule::Step step = schedule_.step(now);
  for (const std::size_t job : step.start) enqueue(job);
  return step.wake - now;
}

void Scheduler::enqueue(std::size_t job) {
  lane_of_[job]->queue.push_back(job);
  changed_.notify_all();
}

void Scheduler::work(Lane& lane) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !lane.queue.empty(); });
    if (stopping_) return;
    const std::size_t index = lane.queue.front();
    lane.queue.pop_front();
    schedule_.begin(index, clock_());
    lock.unlock();
    RunOutcome outcome;
    // The boundary of a job: whatever goes wrong in it is kept, shown, and tried again.
    try {
      outcome.text = jobs_[index].run_once(clock_());
    } catch (const SinkError& e) {
      outcome = {true, e.what(), e.kind() == SinkError::Kind::permanent};
    } catch (const std::exception& e) {
      outcome = {true, e.what(), false};
    }
    lock.lock();
    schedule_.finish(index, clock_(), std::move(outcome));
    look_ = true;
    const JobState state = schedule_.jobs()[index];
    changed_.notify_all();
    lock.unlock();
    if (observer_) observer_(state);
    lock.lock();
    told_[index] = std::max(told_[index], state.runs);
    changed_.notify_all();
  }
}

std::size_t Scheduler::index_of(std::string_view name) const {
  if (const auto found = schedule_.find(name)) return *found;
  std::vector<std::string_view> names;
  for (const Job& job : jobs_) names.push_back(job.name);
  throw InputError("no job '" + std::string(name) + "': expected " + one_of(names) + suggest(name, names));
}

JobState Scheduler::run(std::string_view name) {
  constexpr const char* kStopping = "the agent is stopping; nothing more is run";
  std::unique_lock lock(mutex_);
  const std::size_t index = index_of(name);
  const auto state = [&]() -> const JobState& { return schedule_.jobs()[index]; };
  changed_.wait(lock, [&] { return stopping_ || !state().running; });
  if (stopping_) throw Error(kStopping);
  schedule_.start(index, clock_());
  const std::uint64_t runs = state().runs;
  enqueue(index);
  changed_.wait(lock, [&] { return told_[index] > runs || (stopping_ && state().waiting); });
  if (told_[index] <= runs) throw Error(kStopping);
  return state();
}

void Scheduler::set_timing(std::string_view name, Timing timing) {
  const std::lock_guard lock(mutex_);
  schedule_.set_timing(index_of(name), std::move(timing), clock_());
  look_ = true;
  changed_.notify_all();
}

void Scheduler::look() {
  const std::lock_guard lock(mutex_);
  start_due();
  look_ = true;  // The time loop has to sleep for as long as is right now.
  changed_.notify_all();
}

std::vector<JobState> Scheduler::jobs() const {
  const std::lock_guard lock(mutex_);
  return schedule_.jobs();
}

}  // namespace tidemark::agent
