#pragma once
#include <memory>
#include <string>
#include <vector>

#include "fleet/chance.hpp"
#include "sink/sink.hpp"

namespace tidemark::fleet {

/// The real sinks, and what lies between them and the agents: transactions that are lost on their way, whose answer is
/// lost, that arrive long after they were given up, or twice.
/// Threads: one agent's sync at a time, which may hand its transactions to another thread.
class Network {
 public:
  struct Counts {
    std::uint64_t transactions = 0, lost = 0, answers_lost = 0, late = 0, repeated = 0;
  };

  /// Sinks are SQLite files in `folder`.
  Network(std::string folder, std::size_t sinks, Chance chance)
      : folder_(std::move(folder)), sinks_(sinks), chance_(chance) {}

  std::string url(std::size_t sink) const;
  std::size_t sinks() const { return sinks_; }
  /// An agent's connection. It must not outlive the network.
  std::unique_ptr<Sink> connect(const std::string& url, const SchemaPtr& schema, std::int64_t schema_version);

  /// Percent of transactions that something happens to. 0: none, but for those that are under way.
  void set_trouble(int percent) { trouble_ = percent; }
  bool calm() const { return trouble_ == 0; }
  /// Called when an agent has reached a sink, before it reads anything there.
  std::function<void()> connected;
  /// Called when an agent has checked in, before it looks for what to send.
  std::function<void()> checked_in;
  /// One transaction that was under way arrives; false when there is none.
  bool deliver_late();
  const Counts& counts() const { return counts_; }

 private:
  class Connection;
  struct Late {
    std::shared_ptr<Sink> connection;  ///< The server's end of it: who has checked in there stays checked in.
    int rollup;
    std::vector<Bucket> buckets;
    Instant synced_at;
  };
  bool upsert(const std::shared_ptr<Sink>& connection, int rollup, std::span<const Bucket> buckets, Instant synced_at);
  void maybe_lose_connection(const Sink& sink);

  std::string folder_;
  std::size_t sinks_;
  Chance chance_;
  int trouble_ = 0;
  std::vector<Late> late_;
  Counts counts_;
};

}  // namespace tidemark::fleet
