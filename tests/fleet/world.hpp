#pragma once
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fleet/agent.hpp"
#include "fleet/chance.hpp"
#include "fleet/checks.hpp"
#include "fleet/network.hpp"
#include "fleet/plan.hpp"

namespace tidemark::fleet {

/// How often what happened; over many seeds none of it may be 0.
using Tally = std::map<std::string, std::uint64_t>;

/// One fleet with its time, from its first span to the last check. Everything is decided by the seed.
class World {
 public:
  /// `folder` is the world's own.
  World(std::uint64_t seed, const Switches& switches, const std::filesystem::path& folder);

  /// Lets things happen, then heals everything and checks what the sinks have.
  /// Throws Mismatch, or what the product threw without being made to.
  void run();

  const Tally& tally() const { return tally_; }
  /// What happened, the last of it or, with Switches::trace, all.
  const std::deque<std::string>& trace() const { return trace_; }

 private:
  struct Event {
    const char* name;
    int weight;
    bool (World::*happen)(Agent& agent);  ///< False: it could not happen now.
  };
  static const std::vector<Event>& events();
  void step();
  void note(const Agent& agent, const std::string& what);
  void count(const std::string& what, std::uint64_t n = 1) { tally_[what] += n; }

  // Events, in events.cpp.
  bool start(Agent& agent);
  bool send_new(Agent& agent);
  bool send_again(Agent& agent);
  bool repeat(Agent& agent);
  bool checkpoint(Agent& agent);
  bool recompute(Agent& agent);
  bool retain(Agent& agent);
  bool sync(Agent& agent);
  bool deliver_late(Agent& agent);
  bool fail_soon(Agent& agent);
  bool kill(Agent& agent);
  bool lose_power(Agent& agent);
  bool stop(Agent& agent);
  bool jump(Agent& agent);
  bool take_image(Agent& agent);
  bool take_image_soon(Agent& agent);
  bool clone(Agent& agent);
  bool restore(Agent& agent);
  bool wipe(Agent& agent);
  bool look_at_store(Agent& agent);
  bool look_at_sink(Agent& agent);

  bool recompute_alone(Agent& agent);
  void meanwhile(Agent& agent, bool may_recompute);
  Request make_request();
  const Span* make_span();
  bool deliver(Agent& agent, const Request& request);
  void send_what_is_due();
  bool looks_the_same(const Image& image);
  bool may_fork(const Image& image);
  void bury(const Agent& agent);
  Branches branches() const;

  // The end, in heal.cpp.
  void heal();
  void drain(Agent& agent);
  SyncReport sync_calmly(Agent& agent, std::size_t sink);
  void sync_everything(Agent& agent, std::size_t sink);
  void sync_nothing(Agent& agent, std::size_t sink);
  void check_end();
  void check_sink(std::size_t sink);
  void check_live(const SinkCheck& sink);
  void check_nothing_lost(const SinkCheck& sink);
  void check_told_twice(const SinkCheck& sink, const std::vector<std::vector<std::string>>& agents_of);

  const std::uint64_t seed_;
  const Switches switches_;
  const Plan plan_;
  const std::string definitions_path_;
  Chance chance_;       // what happens, to whom and when
  Chance span_chance_;  // what spans say
  Network network_;
  Instant now_;
  std::deque<Span> spans_;
  std::vector<bool> acknowledged_;  // by number of span
  std::vector<std::unique_ptr<Agent>> agents_;
  std::vector<Image> images_;
  std::vector<Record> graves_;                         // of stores that are gone
  std::map<std::string, std::uint32_t> latest_epoch_;  // by agent
  std::vector<std::unique_ptr<SinkCheck>> sinks_;
  Tally tally_;
  std::deque<std::string> trace_;
};

}  // namespace tidemark::fleet
