#include "rollup/run_claims.hpp"

#include <catch2/catch.hpp>

#include "model/schema_toml.hpp"
#include "model/span_builder.hpp"
#include "rollup/harness.hpp"
#include "support/property.hpp"

namespace tidemark::test {
namespace {

/// The tests' definitions, with one way per run.
SchemaPtr strict_schema() {
  std::string text = test_schema_text();
  text.insert(text.find("[source.job.fields]"), "one_way_per_run = true\n");
  return parse_schema({{"test.toml", text}});
}

/// Runs are told apart by a UUID, whatever else is known of them.
std::string run(int number) { return "00000000-0000-4000-8000-00000000000" + std::to_string(number); }

TestSpan span(const std::string& id, Way way, int run_number, Instant ended = kStart) {
  TestSpan s;
  s.id = std::string(name_of(way)) + id;
  s.owner = "run " + std::to_string(run_number);
  s.job = std::string(name_of(way));
  s.run = run(run_number);
  s.way = way;
  s.ended = ended;
  return s;
}

constexpr Instant kNow = kStart + hours(1);

}  // namespace

TEST_CASE("a run comes by the way of its first span; by another it is refused, counted and explained") {
  TestStore store(std::make_shared<MemoryDisk>(), strict_schema());
  CHECK(store.write({span("1", Way::github, 1)}, kNow).accepted == 1);
  const IngestReport other = store.write({span("1", Way::otlp, 1), span("2", Way::otlp, 2)}, kNow);
  CHECK(other.accepted == 1);
  CHECK(other.decode.rejections.of(RejectReason::other_way) == 1);
  CHECK(other.decode.rejections.examples()[0].where == "job span");
  CHECK(other.decode.rejections.examples()[0].message ==
        "came by otlp, and its run " + run(1) +
            " came by github first; source 'job' takes each run by one way only, so that nothing counts twice");
  CHECK(store.write({span("2", Way::github, 1)}, kNow).accepted == 1);
  CHECK(store.bucket("folded", "run 1").update_counter == 2);
}

TEST_CASE("a source that does not ask for it takes a run by several ways") {
  TestStore store(std::make_shared<MemoryDisk>());
  CHECK(store.write({span("1", Way::github, 1)}, kNow).accepted == 1);
  CHECK(store.write({span("1", Way::otlp, 1)}, kNow).accepted == 1);
}

TEST_CASE("a span that says no run, or one that could be another's, is accepted by any way") {
  TestStore store(std::make_shared<MemoryDisk>(), strict_schema());
  for (const std::string& unsaid : {std::string(), std::string("42")}) {
    TestSpan one = span("1" + unsaid, Way::github, 1), other = span("1" + unsaid, Way::otlp, 1);
    one.run = other.run = unsaid;
    CHECK(store.write({one}, kNow).accepted == 1);
    CHECK(store.write({other}, kNow).accepted == 1);
  }
}

TEST_CASE("a span that is not accepted, or was already, claims no run") {
  TestStore store(std::make_shared<MemoryDisk>(), strict_schema());
  CHECK(store.write({span("old", Way::github, 1)}, kStart + days(20)).accepted == 0);
  CHECK(store.write({span("1", Way::otlp, 1)}, kNow).accepted == 1);
  // Known before, of another run by its own word now.
  TestSpan again = span("1", Way::otlp, 1);
  again.run = run(2);
  CHECK(store.write({again}, kNow).duplicates == 1);
  CHECK(store.write({span("2", Way::github, 2)}, kNow).accepted == 1);
}

TEST_CASE("a refused span is refused again, not taken for a repetition") {
  TestStore store(std::make_shared<MemoryDisk>(), strict_schema());
  store.write({span("1", Way::github, 1)}, kNow);
  const IngestReport report = store.write({span("1", Way::otlp, 1), span("1", Way::otlp, 1)}, kNow);
  CHECK(report.decode.rejections.of(RejectReason::other_way) == 2);
  CHECK(report.duplicates == 0);
}

TEST_CASE("a claim is as durable as the span that made it") {
  for (std::uint64_t loss_after = 1; loss_after < 40; ++loss_after) {
    auto disk = std::make_shared<MemoryDisk>();
    disk->writes_left = loss_after;
    std::vector<TestSpan> acknowledged;
    try {
      TestStore store(disk, strict_schema(), {.checkpoint_spans = 5});
      for (int i = 0; i < 10; ++i) {
        const TestSpan one = span(std::to_string(i), i % 3 == 0 ? Way::github : Way::otlp, i);
        store.write({one}, kNow);
        acknowledged.push_back(one);
      }
    } catch (const StoreError&) {
    }
    disk->lose_power();
    disk->repair();
    TestStore store(disk, strict_schema());
    for (const TestSpan& one : acknowledged) {
      TestSpan other = one;
      other.way = Way::buildkite;
      other.id += " by another way";
      INFO("power lost after write " << loss_after);
      REQUIRE(store.write({other}, kNow).decode.rejections.of(RejectReason::other_way) == 1);
    }
  }
}

TEST_CASE("in whatever order and by whatever ways spans come, over restarts, each run has those of its first way") {
  check_property([](const std::vector<std::uint8_t>& steps) {
    auto disk = std::make_shared<MemoryDisk>();
    auto store = std::make_unique<TestStore>(disk, strict_schema());
    std::map<int, Way> first;
    int number = 0;
    for (const std::uint8_t step : steps) {
      if (step % 16 == 15) {
        store.reset();
        store = std::make_unique<TestStore>(disk, strict_schema());
        continue;
      }
      const int run_number = step / 16 % 4;
      const Way way = static_cast<Way>(step % 3);
      if (step % 16 == 14) store->writer->checkpoint();
      const bool its_way = first.emplace(run_number, way).first->second == way;
      RC_ASSERT(store->write({span(std::to_string(number++), way, run_number)}, kNow).accepted == (its_way ? 1u : 0u));
    }
  });
}

TEST_CASE("a claim is forgotten with the identities of its run, which later spans prolong") {
  const auto claims = [](const MemoryDisk& disk) {
    std::size_t n = 0;
    for (const auto& [key, value] : disk.entries(Family::meta)) n += key.starts_with("run/");
    return n;
  };
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk, strict_schema());
  store.write({span("1", Way::github, 1), span("2", Way::github, 2)}, kNow);
  store.write({span("3", Way::github, 2, kStart + days(8))}, kStart + days(8));
  CHECK(claims(*disk) == 2);
  // Ten days and the slack of one after the first spans; the second run's last one is eight days younger.
  store.recompute->run_once();
  store.retention->run_once(kStart + days(12));
  CHECK(claims(*disk) == 1);
  CHECK(store.write({span("1", Way::otlp, 2, kStart + days(12))}, kStart + days(12)).accepted == 0);
  CHECK(store.write({span("2", Way::otlp, 1, kStart + days(12))}, kStart + days(12)).accepted == 1);
  store.recompute->run_once();
  store.retention->run_once(kStart + days(40));
  CHECK(claims(*disk) == 0);
}

TEST_CASE("claims of a group that failed are taken back, to what they were before") {
  TestStore store(std::make_shared<MemoryDisk>(), strict_schema());
  RunClaims claims(*store.store);
  const Digest a = digest_of("a"), b = digest_of("b");
  CHECK(claims.claim(a, Way::github, kNow, kNow + days(10)) == Way::github);
  claims.confirm();
  CHECK(claims.claim(a, Way::github, kNow + days(5), kNow + days(15)) == Way::github);
  CHECK(claims.claim(b, Way::otlp, kNow, kNow + days(10)) == Way::otlp);
  claims.withdraw();
  CHECK(claims.claim(b, Way::github, kNow, kNow + days(10)) == Way::github);
  CHECK(claims.claim(a, Way::otlp, kNow, kNow + days(10)) == Way::github);
  // Prolonging it was taken back, too: it has expired by then.
  CHECK(claims.claim(a, Way::otlp, kNow + days(12), kNow + days(22)) == Way::otlp);
}

TEST_CASE("a run is its number in its repository, or a UUID wherever it is") {
  const SchemaPtr schema =
      parse_schema({{"t",
                     "[source.job]\ntime = 'at'\none_way_per_run = true\n[source.job.fields]\nat = 'instant'\n"
                     "repository = 'text'\n[source.bare]\ntime = 'at'\none_way_per_run = "
                     "true\n[source.bare.fields]\nat = 'instant'\n"}});
  const auto find = [&](int source, const std::string& repository, const std::string& name) {
    SpanBatch batch;
    DecodeReport report;
    SpanBuilder builder(*schema, batch, report, Way::otlp);
    builder.begin(source, DigestBuilder().add("1"));
    builder.set_instant(0, kStart);
    if (source == 0 && !repository.empty()) builder.set_text(1, repository);
    builder.set_run(name);
    REQUIRE(builder.finish("-"));
    return RunFinder(*schema).of(batch, batch.spans[0]);
  };
  CHECK(find(0, "acme/api", "7"));
  CHECK(find(0, "acme/api", "7") == find(0, "acme/api", "7"));
  CHECK(find(0, "acme/api", "7") != find(0, "acme/web", "7"));
  CHECK(find(0, "acme/api", "7") != find(0, "acme/api", "8"));
  CHECK(find(0, "acme/api", run(1)) == find(0, "", run(1)));
  CHECK(find(0, "", run(1)) != find(1, "", run(1)));
  CHECK_FALSE(find(0, "", "7"));
  CHECK_FALSE(find(0, "acme/api", ""));
  CHECK_FALSE(find(1, "", "7"));
  CHECK_FALSE(find(1, "", "00000000-0000-4000-8000-00000000000g"));
}

}  // namespace tidemark::test
