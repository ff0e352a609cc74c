#include "sink/sync.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <utility>

#include "sink/store_by_hand.hpp"

namespace tidemark::test {
namespace {

/// A sink in memory that keeps the contract, and fails when it is told to.
class FakeSink : public Sink {
 public:
  bool prepare() override { return std::exchange(lost, false); }
  bool upsert(int, std::span<const Bucket> buckets, Instant) override {
    for (const Bucket& bucket : buckets)
      if (refused.contains(bucket.dimensions[0].text)) throw SinkError(SinkError::Kind::row, "no such owner");
    if (usurped) return false;
    for (AgentRow& row : known) row.rows_sent += buckets.size();
    if (fail_at != 0 && ++calls == fail_at) throw SinkError(SinkError::Kind::transient, "the network is gone");
    for (const Bucket& bucket : buckets) {
      auto& row = rows[{bucket.key, bucket.start}];
      ++sent;
      if (std::pair(row.computed_counter, row.finished) < std::pair(bucket.computed_counter, bucket.finished))
        row = bucket;
    }
    if (fail_at != 0 && calls == doubt_at) throw SinkError(SinkError::Kind::in_doubt, "the answer was lost");
    return true;
  }
  std::unique_ptr<ReadyRows> make_ready(int, std::span<const Bucket> buckets, Instant) const override {
    for (const Bucket& bucket : buckets)
      if (refuses_ahead && refused.contains(bucket.dimensions[0].text))
        throw SinkError(SinkError::Kind::row, "no such owner");
    auto ready = std::make_unique<Ready>();
    for (const Bucket& bucket : buckets) ready->rows.emplace_back(bucket.key, bucket.start);
    return ready;
  }
  bool upsert_ready(int rollup, std::span<const Bucket> buckets, Instant synced_at, const ReadyRows& made) override {
    const auto& rows_made = dynamic_cast<const Ready&>(made).rows;
    const bool same = std::equal(rows_made.begin(), rows_made.end(), buckets.begin(), buckets.end(),
                                 [](const auto& row, const Bucket& b) { return row == std::pair(b.key, b.start); });
    if (!same) throw std::logic_error("rows come with what was made of others");
    ++ready_transactions;
    return upsert(rollup, buckets, synced_at);
  }
  std::vector<AgentRow> agents(const std::optional<AgentId>&) override { return known; }
  std::vector<AgentRow> agents_in(const std::string&, const std::string&) override { return known; }
  bool check_in(const AgentRow& row, const std::optional<Nonce>& expected) override {
    if (lost_check_in == 1) throw SinkError(SinkError::Kind::in_doubt, "the answer was lost");
    const auto stored =
        std::find_if(known.begin(), known.end(), [&](const AgentRow& r) { return r.epoch == row.epoch; });
    if ((stored != known.end()) != expected.has_value()) return false;
    if (!expected) {
      known.push_back(row);
    } else {
      if (stored->nonce != *expected) return false;
      const std::uint64_t before = stored->rows_sent;
      *stored = row;
      stored->rows_sent = before;
    }
    if (lost_check_in == 2) throw SinkError(SinkError::Kind::in_doubt, "the answer was lost");
    return true;
  }
  void upsert_recents(int, std::span<const RecentUse> uses) override {
    for (const RecentUse& use : uses) {
      const auto [stored, is_new] = recents.try_emplace({use.group_key, use.item_key}, use);
      if (!is_new && use.is_after(stored->second)) stored->second = use;
    }
  }
  std::vector<RecentUse> recent(int, const Digest&, std::size_t, std::optional<Instant>) override {
    throw std::logic_error("a sync reads no recents");
  }
  ReadModels& read_models() override { throw std::logic_error("a sync has nothing to do with read models"); }
  std::string ddl() const override { return {}; }
  std::string name() const override { return "fake"; }
  void scan(const BucketFilter&, const std::function<void(Bucket&&)>&) override {}

  struct Ready final : ReadyRows {
    std::vector<std::pair<Digest, Instant>> rows;
  };

  std::map<std::pair<Digest, Instant>, Bucket> rows;
  std::map<std::pair<Digest, Digest>, RecentUse> recents;
  std::vector<AgentRow> known;
  std::set<std::string> refused;
  bool lost = false, usurped = false, refuses_ahead = true;
  int lost_check_in = 0;  ///< 1: before it was done, 2: after.
  int calls = 0, fail_at = 0, doubt_at = 0, sent = 0, ready_transactions = 0;
};

struct Fixture : StoreByHand {
  FakeSink sink;

  SyncReport sync(Instant now = kStart + days(1), SyncPassOptions options = {}) {
    const SyncOutcome outcome = pass(sink, now, options);
    CHECK_FALSE(outcome.fork);
    return outcome.report;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a sink that is new gets everything that is finished, and nothing twice") {
  for (std::uint32_t owner = 1; owner <= 5; ++owner)
    put_bucket(owner, kStart, owner == 5 ? 1 : 3, owner == 5 ? 0 : 3, false);
  CHECK(sync().rows == 5);
  CHECK(sink.rows.size() == 5);
  CHECK(marks() == 0);
  CHECK(sync().rows == 0);
}

TEST_CASE_METHOD(Fixture, "what a sink makes ahead of a transaction comes with that transaction's rows") {
  sink.refuses_ahead = GENERATE(true, false);
  for (std::uint32_t owner = 1; owner <= 25; ++owner) put_bucket(owner, kStart, 3, 3);
  sink.refused = {"owner7"};
  SyncPassOptions options;
  options.rows_per_transaction = 5;
  const SyncReport report = sync(kStart + days(1), options);
  CHECK(report.rows == 24);
  CHECK(report.quarantined == 1);
  // Where nothing can be made of one, that one goes without; where it is refused as a whole, it goes in parts without.
  CHECK(sink.ready_transactions == (sink.refuses_ahead ? 4 : 5));
}

TEST_CASE_METHOD(Fixture, "buckets that are dirty or whose hour is not over wait") {
  sync();
  put_bucket(1, kStart, 3, 2);
  put_bucket(2, kStart + hours(23), 2, 2);
  put_bucket(3, kStart, 2, 2);
  const SyncReport report = sync(kStart + days(1) + minutes(9));
  CHECK(report.rows == 1);
  CHECK(report.waiting == 2);
  // Ten minutes are allowed for late spans.
  CHECK(sync(kStart + days(1) + minutes(10)).rows == 1);
  CHECK(marks() == 1);
}

TEST_CASE_METHOD(Fixture, "what is not finished can be sent, marked, and goes again when it is") {
  sync();
  put_bucket(1, kStart + hours(23), 2, 2);
  CHECK(sync(kStart + hours(23), {.unfinished = true}).rows == 1);
  CHECK_FALSE(sink.rows.begin()->second.finished);
  CHECK(sync(kStart + days(2)).rows == 1);
  CHECK(sink.rows.begin()->second.finished);
  CHECK(marks() == 0);
}

TEST_CASE_METHOD(Fixture, "a bucket that was reopened goes again when it is finished again") {
  sync();
  put_bucket(1, kStart, 2, 2);
  CHECK(sync().rows == 1);
  put_bucket(1, kStart, 3, 3);
  CHECK(sync().rows == 1);
  CHECK(sink.rows.begin()->second.computed_counter == 3);
}

TEST_CASE_METHOD(Fixture, "marks above what was sent stay") {
  sync();
  put_bucket(1, kStart, 2, 2);
  // Raised by a pass after the snapshot was read: the mark is there, the row in the snapshot is older.
  KvBatch batch;
  batch.put(Family::pending, encode(PendingKey{0, store->bucket_key(0, (DimensionsId{1} << 32) | 1, kStart), 7}), {});
  store->kv().commit(batch, KvStore::Durability::later);
  CHECK(sync().rows == 1);
  CHECK(marks() == 1);
}

TEST_CASE_METHOD(Fixture, "a sink that fails in the middle keeps what it has, and the rest goes next time") {
  for (std::uint32_t owner = 1; owner <= 9; ++owner) put_bucket(owner, kStart, 2, 2, false);
  for (const bool in_doubt : {false, true}) {
    sink.calls = 0;
    sink.fail_at = in_doubt ? 99 : 3;
    sink.doubt_at = in_doubt ? 1 : 0;
    CHECK_THROWS_AS(sync(kStart + days(1), {.rows_per_transaction = 2}), SinkError);
    CHECK(marks() == 5);
  }
  sink.fail_at = 0;
  CHECK(sync(kStart + days(1), {.rows_per_transaction = 2}).rows == 5);
  CHECK(sink.rows.size() == 9);
  CHECK(sink.sent == 11);  // two were sent again, because their answer was lost
  CHECK(marks() == 0);
}

TEST_CASE_METHOD(Fixture, "a sink that was lost and made again gets every row again") {
  put_bucket(1, kStart, 2, 2, false);
  CHECK(sync().rows == 1);
  sink.rows.clear();
  sink.lost = true;
  CHECK(sync().rows == 1);
  CHECK(sink.rows.size() == 1);
  CHECK(sync().rows == 0);
}

TEST_CASE_METHOD(Fixture, "each sink has its own progress") {
  put_bucket(1, kStart, 2, 2, false);
  sync();
  struct Other : FakeSink {
    std::string name() const override { return "other"; }
  } other;
  CHECK(pass(other, kStart + days(1)).report.rows == 1);
  CHECK(sinks->all().size() == 2);
}

TEST_CASE_METHOD(Fixture, "a sink that holds another one's nonce gets nothing, and the pass says who that is") {
  put_bucket(1, kStart, 2, 2, false);
  sync();
  put_bucket(1, kStart, 3, 3);
  sink.known[0].nonce.bytes[5] = 1;
  sink.known[0].check_ins = 7;
  sink.known[0].host = "there";
  const SyncOutcome outcome = pass(sink, kStart + days(1));
  REQUIRE(outcome.fork);
  CHECK(outcome.fork->host == "there");
  CHECK(outcome.fork->last_epoch == 1);
  CHECK(outcome.report.rows == 0);
  CHECK(sink.rows.begin()->second.computed_counter == 2);
  CHECK(marks() == 1);
}

TEST_CASE_METHOD(Fixture, "a check-in whose answer was lost is recognised, whether it was done or not") {
  put_bucket(1, kStart, 2, 2, false);
  for (const bool first_time : {true, false})
    for (const int when : {1, 2}) {
      CAPTURE(first_time, when);
      if (!first_time) sync();
      sink.lost_check_in = when;
      CHECK_THROWS_AS(pass(sink, kStart + days(1)), SinkError);
      CHECK_THROWS_AS(pass(sink, kStart + days(1)), SinkError);
      sink.lost_check_in = 0;
      sync();
      CHECK(sink.known.size() == 1);
      if (first_time) sink.known.clear();
    }
}

TEST_CASE_METHOD(Fixture, "a sink that was put back to an earlier state gets every row again, and no new epoch") {
  put_bucket(1, kStart, 2, 2, false);
  sync();
  const auto earlier = sink.known;
  for (int i = 0; i < 3; ++i) sync();
  for (const bool gone : {false, true}) {
    sink.known = gone ? std::vector<AgentRow>{} : earlier;
    sink.rows.clear();
    const SyncReport report = sync();
    CHECK(report.rows == 1);
    REQUIRE(report.notices.size() == 1);
    CHECK_THAT(report.notices[0], Catch::Contains("lacks rows that it had confirmed"));
    CHECK(sync().rows == 0);
  }
}

TEST_CASE_METHOD(Fixture,
                 "a sink that was put back gets every row again also when the check-in that finds it is cut off") {
  put_bucket(1, kStart, 2, 2, false);
  sync();
  const auto earlier = sink.known;
  for (const bool gone : {false, true})
    for (const int when : {1, 2}) {
      CAPTURE(gone, when);
      for (int i = 0; i < 3; ++i) sync();
      sink.known = gone ? std::vector<AgentRow>{} : earlier;
      sink.rows.clear();
      sink.lost_check_in = when;
      CHECK_THROWS_AS(pass(sink, kStart + days(1)), SinkError);
      sink.lost_check_in = 0;
      CHECK(sync().rows == 1);
      CHECK(sink.rows.size() == 1);
    }
}

TEST_CASE_METHOD(Fixture, "a sink that was put back is this store's still when a copy finds it put back, too") {
  put_bucket(1, kStart, 2, 2, false);
  sync();
  const auto earlier = sink.known;
  for (int i = 0; i < 5; ++i) sync();
  for (const bool gone : {false, true}) {
    CAPTURE(gone);
    const MemoryDisk::Entries copy = disk->entries(Family::meta);
    sink.known = gone ? std::vector<AgentRow>{} : earlier;
    sync();
    // The copy knows what this store knew before.
    const MemoryDisk::Entries own = disk->entries(Family::meta);
    disk->replace(Family::meta, copy);
    CHECK(pass(sink, kStart + days(1)).fork);
    disk->replace(Family::meta, own);
    sync();
  }
}

TEST_CASE_METHOD(Fixture, "a copy that knows the check-in has all that was sent after it") {
  put_bucket(1, kStart, 2, 2, false);
  sync();
  put_bucket(1, kStart, 3, 3);
  // Between the check-in and the rows: the store is copied, and goes on.
  struct Slow : FakeSink {
    bool check_in(const AgentRow& row, const std::optional<Nonce>& expected) override {
      const bool done = FakeSink::check_in(row, expected);
      meanwhile();
      return done;
    }
    std::function<void()> meanwhile;
  } slow;
  slow.known = sink.known;
  slow.meanwhile = [&] { put_bucket(1, kStart, 4, 4); };
  CHECK(pass(slow, kStart + days(1)).report.rows == 1);
  CHECK(slow.rows.begin()->second.computed_counter == 3);
  slow.meanwhile = [] {};
  CHECK(pass(slow, kStart + days(1)).report.rows == 1);
  CHECK(slow.rows.begin()->second.computed_counter == 4);
  CHECK(marks() == 0);
}

TEST_CASE_METHOD(Fixture, "a new store in the place of another one reports what that one sent") {
  AgentRow other;
  other.agent = AgentId{{1}};
  other.epoch = 3;
  other.spans = 70;
  sink.known.push_back(other);
  // Its rows are another agent's: here the sink gives them for the place alone.
  struct ByAgent : FakeSink {
    std::vector<AgentRow> agents(const std::optional<AgentId>& agent) override {
      std::vector<AgentRow> some;
      for (const AgentRow& row : known)
        if (row.agent == agent) some.push_back(row);
      return some;
    }
  } by_agent;
  by_agent.known = sink.known;
  const SyncReport report = pass(by_agent, kStart + days(1)).report;
  REQUIRE(report.notices.size() == 1);
  CHECK_THAT(report.notices[0], Catch::Contains("70 spans"));
  CHECK(by_agent.known.back().unproven_spans == 70);
  CHECK(pass(by_agent, kStart + days(1)).report.notices.empty());
}

TEST_CASE_METHOD(Fixture, "rows are no longer confirmed once somebody else has checked in") {
  put_bucket(1, kStart, 2, 2, false);
  sink.usurped = true;
  const SyncOutcome outcome = pass(sink, kStart + days(1));
  CHECK(outcome.disturbed);
  CHECK(outcome.report.rows == 0);
  CHECK(marks() == 1);
  sink.usurped = false;
  CHECK(sync().rows == 1);
  CHECK(marks() == 0);
}

TEST_CASE_METHOD(Fixture, "a pass that has to give way ends after a transaction, and the next one goes on") {
  for (std::uint32_t owner = 1; owner <= 9; ++owner) put_bucket(owner, kStart, 2, 2, false);
  SyncPassOptions options;
  options.rows_per_transaction = 2;
  int asked = 0;
  options.gives_way = [&] { return ++asked == 3; };
  const SyncOutcome outcome = pass(sink, kStart + days(1), options);
  CHECK(outcome.gave_way);
  CHECK(outcome.report.rows == 4);
  CHECK(marks() == 5);
  const SyncOutcome rest = pass(sink, kStart + days(1), options);
  CHECK_FALSE(rest.gave_way);
  CHECK(rest.report.rows == 5);
  CHECK(marks() == 0);
}

TEST_CASE_METHOD(Fixture, "a row that the sink refuses is set aside, and the others are sent") {
  for (std::uint32_t owner = 1; owner <= 9; ++owner) put_bucket(owner, kStart, 2, 2, false);
  sink.refused = {"owner3", "owner8"};
  const SyncReport report = sync();
  CHECK(report.rows == 7);
  CHECK(report.quarantined == 2);
  REQUIRE(report.notices.size() == 2);
  CHECK_THAT(report.notices[0],
             Catch::Contains("hours") && Catch::Contains("owner") && Catch::Contains("no such owner"));
  CHECK(marks() == 2);
  const int calls = sink.calls;
  CHECK(sync().quarantined == 0);
  CHECK(sink.calls == calls);
  // When the bucket changes, it is tried again.
  sink.refused = {"owner8"};
  put_bucket(3, kStart, 3, 3);
  CHECK(sync().rows == 1);
  CHECK(marks() == 1);
  sink.refused.clear();
  CHECK(sync().rows == 0);
  SyncPassOptions again;
  again.retry_quarantined = true;
  CHECK(sync(kStart + days(1), again).rows == 1);
  CHECK(marks() == 0);
}

TEST_CASE_METHOD(Fixture,
                 "a sink that lost its last transactions, but not the check-in before them, gets every row again") {
  put_bucket(1, kStart, 2, 2, false);
  sync();
  put_bucket(1, kStart, 3, 3);
  CHECK(sync().rows == 1);
  // A standby took over that had the check-in and not the row.
  sink.known[0].rows_sent = 1;
  sink.rows.clear();
  const SyncReport report = sync();
  CHECK(report.rows == 1);
  REQUIRE(report.notices.size() == 1);
  CHECK_THAT(report.notices[0], Catch::Contains("lacks rows that it had confirmed"));
  CHECK(sync().notices.empty());
}

TEST_CASE_METHOD(Fixture, "many rows that a sink refuses are set aside, as long as any row passes") {
  for (std::uint32_t owner = 1; owner <= 199; ++owner) {
    put_bucket(owner, kStart, 2, 2, false);
    if (owner != 150) sink.refused.insert("owner" + std::to_string(owner));
  }
  const SyncReport report = sync();
  CHECK(report.rows == 1);
  CHECK(report.quarantined == 198);
  CHECK(marks() == 198);
}

TEST_CASE_METHOD(Fixture, "a sink that refuses every row is not taken for one that refuses some") {
  for (std::uint32_t owner = 1; owner <= 99; ++owner) {
    put_bucket(owner, kStart, 2, 2, false);
    sink.refused.insert("owner" + std::to_string(owner));
  }
  try {
    sync();
    FAIL("it went through");
  } catch (const SinkError& e) {
    CHECK(e.kind() == SinkError::Kind::permanent);
  }
  sink.refused.clear();
  CHECK(sync().rows == 99);
}

}  // namespace tidemark::test
