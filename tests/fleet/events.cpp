#include <algorithm>

#include "fleet/mismatch.hpp"
#include "fleet/world.hpp"

/// What may happen to a fleet.
namespace tidemark::fleet {
namespace {

/// Clocks go wrong by no more than this, spans come late by no more than a day, and senders give up their silence after
/// half a day: so a span is never older than kIdentityRetention for any agent, unless it is meant to be.
constexpr Micros kClockBehind = hours(36), kClockAhead = hours(20);
constexpr Micros kLongestSilence = hours(12);
constexpr Micros kRepeatWithin = hours(20);
constexpr std::size_t kImages = 6;
/// Of fleets that are copied; others may have more from the beginning.
constexpr std::size_t kMostAgents = 25;

}  // namespace

bool World::start(Agent& agent) {
  const bool is_new = agent.record().agent.empty();
  const bool lives = agent.open(now_);
  note(agent, lives ? "starts in epoch " + std::to_string(agent.epoch()) : "dies while it starts");
  if (lives) latest_epoch_[agent.record().agent] = std::max(latest_epoch_[agent.record().agent], agent.epoch());
  if (!is_new) count("restarts");
  return lives;
}

const Span* World::make_span() {
  Chance& chance = span_chance_;
  Span span;
  span.number = static_cast<int>(spans_.size());
  span.owner = "owner" + std::to_string(chance.zipf(plan_.owners));
  span.job = "job" + std::to_string(chance.zipf(plan_.jobs));
  static const std::vector<std::string> kTags = {"arm", "gpu", "linux", "x64"};
  for (int i = chance.below(3); i > 0; --i) span.tags.push_back(chance.pick(kTags));
  static const std::vector<std::string> kResults = {"success", "success", "failure", "timeout", "skip"};
  if (chance.percent(90)) span.result = chance.pick(kResults);
  if (chance.percent(80)) span.main = chance.percent(50);
  const int late = chance.below(100);
  const Micros lateness = late < 80   ? minutes(chance.below(20))
                          : late < 93 ? minutes(chance.below(240))
                                      : minutes(chance.below(23 * 60));
  const Instant about = chance.percent(1) ? now_ - days(30) : now_ - lateness;
  constexpr std::int64_t kApart = 100'000;
  span.ended = {about.us - about.us % kApart + span.number % kApart};
  if (chance.percent(90)) span.started = span.ended - Micros{chance.below(chance.percent(50) ? 5 : 2'000'000) * 1'001};
  if (chance.percent(80)) span.cost_cents = chance.between(-50, 20'000);
  span.mark = static_cast<std::int64_t>(chance.next() >> 24);
  spans_.push_back(span);
  return &spans_.back();
}

Request World::make_request() {
  Request request;
  request.first_sent = now_;
  for (int n = span_chance_.between(1, plan_.largest_request); n > 0; --n) request.spans.push_back(make_span());
  if (span_chance_.percent(10)) request.spans.push_back(request.spans.front());
  return request;
}

/// True when the sender need not send it again.
bool World::deliver(Agent& agent, const Request& request) {
  bool answered = false;
  const bool lives = agent.send(now_, request, answered);
  note(agent, (lives ? answered ? "takes " : "takes a part of " : "dies of ") + std::to_string(request.spans.size()) +
                  " spans from s" + std::to_string(request.spans.front()->number));
  acknowledged_.resize(spans_.size());
  if (lives)
    for (const Span* span : request.spans)
      if (agent.record().knows(*span)) acknowledged_[static_cast<std::size_t>(span->number)] = true;
  return answered;
}

bool World::send_new(Agent& agent) {
  const Request request = make_request();
  agent.unanswered.push_back(request);  // for now: it may not come back from the next line
  if (!deliver(agent, request)) return true;
  agent.unanswered.pop_back();
  agent.answered.push_back(request);
  return true;
}

/// While a pass is on its way, more spans come, and perhaps a checkpoint or, while it is a sync, a pass that computes them.
void World::meanwhile(Agent& agent, bool may_recompute) {
  send_new(agent);
  if (chance_.percent(30)) checkpoint(agent);
  if (may_recompute && chance_.percent(70)) recompute_alone(agent);
  count("meanwhile");
}

bool World::send_again(Agent& agent) {
  if (agent.unanswered.empty()) return false;
  const auto which = agent.unanswered.begin() + static_cast<std::ptrdiff_t>(chance_.index(agent.unanswered.size()));
  if (!deliver(agent, *which)) return true;
  agent.answered.push_back(*which);
  agent.unanswered.erase(which);
  return true;
}

/// A sender that was answered sends once more.
bool World::repeat(Agent& agent) {
  std::erase_if(agent.answered, [&](const Request& request) { return now_ - request.first_sent > kRepeatWithin; });
  if (agent.answered.empty()) return false;
  const Request request = chance_.pick(agent.answered);
  if (!deliver(agent, request) && !agent.running()) agent.unanswered.push_back(request);
  return true;
}

/// Somebody looks after machines whose senders have waited for long.
void World::send_what_is_due() {
  for (const auto& agent : agents_) {
    const auto due = [&](const Request& request) { return now_ - request.first_sent > kLongestSilence; };
    if (std::none_of(agent->unanswered.begin(), agent->unanswered.end(), due)) continue;
    agent->calm_disk();
    agent->clock_offset = {};
    if (!agent->running()) start(*agent);
    for (const Request& request : agent->unanswered) {
      require(deliver(*agent, request), "a request was not answered though nothing is wrong");
      agent->answered.push_back(request);
    }
    agent->unanswered.clear();
  }
}

bool World::checkpoint(Agent& agent) {
  const bool lives = agent.checkpoint();
  note(agent, lives ? "writes a checkpoint" : "dies in a checkpoint");
  return true;
}

bool World::recompute_alone(Agent& agent) {
  const bool lives = agent.recompute(now_);
  note(agent, lives ? "recomputes" : "dies in a recompute pass");
  return true;
}

bool World::recompute(Agent& agent) {
  if (!chance_.percent(40) || switches_.without.contains("meanwhile")) return recompute_alone(agent);
  note(agent, "recomputes, and meanwhile:");
  const bool lives = agent.recompute(now_, [&] {
    if (chance_.percent(50)) meanwhile(agent, false);
  });
  note(agent, lives ? "has recomputed" : "dies in a recompute pass");
  return true;
}

/// Not before all sinks are known to the store: a sink that comes later cannot have what was dropped before.
bool World::retain(Agent& agent) {
  if (plan_.unnoticed && !switches_.beyond.contains("retention")) return false;
  for (std::size_t s = 0; s < network_.sinks(); ++s)
    if (!agent.record().synced[s]) return false;
  const bool lives = agent.retain(now_);
  note(agent, lives ? "drops what is old" : "dies in retention");
  return true;
}

bool World::sync(Agent& agent) {
  const std::size_t sink = chance_.index(network_.sinks());
  bool failed = false;
  SyncReport report;
  const bool unfinished = chance_.percent(20);
  std::function<void()> meanwhile_too;
  if (chance_.percent(40) && !switches_.without.contains("meanwhile")) {
    note(agent, "syncs, and meanwhile:");
    meanwhile_too = [&] { meanwhile(agent, true); };
  }
  const int forks = agent.forks;
  const bool lives = agent.sync(now_, sink, unfinished, failed, report, meanwhile_too);
  require(agent.forks == forks || plan_.unnoticed, "a store found another one of its name, and there is none");
  count("forks found", static_cast<std::uint64_t>(agent.forks - forks));
  note(agent, std::string(!lives   ? "dies in a sync"
                          : failed ? "syncs in part"
                                   : "syncs") +
                  " to sink " + std::to_string(sink) + (unfinished ? ", with what is not finished" : "") + ": " +
                  std::to_string(report.rows) + " rows");
  for (const std::string& notice : report.notices) note(agent, "is told: " + notice);
  if (failed) count("syncs failed");
  return true;
}

bool World::deliver_late(Agent& agent) {
  if (!network_.deliver_late()) return false;
  note(agent, "(a late transaction arrives)");
  return true;
}

bool World::fail_soon(Agent& agent) {
  agent.fail_soon();
  return true;
}

bool World::kill(Agent& agent) {
  agent.kill(false);
  note(agent, "is killed");
  return true;
}

bool World::lose_power(Agent& agent) {
  agent.kill(true);
  note(agent, "loses power");
  return true;
}

bool World::stop(Agent& agent) {
  note(agent, agent.close() ? "stops" : "dies while it stops");
  return true;
}

bool World::jump(Agent& agent) {
  if (!plan_.clocks_jump) return false;
  const std::int64_t range = (kClockBehind + kClockAhead).count;
  agent.clock_offset =
      Micros{static_cast<std::int64_t>(chance_.next() % static_cast<std::uint64_t>(range))} - kClockBehind;
  note(agent, "has its clock moved by " + std::to_string(agent.clock_offset.count / 60'000'000) +
                  " minutes from the true time");
  return true;
}

bool World::take_image(Agent& agent) {
  if (!plan_.forks) return false;
  if (images_.size() == kImages) images_.erase(images_.begin());
  images_.push_back(agent.image());
  note(agent, "has an image of its disk taken");
  return true;
}

bool World::take_image_soon(Agent& agent) {
  if (!plan_.forks) return false;
  agent.image_within(static_cast<std::uint64_t>(chance_.below(15)), [this, &agent](Image image) {
    image.lose_power(chance_);
    if (images_.size() == kImages) images_.erase(images_.begin());
    images_.push_back(std::move(image));
    note(agent, "has an image of its disk taken, between two writes");
  });
  return true;
}

void World::bury(const Agent& agent) {
  if (!agent.record().agent.empty()) graves_.push_back(agent.record());
}

/// Whether a store on a copied disk cannot tell; a virtual machine's snapshot looks the same in every respect. One that
/// can begins the next epoch with nobody's leave, so what is in the one before must be known to be its own.
bool World::looks_the_same(const Image& image) {
  if (!plan_.unnoticed) return false;
  const bool alone = image.record.alone_until == image.record.accepted.size() && image.record.doubtful.empty();
  return chance_.percent(60) || !(alone || switches_.beyond.contains("copies"));
}

/// Stores that find themselves copied begin the epoch after that of the image. If none is to be taken twice, only the
/// latest may be copied.
bool World::may_fork(const Image& image) {
  if (image.record.agent.empty()) return false;
  if (plan_.unnoticed) return true;
  if (epoch_of(image) != latest_epoch_[image.record.agent]) return false;
  ++latest_epoch_[image.record.agent];
  return true;
}

bool World::clone(Agent&) {
  if (!plan_.forks || images_.empty() || agents_.size() >= kMostAgents) return false;
  const Image image = chance_.pick(images_);
  if (!may_fork(image)) return false;
  const int number = static_cast<int>(agents_.size());
  agents_.push_back(std::make_unique<Agent>(number, plan_, definitions_path_, network_, chance_.fork()));
  const bool same = looks_the_same(image);
  agents_.back()->replace_disk(image, same);
  note(*agents_.back(), std::string("is made from an image of agent ") + image.record.agent.substr(0, 8) +
                            (same ? ", and looks the same" : ""));
  return true;
}

bool World::restore(Agent& agent) {
  if (!plan_.forks) return false;
  for (const Image& image : images_) {
    if (image.record.agent != agent.record().agent || !may_fork(image)) continue;
    bury(agent);
    const bool same = looks_the_same(image);
    agent.replace_disk(image, same);
    note(agent, same ? "is put back to a snapshot" : "is restored from an image");
    return true;
  }
  return false;
}

bool World::wipe(Agent& agent) {
  if (!plan_.forks) return false;
  bury(agent);
  agent.wipe();
  note(agent, "is wiped");
  return true;
}

/// What is current at once must be all there; after a pass, everything.
bool World::look_at_store(Agent& agent) {
  const std::size_t index = chance_.index(kRollups);
  const Rollup& rollup = rollups()[index];
  const bool computed = chance_.percent(70);
  if (rollup.bucket_retention || (!computed && !rollup.is_inline)) return false;
  if (computed && !agent.recompute(now_)) return false;
  Covered spans;
  for (const Accepted& entry : agent.record().accepted)
    if (!entry.left_out[index]) spans.add({entry.span}, 1);
  check_query(agent.engine(), agent.now(now_), {}, rollup, spans, computed);
  return true;
}

bool World::look_at_sink(Agent&) {
  sinks_[chance_.index(sinks_.size())]->check_rows(branches(), false);
  return true;
}

}  // namespace tidemark::fleet
