#include "rollup/recent_table.hpp"

#include <catch2/catch.hpp>

#include "rollup/recents_harness.hpp"
#include "store/recent_record.hpp"
#include "support/property.hpp"

namespace tidemark::test {
namespace {

/// Few things, few times: most spans repeat a thing, some at the same time.
TestSpan random_span(int id) {
  TestSpan span;
  span.id = std::to_string(id);
  span.owner = kOwners[*rc::gen::inRange(0, 3)];
  span.job = "job" + std::to_string(*rc::gen::inRange(0, 9));
  span.result = *rc::gen::element<std::string>("success", "success", "failure");
  static const std::vector<std::vector<std::string>> kLabels{{}, {"a"}, {"b", "a"}};
  span.labels = *rc::gen::elementOf(kLabels);
  span.ended = kStart + minutes(*rc::gen::inRange(0, 40));
  span.duration_us = *rc::gen::inRange(0, 1'000'000'000);
  span.has_start = *rc::gen::inRange(0, 5) != 0;
  return span;
}

}  // namespace

TEST_CASE("the last used things of every group are those of a sort of all spans, in any order and through any stops") {
  check_property([] {
    const int count = *rc::gen::inRange(1, 120);
    std::vector<TestSpan> spans;
    for (int i = 0; i < count; ++i) spans.push_back(random_span(i));
    auto disk = std::make_shared<MemoryDisk>();
    const WriterOptions options{.checkpoint_spans = *rc::gen::inRange<std::uint64_t>(1, 60)};
    auto store = std::make_unique<TestStore>(disk, recents_schema(), options);
    for (std::size_t at = 0; at < spans.size();) {
      const auto n = std::min<std::size_t>(*rc::gen::inRange<std::size_t>(1, 30), spans.size() - at);
      std::vector<TestSpan> request(spans.begin() + static_cast<std::ptrdiff_t>(at),
                                    spans.begin() + static_cast<std::ptrdiff_t>(at + n));
      if (*rc::gen::arbitrary<bool>()) request.push_back(spans[*rc::gen::inRange<std::size_t>(0, at + n)]);
      store->write(request, kStart + hours(2), *rc::gen::arbitrary<bool>());
      at += n;
      switch (*rc::gen::inRange(0, 5)) {
        case 0: store = std::make_unique<TestStore>(disk, recents_schema(), options); break;
        case 1: store->writer->checkpoint(); break;
        case 2:
          store->recompute->run_once();
          store->retention->run_once(kStart + minutes(40));
          break;
        default: break;
      }
      const std::vector<TestSpan> so_far(spans.begin(), spans.begin() + static_cast<std::ptrdiff_t>(at));
      RC_ASSERT(all_recents(*store) == all_naive(so_far));
    }
  });
}

TEST_CASE("a crash at any write loses no use, and none is seen twice") {
  const auto spans = some_spans(60);
  const auto deliver = [&](TestStore& store) {
    for (std::size_t at = 0; at < spans.size(); at += 5) {
      store.write(
          {spans.begin() + static_cast<std::ptrdiff_t>(at), spans.begin() + static_cast<std::ptrdiff_t>(at + 5)},
          kStart + hours(2));
      if (at % 20 == 15) store.writer->checkpoint();
    }
  };
  constexpr WriterOptions kOptions{.checkpoint_spans = 13, .bulk_entries = 1};
  auto undisturbed = std::make_shared<MemoryDisk>();
  {
    TestStore store(undisturbed, recents_schema(), kOptions);
    deliver(store);
    REQUIRE(all_recents(store) == all_naive(spans));
  }
  for (std::uint64_t crash_after = 1; crash_after < undisturbed->writes_done; ++crash_after) {
    auto disk = std::make_shared<MemoryDisk>();
    disk->writes_left = crash_after;
    disk->failing_write_lands = crash_after % 2 == 0;
    for (int life = 0; life < 3; ++life) {
      try {
        TestStore store(disk, recents_schema(), kOptions);
        deliver(store);
      } catch (const StoreError&) {
        disk->writes_left = life == 0 ? crash_after % 4 : std::numeric_limits<std::uint64_t>::max();
      }
    }
    const TestStore store(disk, recents_schema(), kOptions);
    INFO("crash after write " << crash_after);
    REQUIRE(all_recents(store) == all_naive(spans));
  }
}

TEST_CASE("uses are whole at every step of a checkpoint, while others come") {
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk, recents_schema());
  const auto spans = some_spans(60);
  for (std::size_t at = 0; at < 60; at += 20)
    store.write({spans.begin() + static_cast<std::ptrdiff_t>(at), spans.begin() + static_cast<std::ptrdiff_t>(at + 20)},
                kStart + hours(2));
  RecentTable table(*store.store);
  const int recent = store.store->schema().recent_index("last_jobs");
  const auto fold = [&](std::uint64_t sequence) {
    const std::string block = *store.store->kv().get(Family::log, sequence_key(sequence));
    table.fold(decode_block(block, store.store->map()), sequence);
  };
  const auto check_after = [&](std::size_t count) {
    const std::vector<TestSpan> so_far(spans.begin(), spans.begin() + static_cast<std::ptrdiff_t>(count));
    std::vector<std::string> texts;
    const std::string acme = canonical_key({{.is_set = false, .text = "acme", .labels = {}}});
    for (const RecentUse& use : table.newest(recent, acme, 100, {})) texts.push_back(describe(use));
    CHECK(texts == all_naive(so_far)["acme"]);
  };
  fold(0);
  for (std::uint64_t next = 1; next < 3; ++next) {
    check_after(next * 20);
    table.freeze();
    check_after(next * 20);
    KvBatch batch;
    table.write(batch, 0);
    fold(next);
    check_after((next + 1) * 20);
    store.store->kv().commit(batch, KvStore::Durability::later);
    check_after((next + 1) * 20);
    static_cast<void>(table.confirm());
    check_after((next + 1) * 20);
  }
}

TEST_CASE("many things of one group take the memory of a few, and the newest are right") {
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk, recents_schema());
  std::vector<TestSpan> spans;
  for (int i = 0; i < 500; ++i)
    spans.push_back({.id = std::to_string(i),
                     .job = "job" + std::to_string(i * 61 % 499),
                     .ended = kStart + Micros{i * 7919 % 1000}});
  for (std::size_t at = 0; at < spans.size(); at += 50)
    store.write(
        {spans.begin() + static_cast<std::ptrdiff_t>(at), spans.begin() + static_cast<std::ptrdiff_t>(at + 50)});
  CHECK(all_recents(store) == all_naive(spans));
  RecentGroup group;
  const auto used = [&](int thing, int at) {
    return group.move("thing" + std::to_string(thing), kStart + Micros{at}, Digest{}, 3) != nullptr;
  };
  for (int thing = 0; thing < 100; ++thing) {
    CHECK(used(thing, thing));
    CHECK(group.newest(1000, true).size() <= 6);
  }
  CHECK_FALSE(used(50, 50));  // let go of, and so is this
  CHECK(used(50, 200));       // a later use brings it back
  CHECK_FALSE(used(50, 199));
}

TEST_CASE("at most as many uses are read as were asked for, and none from before the window") {
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk, recents_schema());
  const auto spans = some_spans(50);
  store.write(spans, kStart + hours(2));
  const auto all = all_naive(spans)["acme"];
  REQUIRE(all.size() == 3);
  for (int life = 0; life < 2; ++life) {
    CHECK(recent_texts(store, "last_jobs", "acme", 2) == std::vector(all.begin(), all.begin() + 2));
    CHECK(recent_texts(store, "last_jobs", "acme", 0).empty());
    CHECK(recent_texts(store, "last_jobs", "nobody").empty());
    CHECK(recent_texts(store, "last_jobs", "acme", 1000, kStart + hours(1)).empty());
    store.writer->checkpoint();  // the same from the store
  }
}

TEST_CASE("retention erases a group of which nothing is inside its recent's window, and no other") {
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk, recents_schema());
  const auto spans = some_spans(50);
  store.write(spans, kStart + hours(2));
  store.recompute->run_once();
  const std::size_t before = disk->size(Family::recents);
  store.retention->run_once(kStart + minutes(49) + hours(1));
  CHECK(disk->size(Family::recents) == before);
  store.retention->run_once(kStart + minutes(50) + hours(1));
  CHECK(disk->size(Family::recents) == before - 1);
  CHECK(recent_texts(store, "events").empty());
  CHECK(recent_texts(store, "last_jobs", "acme") == all_naive(spans)["acme"]);
}

TEST_CASE("sources without recents write nothing of them") {
  auto disk = std::make_shared<MemoryDisk>();
  TestStore store(disk);
  store.write(some_spans(50), kStart + hours(2));
  store.writer->checkpoint();
  CHECK(disk->size(Family::recents) == 0);
}

}  // namespace tidemark::test
