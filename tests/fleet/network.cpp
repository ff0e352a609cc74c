#include "fleet/network.hpp"

#include "sink/forwarding_sink.hpp"

namespace tidemark::fleet {

using Kind = SinkError::Kind;

class Network::Connection final : public test::ForwardingSink {
 public:
  Connection(Network& network, const std::shared_ptr<Sink>& server)
      : ForwardingSink(server), network_(network), server_(server) {}

  bool prepare() override {
    network_.maybe_lose_connection(*server_);
    if (network_.connected) network_.connected();
    return server_->prepare();
  }
  bool upsert(int rollup, std::span<const Bucket> buckets, Instant synced_at) override {
    return network_.upsert(server_, rollup, buckets, synced_at);
  }
  std::vector<AgentRow> agents(const std::optional<AgentId>& agent) override {
    network_.maybe_lose_connection(*server_);
    return server_->agents(agent);
  }
  bool check_in(const AgentRow& row, const std::optional<Nonce>& expected) override {
    network_.maybe_lose_connection(*server_);
    const bool done = server_->check_in(row, expected);
    network_.maybe_lose_connection(*server_);
    if (done && network_.checked_in) network_.checked_in();
    return done;
  }
  void upsert_recents(int recent, std::span<const RecentUse> uses) override {
    network_.maybe_lose_connection(*server_);
    server_->upsert_recents(recent, uses);
    network_.maybe_lose_connection(*server_);
  }

 private:
  Network& network_;
  std::shared_ptr<Sink> server_;
};

std::string Network::url(std::size_t sink) const {
  return "sqlite:" + folder_ + "/sink" + std::to_string(sink) + ".db";
}

std::unique_ptr<Sink> Network::connect(const std::string& url, const SchemaPtr& schema, std::int64_t schema_version) {
  return std::make_unique<Connection>(*this, open_sink(url, schema, schema_version));
}

void Network::maybe_lose_connection(const Sink& sink) {
  if (!chance_.percent(trouble_ / 8)) return;
  ++counts_.lost;
  throw SinkError(chance_.percent(50) ? Kind::in_doubt : Kind::transient,
                  "sink " + sink.name() + ": the connection was lost, as the simulation asked");
}

bool Network::upsert(const std::shared_ptr<Sink>& connection, int rollup, std::span<const Bucket> buckets,
                     Instant synced_at) {
  ++counts_.transactions;
  if (!chance_.percent(trouble_)) return connection->upsert(rollup, buckets, synced_at);
  if (chance_.percent(30)) deliver_late();
  const std::string what = "sink " + connection->name() + ": ";
  const auto keep = [&] { late_.push_back({connection, rollup, {buckets.begin(), buckets.end()}, synced_at}); };
  switch (chance_.below(5)) {
    case 0:
      ++counts_.lost;
      throw SinkError(Kind::transient, what + "the transaction was lost, as the simulation asked");
    case 1:
      ++counts_.answers_lost;
      connection->upsert(rollup, buckets, synced_at);
      throw SinkError(chance_.percent(50) ? Kind::in_doubt : Kind::transient,
                      what + "the answer was lost, as the simulation asked");
    case 2:
    case 3:
      ++counts_.late;
      keep();
      throw SinkError(Kind::in_doubt, what + "the transaction is under way for long, as the simulation asked");
    default:
      ++counts_.repeated;
      keep();
      return connection->upsert(rollup, buckets, synced_at);
  }
}

bool Network::deliver_late() {
  if (late_.empty()) return false;
  const std::size_t which = chance_.index(late_.size());
  const Late late = std::move(late_[which]);
  late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(which));
  late.connection->upsert(late.rollup, late.buckets, late.synced_at);
  return true;
}

}  // namespace tidemark::fleet
