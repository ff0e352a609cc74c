#include "engine/machine.hpp"

namespace tidemark::test {
namespace {

using Catch::Contains;

}  // namespace

TEST_CASE("a restored backup reports what the sink has and it does not", "[store]") {
  const Machine machine;
  {
    const auto engine = machine.open();
    take(*engine, 1, 4);
    engine->backup(machine.at("backup"));
    take(*engine, 5, 7);
    send(*engine, machine.sink());
  }
  fs::remove_all(machine.at("store"));
  fs::rename(machine.at("backup"), machine.at("store"));
  const auto engine = machine.open();
  CHECK(engine->status().epoch == 2);
  take(*engine, 7, 9);
  const SyncReport report = send(*engine, machine.sink());
  REQUIRE(report.notices.size() == 1);
  CHECK_THAT(report.notices[0], Contains("3 spans"));
  CHECK(agents(machine) == std::vector<std::string>{"1 new 0 7", "2 copied 3 3"});
  // Nine jobs, of which the seventh counts twice.
  CHECK(runs_at_sink(machine) == "10");
}

TEST_CASE("a store that was wiped is another agent, and reports what the one before it sent", "[store]") {
  const Machine machine;
  {
    const auto engine = machine.open();
    take(*engine, 1, 4);
    send(*engine, machine.sink());
  }
  fs::remove_all(machine.at("store"));
  const auto engine = machine.open();
  take(*engine, 4, 6);
  CHECK_THAT(send(*engine, machine.sink()).notices.at(0), Contains("4 spans"));
  CHECK(runs_at_sink(machine) == "7");
  CHECK(agents(machine).size() == 2);
  CHECK(engine->status().unproven_spans == 4);
}

TEST_CASE("a copy of a store that was wiped before it told any sink reports what it brings", "[store]") {
  const bool copy_comes_first = GENERATE(false, true);
  CAPTURE(copy_comes_first);
  const Machine machine;
  take(*machine.open(), 1, 4);
  machine.take_image("copy");
  fs::remove_all(machine.at("store"));
  const auto in_its_place = machine.open();
  const auto copy = machine.open("copy");
  CHECK(copy->status().epoch == 2);
  take(*in_its_place, 3, 6);
  if (!copy_comes_first) CHECK(send(*in_its_place, machine.sink()).notices.empty());
  const SyncReport report = send(*copy, machine.sink());
  REQUIRE(report.notices.size() == 1);
  CHECK_THAT(report.notices[0], Contains("brings 4 spans"));
  CHECK(send(*copy, machine.sink()).notices.empty());
  if (copy_comes_first) CHECK(send(*in_its_place, machine.sink()).notices.empty());
  // Six jobs, of which two count twice: the copy has them, and they came again to the store in its first one's place.
  CHECK(runs_at_sink(machine) == "8");
  CHECK(copy->status().unproven_spans == 4);
  CHECK(in_its_place->status().unproven_spans == 0);
}

TEST_CASE("an image that looks the same, of a store that was wiped before it told any sink, reports what it brings",
          "[store]") {
  const Machine machine;
  take(*machine.open(), 1, 4);
  fs::rename(machine.at("store"), machine.at("wiped"));
  {
    const auto in_its_place = machine.open();
    CHECK(send(*in_its_place, machine.sink()).notices.empty());
    take(*in_its_place, 3, 6);
    send(*in_its_place, machine.sink());
  }
  // The same machine, as far as anything on it can tell; what it gets from now on is from others.
  fs::rename(machine.at("store"), machine.at("another"));
  fs::rename(machine.at("wiped"), machine.at("store"));
  const auto image = machine.open();
  CHECK(image->status().epoch == 1);
  take(*image, 11, 11);
  const SyncReport report = send(*image, machine.sink());
  REQUIRE(report.notices.size() == 1);
  CHECK_THAT(report.notices[0], Contains("brings 5 spans"));
  CHECK(runs_at_sink(machine) == "9");
  CHECK(image->status().unproven_spans == 5);
}

TEST_CASE("a copy reports no more than what no sink was told of by the store that it is a copy of", "[store]") {
  const Machine machine;
  const auto engine = machine.open();
  take(*engine, 1, 4);
  send(*engine, machine.sink());
  engine->backup(machine.at("told"));
  take(*engine, 5, 7);
  engine->backup(machine.at("some"));
  SECTION("nothing, when it had told everything") {
    const auto told = machine.open("told");
    CHECK(send(*told, machine.sink()).notices.empty());
    CHECK(told->status().unproven_spans == 0);
  }
  SECTION("nothing, when it told everything meanwhile") {
    send(*engine, machine.sink());
    const auto some = machine.open("some");
    CHECK(send(*some, machine.sink()).notices.empty());
    CHECK(some->status().unproven_spans == 0);
  }
  SECTION("and counts it once, wherever it goes") {
    const auto some = machine.open("some");
    for (const std::string& sink : {machine.sink(), machine.sink("another.db"), machine.sink()}) send(*some, sink);
    CHECK(some->status().unproven_spans == 3);
    CHECK(agents(machine) == std::vector<std::string>{"1 new 0 4", "2 copied 3 0"});
  }
  SECTION("and says it to a sink that has another copy's row of its epoch") {
    const auto told = machine.open("told"), some = machine.open("some");
    send(*told, machine.sink());
    send(*some, machine.sink("another.db"));
    CHECK_THAT(send(*some, machine.sink()).notices.at(0), Contains("epoch 3 began") && Contains("3 spans"));
    CHECK(agents(machine) == std::vector<std::string>{"1 new 0 4", "2 copied 0 0", "3 forked 3 0"});
  }
  SECTION("and a copy of it says that to a sink that it told nothing") {
    const auto some = machine.open("some");
    send(*some, machine.sink("another.db"));
    some->backup(machine.at("next"));
    const auto next = machine.open("next");
    send(*next, machine.sink("another.db"));
    CHECK(next->status().unproven_spans == 0);
    send(*next, machine.sink());
    CHECK(agents(machine) == std::vector<std::string>{"1 new 0 4", "3 copied 3 0"});
  }
}

TEST_CASE("a copy that finds another one of its epoch reports what it brings beside what it took since", "[store]") {
  const Machine machine;
  const auto engine = machine.open();
  take(*engine, 1, 4);
  engine->backup(machine.at("one"));
  engine->backup(machine.at("other"));
  const auto one = machine.open("one"), other = machine.open("other");
  take(*one, 11, 12);
  take(*other, 21, 21);
  send(*one, machine.sink());
  CHECK_THAT(send(*other, machine.sink()).notices.at(0), Contains("epoch 3 began") && Contains("5 spans"));
  CHECK(agents(machine) == std::vector<std::string>{"2 copied 4 2", "3 forked 5 1"});
  CHECK(runs_at_sink(machine) == "7");
}

TEST_CASE("the backup of a copy, restored where the first store was, reports what that one told", "[store]") {
  const Machine machine;
  {
    const auto engine = machine.open();
    take(*engine, 1, 4);
    send(*engine, machine.sink());
    engine->backup(machine.at("copy"));
    take(*engine, 5, 7);
    send(*engine, machine.sink());
  }
  machine.open("copy")->backup(machine.at("backup"));
  fs::remove_all(machine.at("store"));
  fs::rename(machine.at("backup"), machine.at("store"));
  const auto engine = machine.open();
  CHECK(engine->status().epoch == 3);
  take(*engine, 6, 8);
  CHECK_THAT(send(*engine, machine.sink()).notices.at(0), Contains("3 spans"));
  // Eight jobs, of which two count twice.
  CHECK(runs_at_sink(machine) == "10");
}

TEST_CASE("a backup that is restored over a store that had come in its place reports what that one sent", "[store]") {
  const Machine machine;
  {
    const auto engine = machine.open();
    take(*engine, 1, 4);
    send(*engine, machine.sink());
    engine->backup(machine.at("backup"));
  }
  fs::remove_all(machine.at("store"));
  {
    const auto engine = machine.open();
    take(*engine, 5, 7);
    CHECK_THAT(send(*engine, machine.sink()).notices.at(0), Contains("4 spans"));
  }
  fs::remove_all(machine.at("store"));
  fs::rename(machine.at("backup"), machine.at("store"));
  const auto engine = machine.open();
  take(*engine, 6, 8);
  CHECK_THAT(send(*engine, machine.sink()).notices.at(0), Contains("3 spans"));
  CHECK(runs_at_sink(machine) == "10");
}

}  // namespace tidemark::test
