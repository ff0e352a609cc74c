#include <catch2/catch.hpp>

#include "sink/conformance.hpp"
#include "sink/samples.hpp"

namespace tidemark::conformance {
namespace {

using namespace samples;

constexpr Instant kSeen{1'767'300'000'123'456};

AgentRow agent_row(std::uint8_t id, std::uint32_t epoch, std::uint8_t nonce) {
  AgentRow row;
  row.agent.bytes[15] = id;
  row.epoch = epoch;
  row.nonce.bytes[0] = nonce;
  row.check_ins = 1;
  row.host = "runner's \"host\" \\ é";
  row.store = "/var/lib/tidemark";
  row.version = "1.2.3";
  row.schema_version = 4;
  row.began = "new";
  row.state = "active";
  row.first_seen = row.last_seen = kSeen;
  row.spans = std::uint64_t{1} << 60;
  row.unproven_spans = 7;
  return row;
}

void require_same_agent(const AgentRow& a, const AgentRow& b) {
  REQUIRE(a.agent == b.agent);
  REQUIRE(a.epoch == b.epoch);
  REQUIRE(a.nonce == b.nonce);
  REQUIRE(a.check_ins == b.check_ins);
  REQUIRE(a.host == b.host);
  REQUIRE(a.store == b.store);
  REQUIRE(a.version == b.version);
  REQUIRE(a.schema_version == b.schema_version);
  REQUIRE(a.began == b.began);
  REQUIRE(a.state == b.state);
  REQUIRE(a.first_seen == b.first_seen);
  REQUIRE(a.last_seen == b.last_seen);
  REQUIRE(a.spans == b.spans);
  REQUIRE(a.unproven_spans == b.unproven_spans);
  REQUIRE(a.rows_sent == b.rows_sent);
}

std::unique_ptr<Sink> prepared(Place& place) {
  auto sink = place.open(sample_schema(), 1);
  sink->prepare();
  return sink;
}

void rows_come_back(Place& place) {
  const auto sink = prepared(place);
  CHECK(sink->agents(std::nullopt).empty());
  std::vector<AgentRow> rows = {agent_row(1, 1, 11), agent_row(1, 2, 12), agent_row(2, 1, 13)};
  rows[2].host = "elsewhere";
  for (const AgentRow& row : rows) CHECK(sink->check_in(row, std::nullopt));
  const auto all = sink->agents(std::nullopt);
  REQUIRE(all.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) require_same_agent(all[i], rows[i]);
  CHECK(sink->agents(rows[0].agent).size() == 2);
  CHECK(sink->agents(AgentId{}).empty());
  CHECK(sink->agents_in("elsewhere", rows[2].store).size() == 1);
  CHECK(sink->agents_in("elsewhere", "/another").empty());
}

void nonces_are_compared(Place& place) {
  const auto sink = prepared(place);
  const AgentRow first = agent_row(1, 1, 11);
  CHECK(sink->check_in(first, std::nullopt));
  CHECK_FALSE(sink->check_in(agent_row(1, 1, 12), std::nullopt));
  AgentRow next = agent_row(1, 1, 13);
  next.last_seen = next.first_seen = kSeen + hours(1);
  next.host = "renamed";
  CHECK_FALSE(sink->check_in(next, agent_row(1, 1, 99).nonce));
  CHECK_FALSE(sink->check_in(agent_row(1, 5, 13), first.nonce));
  require_same_agent(sink->agents(std::nullopt).at(0), first);
  CHECK(sink->check_in(next, first.nonce));
  CHECK_FALSE(sink->check_in(agent_row(1, 1, 14), first.nonce));
  const AgentRow stored = sink->agents(std::nullopt).at(0);
  CHECK(stored.first_seen == kSeen);
  CHECK(stored.last_seen == kSeen + hours(1));
  CHECK(stored.host == "renamed");
}

void rows_go_in_one_name(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = prepared(place);
  const auto copy = place.open(schema, 1);
  BucketMaker make(5);
  std::vector<Bucket> buckets = {make.make(*schema, kKinds, 3), make.make(*schema, kKinds, 3)};
  const AgentRow ours = agent_row(1, 1, 11);
  CHECK(sink->check_in(ours, std::nullopt));
  CHECK(sink->upsert(kKinds, {buckets.data(), 1}, kSeen + minutes(1)));
  CHECK(sink->agents(std::nullopt).at(0).rows_sent == 1);
  CHECK(sink->agents(std::nullopt).at(0).last_seen == kSeen + minutes(1));
  CHECK(copy->check_in(agent_row(1, 1, 12), ours.nonce));
  CHECK_FALSE(sink->upsert(kKinds, {&buckets[1], 1}, kSeen + minutes(2)));
  CHECK(place.sql("SELECT count(*) FROM " + place.table("kinds"))[0][0] == "1");
  CHECK(copy->upsert(kKinds, {&buckets[1], 1}, kSeen + minutes(2)));
  CHECK(place.sql("SELECT count(*) FROM " + place.table("kinds"))[0][0] == "2");
  CHECK(sink->agents(std::nullopt).at(0).rows_sent == 2);
}

void numbered_steps(Place& place) {
  prepared(place);
  const auto taken = place.sql("SELECT number, name FROM " + place.table("migrations") + " ORDER BY number");
  REQUIRE_FALSE(taken.empty());
  CHECK(taken[0] == std::vector<std::string>{"1", "agents"});
  // A newer agent has been here: its steps are no business of an older one.
  place.sql("INSERT INTO " + place.table("migrations") + " (number, name) VALUES (9999, 'later')");
  CHECK_FALSE(place.open(sample_schema(), 1)->prepare());
  // An older one: what lacks is made, and no row has to go again for it.
  place.sql("DROP TABLE " + place.table("agents"));
  place.sql("DELETE FROM " + place.table("migrations"));
  const auto sink = place.open(sample_schema(), 1);
  CHECK_FALSE(sink->prepare());
  CHECK(sink->agents(std::nullopt).empty());
}

}  // namespace

const std::vector<Case>& agent_cases() {
  static const std::vector<Case> kCases = {
      {"agents come back as they were", rows_come_back},
      {"an agent's row is replaced by who knows its nonce", nonces_are_compared},
      {"rows are refused from who has been replaced", rows_go_in_one_name},
      {"numbered steps are taken once, and those of newer versions left alone", numbered_steps},
  };
  return kCases;
}

}  // namespace tidemark::conformance
