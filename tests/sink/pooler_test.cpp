#include "sink/pooler.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "sink/postgres_place.hpp"
#include "sink/store_by_hand.hpp"
#include "support/read_models_conformance.hpp"

namespace tidemark::test {
namespace {

using namespace conformance;

constexpr std::uint32_t kOwners = 40;

struct Database {
  Database() : name("tidemark_pooled_" + std::to_string(getpid())) { postgres_sql("CREATE DATABASE " + name); }
  ~Database() { postgres_sql("DROP DATABASE " + name + " WITH (FORCE)"); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  const std::string name;
};

/// A database in which nobody but `role` may do a thing, and that no more than it must, but for what the test grants.
struct Locked {
  explicit Locked(const SchemaPtr& schema) : role("tidemark_agent"), place(database.name) {
    place.open(schema, 1)->prepare();
    place.sql("GRANT USAGE ON SCHEMA " + place.schema() + " TO " + role.name());
    place.sql("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA " + place.schema() + " TO " + role.name());
    place.sql("REVOKE ALL ON DATABASE " + database.name + " FROM PUBLIC");
    place.sql("GRANT CONNECT ON DATABASE " + database.name + " TO " + role.name());
  }

  Role role;  // may go when there is nothing left that it has rights on
  Database database;
  PostgresPlace place;
};

/// What went wrong; empty when nothing did. Each row goes in a transaction of its own.
std::string sync(StoreByHand& store, const std::string& url) {
  try {
    const auto sink = open_sink(url, store.schema, 1);
    SyncPassOptions options;
    options.rows_per_transaction = 1;
    const SyncOutcome outcome = store.pass(*sink, kStart + days(1), options);
    if (outcome.fork) return "a fork";
    if (outcome.disturbed) return "disturbed";
    return outcome.report.notices.empty() ? "" : outcome.report.notices[0];
  } catch (const std::exception& e) {
    return e.what();
  }
}

SinkError error_of(const std::string& url) {
  StoreByHand store;
  try {
    open_sink(url, store.schema, 1)->prepare();
  } catch (const SinkError& e) {
    return e;
  }
  FAIL("nothing was thrown");
  throw std::logic_error("unreachable");
}

}  // namespace

TEST_CASE("agents sync at once through a pool of few sessions, with a role that may do no more than it must", "[pg]") {
  if (!postgres_is_there() || !pooler_is_there()) return;
  StoreByHand stores[2] = {StoreByHand(1), StoreByHand(2)};
  for (StoreByHand& store : stores)
    for (std::uint32_t owner = 1; owner <= kOwners; ++owner) store.put_bucket(owner, kStart, 2, 2, false);
  Locked locked(stores[0].schema);
  const int sessions = GENERATE(1, 2);
  CAPTURE(sessions);
  const Pooler pooler(locked.database.name, sessions, locked.role.name());
  const std::string url = pooler.url(locked.place.schema(), locked.role.name());

  CHECK_THAT(sync(stores[0], url), Catch::Contains("permission denied to create temporary tables") &&
                                       Catch::Contains("grant the role what it lacks"));
  locked.place.sql("GRANT TEMPORARY ON DATABASE " + locked.database.name + " TO " + locked.role.name());
  std::string errors[2];
  std::thread other([&] { errors[1] = sync(stores[1], url); });
  errors[0] = sync(stores[0], url);
  other.join();
  CHECK(errors[0] == "");
  CHECK(errors[1] == "");

  for (const StoreByHand& store : stores) CHECK(store.marks() == 0);
  const std::string rows = std::to_string(kOwners);
  const std::vector<std::string> agent = {"1", "active", "0", rows};
  CHECK(locked.place.sql("SELECT epoch, state, unproven_spans, rows_sent FROM " + locked.place.table("agents")) ==
        std::vector{agent, agent});
  CHECK(locked.place.sql("SELECT count(*), count(DISTINCT agent_id) FROM " + locked.place.table("hours"))[0] ==
        std::vector<std::string>{std::to_string(2 * kOwners), "2"});
  // Readers go through it, too.
  std::size_t read = 0;
  BucketFilter all;
  all.rollup = 0;
  open_sink(url, stores[0].schema, 1)->scan(all, [&](Bucket&&) { ++read; });
  CHECK(read == 2 * kOwners);
  // What is done in a session is over with the transaction.
  CHECK(locked.place.sql("SELECT count(*) FROM pg_class WHERE relname = 'tidemark_stage'")[0][0] == "0");
}

TEST_CASE("views are refreshed and dimension tables written through a pool of one session", "[pg]") {
  if (!postgres_is_there() || !pooler_is_there()) return;
  const Database database;
  const PostgresPlace place(database.name);
  const Pooler pooler(database.name, 1, "postgres");
  const auto open = [&] {
    return open_sink(pooler.url(place.schema(), "postgres"), std::make_shared<const Schema>(), 1);
  };
  const auto first = open();
  const auto second = open();
  for (int i = 1; i <= 5; ++i) {
    ReadModels& models = (i % 2 == 0 ? first : second)->read_models();
    const std::uint64_t id = models.begin_refresh("v", "agent", kStart);
    models.complete_refresh(small_view("v"), id, kStart, small_rows(i, i));
    CHECK(exactly(first->read_models().rows(small_view("v")).value()) == exactly(small_rows(i, i)));
  }
  TableDef table;
  table.name = table.key = "account";
  first->read_models().put_table(table, {{"a", {}}}, false);
  second->read_models().put_table(table, {{"b", {}}}, false);
  CHECK(first->read_models().load_table(table) == DimensionRows{{"b", {}}});
}

TEST_CASE("a pooler's refusals need somebody, and say what to do", "[pg]") {
  if (!postgres_is_there() || !pooler_is_there()) return;
  const Pooler pooler("postgres", 1, "postgres");
  const auto database = error_of(pooler.url("s", "postgres", "unknown"));
  CHECK(database.kind() == SinkError::Kind::permanent);
  CHECK_THAT(database.what(), Catch::Contains("no such database: unknown"));
  const auto password = error_of(pooler.url("s", "locked:wrong"));
  CHECK(password.kind() == SinkError::Kind::permanent);
  CHECK_THAT(password.what(), Catch::Contains("authentication failed") && !Catch::Contains("wrong") &&
                                  Catch::Contains("correct the URL, the password"));
}

}  // namespace tidemark::test
