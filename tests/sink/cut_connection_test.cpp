#include <catch2/catch.hpp>
#include <filesystem>
#include <random>
#include <set>
#include <utility>

#include "sink/forwarding_sink.hpp"
#include "sink/postgres_place.hpp"
#include "sink/store_by_hand.hpp"
#include "support/cutting_proxy.hpp"

namespace tidemark::test {
namespace {

using conformance::postgres_is_there;
using conformance::PostgresPlace;
using Way = CuttingProxy::Way;

constexpr std::uint32_t kOwners = 3;

/// A PostgreSQL sink. It has one name whether it is reached through the proxy or past it, and notes what had gone through
/// the proxy when nothing had been written yet.
class NamedSink final : public ForwardingSink {
 public:
  NamedSink(std::unique_ptr<Sink> sink, const CuttingProxy& proxy) : ForwardingSink(std::move(sink)), proxy_(proxy) {}

  bool prepare() override { return looks_at_tables && sink().prepare(); }
  bool check_in(const AgentRow& row, const std::optional<Nonce>& expected) override {
    looked = proxy_.passed();
    return sink().check_in(row, expected);
  }
  std::string name() const override { return "sink"; }

  bool looks_at_tables = true;  ///< At the beginning of each sync.
  CuttingProxy::Bytes looked;

 private:
  const CuttingProxy& proxy_;
};

/// A store, a schema in PostgreSQL, and two ways from the one to the other.
struct Wire : StoreByHand {
  Wire()
      : proxy(socket(), conformance::postgres_server().host, conformance::postgres_server().port),
        straight(open_sink(place.url(), schema, 1), proxy) {}
  ~Wire() { std::filesystem::remove_all(folder); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  std::string socket() {
    folder = std::filesystem::temp_directory_path() / ("tidemark-cut-" + std::to_string(std::random_device{}()));
    std::filesystem::create_directories(folder);
    return folder / ".s.PGSQL.5432";
  }

  /// Every bucket gets one more span.
  void add_spans() {
    ++spans;
    for (std::uint32_t owner = 1; owner <= kOwners; ++owner) put_bucket(owner, kStart, spans, spans);
  }

  void sync(Sink& sink) {
    SyncPassOptions options;
    options.rows_per_transaction = rows_per_transaction;
    const SyncOutcome outcome = pass(sink, kStart + days(1), options);
    REQUIRE_FALSE(outcome.fork);
    REQUIRE_FALSE(outcome.disturbed);
    REQUIRE(outcome.report.notices.empty());
    REQUIRE(outcome.report.waiting == 0);
  }

  /// Nothing when it got through.
  std::optional<SinkError::Kind> sync_by_proxy() {
    NamedSink sink(open_sink(place.url({}, "&port=5432&host=" + folder.string()), schema, 1), proxy);
    sink.looks_at_tables = straight.looks_at_tables;
    try {
      sync(sink);
      looked = sink.looked;
      return std::nullopt;
    } catch (const SinkError& e) {
      INFO(e.what());
      REQUIRE((e.kind() == SinkError::Kind::transient || e.kind() == SinkError::Kind::in_doubt));
      return e.kind();
    }
  }

  /// After a sync that got through. How many rows the sink has taken since the last call, repeats included.
  std::uint64_t check_sink() {
    REQUIRE(marks() == 0);
    std::set<std::string> owners;
    BucketFilter all;
    all.rollup = 0;
    straight.scan(all, [&](Bucket&& row) {
      REQUIRE(owners.insert(row.dimensions[0].text).second);
      REQUIRE(row.update_counter == spans);
      REQUIRE(row.computed_counter == spans);
      REQUIRE(row.finished);
    });
    REQUIRE(owners == std::set<std::string>{"owner1", "owner2", "owner3"});
    const auto agents = straight.agents(std::nullopt);
    REQUIRE(agents.size() == 1);
    REQUIRE(agents[0].epoch == 1);
    REQUIRE(agents[0].state == "active");
    REQUIRE(agents[0].unproven_spans == 0);
    return agents[0].rows_sent - std::exchange(rows_sent, agents[0].rows_sent);
  }

  std::filesystem::path folder;
  PostgresPlace place;
  CuttingProxy proxy;
  NamedSink straight;
  std::size_t rows_per_transaction = 100;
  std::uint64_t spans = 0;
  std::uint64_t rows_sent = 0;
  CuttingProxy::Bytes looked;
};

struct Seen {
  std::uint64_t cuts = 0;
  std::uint64_t in_doubt = 0;
  std::uint64_t committed_unheard = 0;  ///< Cuts after which rows went that were there.
};

/// So that there is something that was there before, and it is known how much is said before anything is written.
void sync_twice(Wire& wire) {
  wire.sync(wire.straight);
  wire.add_spans();
  wire.proxy.let_through();
  REQUIRE_FALSE(wire.sync_by_proxy());
  REQUIRE(wire.check_sink() == kOwners);
}

/// Cuts after so many bytes, and syncs again. False when the first sync got through.
bool cut(Wire& wire, Way way, std::uint64_t bytes, Seen& seen) {
  CAPTURE(way == Way::to_server, bytes);
  wire.add_spans();
  wire.proxy.cut_after(way, bytes);
  const auto failure = wire.sync_by_proxy();
  wire.sync(wire.straight);
  const std::uint64_t sent = wire.check_sink();
  REQUIRE(sent >= kOwners);
  if (!failure) return false;
  ++seen.cuts;
  if (*failure == SinkError::Kind::in_doubt) ++seen.in_doubt;
  if (sent > kOwners) ++seen.committed_unheard;
  return true;
}

std::uint64_t of(Way way, CuttingProxy::Bytes bytes) {
  return way == Way::to_server ? bytes.to_server : bytes.to_client;
}

}  // namespace

TEST_CASE("a connection that is cut while a sync only looks is made good by the next one", "[pg]") {
  if (!postgres_is_there()) return;
  constexpr std::uint64_t kPositions = 40;
  Wire wire;
  sync_twice(wire);
  const CuttingProxy::Bytes looked = wire.looked;
  for (const Way way : {Way::to_server, Way::to_client}) {
    Seen seen;
    for (std::uint64_t i = 0; i < kPositions; ++i) CHECK(cut(wire, way, 1 + of(way, looked) * i / kPositions, seen));
    CHECK(seen.committed_unheard == 0);
  }
}

TEST_CASE("a connection that is cut after any byte of a sync's writing is made good by the next one", "[pg][slow]") {
  if (!postgres_is_there()) return;
  Wire wire;
  wire.sync(wire.straight);
  wire.straight.looks_at_tables = false;
  sync_twice(wire);
  const CuttingProxy::Bytes looked = wire.looked;
  for (const Way way : {Way::to_server, Way::to_client}) {
    CAPTURE(way == Way::to_server);
    Seen seen;
    for (std::uint64_t bytes = of(way, looked); cut(wire, way, bytes, seen);) ++bytes;
    CHECK(seen.cuts > 100);
    // The check-in's COMMIT and that of the rows, or their answers: they have several bytes.
    CHECK(seen.in_doubt > 10);
    CHECK(seen.committed_unheard > 0);
  }
}

TEST_CASE("a connection that is cut between several transactions keeps those that were confirmed", "[pg]") {
  if (!postgres_is_there()) return;
  Wire wire;
  wire.rows_per_transaction = 1;
  wire.sync(wire.straight);
  wire.straight.looks_at_tables = false;
  sync_twice(wire);
  Seen seen;
  // A prime number, so that it meets every part of what is said.
  for (std::uint64_t bytes = wire.looked.to_client; cut(wire, Way::to_client, bytes, seen);) bytes += 13;
  CHECK(seen.in_doubt > 0);
}

TEST_CASE("a connection that is cut while the tables are made is made good by the next sync", "[pg]") {
  if (!postgres_is_there()) return;
  constexpr std::uint64_t kPositions = 20;
  CuttingProxy::Bytes whole;
  {
    Wire wire;
    wire.add_spans();
    REQUIRE_FALSE(wire.sync_by_proxy());
    whole = wire.looked;
  }
  for (const Way way : {Way::to_server, Way::to_client}) {
    for (std::uint64_t i = 0; i < kPositions; ++i) {
      Wire wire;
      Seen seen;
      CHECK(cut(wire, way, 1 + of(way, whole) * i / kPositions, seen));
    }
  }
}

}  // namespace tidemark::test
