#include "engine/machine.hpp"

namespace tidemark::test {
namespace {

using Catch::Contains;

}  // namespace

TEST_CASE("a machine that was put back to an earlier state overwrites nothing, and says what may count twice",
          "[store]") {
  const Machine machine;
  {
    const auto engine = machine.open();
    take(*engine, 1, 4);
    CHECK(send(*engine, machine.sink()).rows > 0);
  }
  machine.take_image("image");
  {
    const auto engine = machine.open();
    take(*engine, 5, 7);
    send(*engine, machine.sink());
    CHECK(runs_at_sink(machine) == "7");
  }
  machine.put_back("image");
  const auto engine = machine.open();
  CHECK(engine->status().epoch == 1);
  take(*engine, 6, 9);
  const SyncReport report = send(*engine, machine.sink());
  REQUIRE(report.notices.size() == 1);
  CHECK_THAT(report.notices[0], Contains("epoch 2 began") && Contains("4 spans may count twice"));
  // Seven that were there, and four in the new epoch: two of them are the same.
  CHECK(at_sink(machine) == std::vector<std::string>{"11", "1", "6", "9"});
  CHECK(agents(machine) == std::vector<std::string>{"1 new 0 7", "2 forked 4 4"});
  // The store itself has each of its spans once.
  CHECK(only_row(engine->query(one_row(), kNow)) == std::vector<std::string>{"8", "1", "5", "9"});
  const VerifyReport verified = engine->verify();
  CHECK(verified.mismatches == 0);
  CHECK(verified.buckets_checked > 0);
  const Status status = engine->status();
  CHECK(status.epoch_began == "forked");
  CHECK(status.unproven_spans == 4);
  // It goes on in its epoch.
  take(*engine, 10, 10);
  CHECK(send(*engine, machine.sink()).notices.empty());
  CHECK(runs_at_sink(machine) == "12");
  CHECK(send(*engine, machine.sink()).rows == 0);
}

TEST_CASE("a fork that is found goes on after a crash in the middle of the cut", "[store]") {
  const Machine machine;
  {
    const auto engine = machine.open();
    take(*engine, 1, 4);
    send(*engine, machine.sink());
  }
  machine.take_image("image");
  {
    const auto engine = machine.open();
    take(*engine, 5, 5);
    send(*engine, machine.sink());
  }
  machine.put_back("image");
  {
    const auto engine = machine.open();
    take(*engine, 6, 9);
    send(*engine, machine.sink());
  }
  const auto again = machine.open();
  CHECK(again->status().epoch == 2);
  CHECK(only_row(again->query(one_row(), kNow))[0] == "8");
  CHECK(again->verify().mismatches == 0);
}

TEST_CASE("two stores of one image that run side by side keep their rows apart", "[store]") {
  const Machine machine;
  {
    const auto engine = machine.open();
    take(*engine, 1, 4);
    send(*engine, machine.sink());
  }
  machine.take_image("image");
  {
    const auto engine = machine.open();
    take(*engine, 11, 13);
    send(*engine, machine.sink());
    engine->close();
    machine.take_image("first");
  }
  machine.put_back("image");
  {
    const auto engine = machine.open();
    take(*engine, 21, 25);
    send(*engine, machine.sink());
    engine->close();
    machine.take_image("second");
  }
  CHECK(runs_at_sink(machine) == "12");
  // Both go on, in turns.
  for (int turn = 0; turn < 2; ++turn) {
    for (const std::string name : {"first", "second"}) {
      machine.put_back(name);
      const auto engine = machine.open();
      take(*engine, name == "first" ? 30 + turn : 40 + turn, name == "first" ? 30 + turn : 40 + turn);
      CHECK(send(*engine, machine.sink()).notices.empty());
      engine->close();
      fs::remove_all(machine.at(name));
      machine.take_image(name);
    }
  }
  CHECK(runs_at_sink(machine) == "16");
  CHECK(agents(machine) == std::vector<std::string>{"1 new 0 9", "2 forked 5 7"});
}

TEST_CASE("a sink that lags behind another one when it notices a fork keeps the other store's rows", "[store]") {
  const Machine machine;
  const std::string ahead = machine.sink("ahead.db");
  {
    const auto engine = machine.open();
    take(*engine, 1, 4);
    send(*engine, machine.sink());
    send(*engine, ahead);
  }
  machine.take_image("image");
  {
    const auto engine = machine.open();
    take(*engine, 5, 7);
    send(*engine, machine.sink());
  }
  machine.put_back("image");
  const auto engine = machine.open();
  take(*engine, 11, 20);
  CHECK(send(*engine, ahead).notices.empty());
  take(*engine, 21, 22);
  const SyncReport report = send(*engine, machine.sink());
  REQUIRE(report.notices.size() == 2);
  CHECK_THAT(report.notices[0], Contains("epoch 2 began") && Contains("2 spans"));
  CHECK_THAT(report.notices[1], Contains("rows of an earlier epoch are not sent"));
  // Seven of the other store's, and the two since the sink ahead had confirmed the rest.
  CHECK(runs_at_sink(machine) == "9");
  CHECK(send(*engine, machine.sink()).notices.empty());
  send(*engine, ahead);
  CHECK(only_row(query_sink(ahead, {}, one_row()))[0] == "16");
}

TEST_CASE("a sink that only the other store knew keeps its rows when it is noticed late", "[store]") {
  const Machine machine;
  const std::string ahead = machine.sink("ahead.db");
  {
    const auto engine = machine.open();
    take(*engine, 1, 4);
    send(*engine, ahead);
  }
  machine.take_image("image");
  {
    const auto engine = machine.open();
    take(*engine, 5, 7);
    send(*engine, machine.sink());
  }
  machine.put_back("image");
  const auto engine = machine.open();
  take(*engine, 11, 20);
  CHECK(send(*engine, ahead).notices.empty());
  take(*engine, 21, 22);
  const SyncReport report = send(*engine, machine.sink());
  REQUIRE(report.notices.size() == 2);
  CHECK_THAT(report.notices[1], Contains("rows of an earlier epoch are not sent"));
  // Seven of the other store's, and the two since the sink ahead had confirmed the rest.
  CHECK(at_sink(machine) == std::vector<std::string>{"9", "1", "5", "22"});
  CHECK(agents(machine) == std::vector<std::string>{"1 new 0 7", "2 forked 2 2"});
}

TEST_CASE("a sink that goes on under another name is no other store's", "[store]") {
  const Machine machine;
  const Instant in_the_hour{1767571260'000'000};
  const auto engine = machine.open();
  take(*engine, 1, 4);
  Engine::SyncOptions options;
  options.sink_url = machine.sink("old.db");
  CHECK(engine->sync(options, in_the_hour).rows == 0);
  take(*engine, 5, 6);
  for (const std::string end : {"", "-wal", "-shm"})
    if (fs::exists(machine.at("old.db" + end))) fs::rename(machine.at("old.db" + end), machine.at("ci.db" + end));
  CHECK(send(*engine, machine.sink()).notices.empty());
  CHECK(engine->status().epoch == 1);
  CHECK(runs_at_sink(machine) == "6");
  // And back, and both in turns.
  fs::create_hard_link(machine.at("ci.db"), machine.at("old.db"));
  for (int id = 7; id < 10; ++id) {
    take(*engine, id, id);
    CHECK(send(*engine, machine.sink(id % 2 == 0 ? "ci.db" : "old.db")).notices.empty());
  }
  CHECK(runs_at_sink(machine) == "9");
}

TEST_CASE("a store in a folder whose name is no UTF-8 tells sinks one that is", "[store]") {
  const Machine machine;
  const auto engine = machine.open("caf\xe9");
  take(*engine, 1, 1);
  send(*engine, machine.sink());
  CHECK_THAT(list_agents(machine.sink()).rows[0][4].to_string(), Catch::EndsWith("/caf\xef\xbf\xbd"));
}

TEST_CASE("a drained store sends complete rows of the running hour, takes nothing more, and begins anew when opened",
          "[store]") {
  const Machine machine;
  const Instant in_the_hour{1767571260'000'000};
  {
    const auto engine = machine.open();
    take(*engine, 1, 4);
    Engine::SyncOptions options;
    options.sink_url = machine.sink();
    CHECK(engine->sync(options, in_the_hour).rows == 0);
    engine->drain(in_the_hour);
    const SyncReport report = engine->sync(options, in_the_hour);
    CHECK(report.rows > 0);
    CHECK(report.waiting == 0);
    IngestContext context;
    context.now = kNow;
    CHECK_THROWS_WITH(engine->ingest(job(5), context), Contains("was drained"));
    CHECK(engine->status().sealed);
    const Table sealed = list_agents(machine.sink());
    CHECK(sealed.rows[0][2].to_string() == "sealed");
  }
  const auto engine = machine.open();
  CHECK(engine->status().epoch == 2);
  CHECK(engine->status().epoch_began == "reopened");
  take(*engine, 4, 6);
  send(*engine, machine.sink());
  CHECK(runs_at_sink(machine) == "6");
}

TEST_CASE("a drained store that finds a fork when it sends stays drained, and its rows are complete", "[store]") {
  const Machine machine;
  const Instant in_the_hour{1767571260'000'000};
  {
    const auto engine = machine.open();
    take(*engine, 1, 4);
    send(*engine, machine.sink());
  }
  machine.take_image("image");
  {
    const auto engine = machine.open();
    send(*engine, machine.sink());
  }
  machine.put_back("image");
  const auto engine = machine.open();
  take(*engine, 5, 7);
  engine->drain(in_the_hour);
  Engine::SyncOptions options;
  options.sink_url = machine.sink();
  const SyncReport report = engine->sync(options, in_the_hour);
  CHECK_THAT(report.notices.at(0), Contains("epoch 2 began"));
  CHECK(report.waiting == 0);
  CHECK(engine->status().sealed);
  CHECK(runs_at_sink(machine) == "7");
  CHECK(list_agents(machine.sink()).rows[1][2].to_string() == "sealed");
}

}  // namespace tidemark::test
