#include "rollup/verify_recents.hpp"

#include <catch2/catch.hpp>

#include "rollup/recents_harness.hpp"
#include "rollup/verify.hpp"
#include "store/recent_catalog.hpp"
#include "store/recent_record.hpp"
#include "support/property.hpp"

namespace tidemark::test {
namespace {

/// A store with recents, all of it in its records.
TestStore written_store() {
  TestStore store(std::make_shared<MemoryDisk>(), recents_schema());
  store.write(some_spans(60), kStart + hours(2));
  store.writer->checkpoint();
  return store;
}

std::string key_of(const TestStore& store, const std::string& recent, const std::vector<DimensionValue>& group) {
  const auto index = static_cast<std::size_t>(store.store->schema().recent_index(recent));
  const auto id = recent_ids(store.store->kv(), store.store->schema())[index];
  return recent_group_key(id.value(), key_digest(canonical_key(group)));
}

const std::vector<DimensionValue> kAcme = {{.is_set = false, .text = "acme", .labels = {}}};

}  // namespace

TEST_CASE("recents that hold all uses of the log are found to, and each group is looked at") {
  const TestStore store = written_store();
  const VerifyReport report = verify_store(*store.store);
  CHECK(report.mismatches == 0);
  CHECK(report.groups_checked == 4);  // three owners' jobs, and the events
}

TEST_CASE("a use that a record lacks is found, and the group is named") {
  const TestStore store = written_store();
  const std::string key = key_of(store, "last_jobs", kAcme);
  const Schema& schema = store.store->schema();
  const RecentDef& def = schema.recents[static_cast<std::size_t>(schema.recent_index("last_jobs"))];
  const std::string record = store.store->kv().get(Family::recents, key).value();
  RecentGroupReader reader(record, schema.sources[static_cast<std::size_t>(def.source)], def);
  std::vector<PackedUse> uses;
  while (reader.left() > 0) uses.push_back(reader.next());
  const std::size_t left_out = GENERATE(0u, 1u, 2u);
  REQUIRE(uses.size() == 3);
  uses.erase(uses.begin() + static_cast<std::ptrdiff_t>(left_out));
  KvBatch batch;
  batch.put(Family::recents, key, encode_recent_group(reader.group(), uses));
  store.store->kv().commit(batch, KvStore::Durability::later);
  const VerifyReport report = verify_store(*store.store);
  CHECK(report.mismatches == 1);
  REQUIRE(report.examples.size() == 1);
  CHECK(report.examples[0] == "last_jobs acme: lacks uses that are in the log");
}

TEST_CASE("a group without a record is found, unless its window may have dropped it") {
  const TestStore store = written_store();
  KvBatch batch;
  batch.erase(Family::recents, key_of(store, "last_jobs", kAcme));
  batch.erase(Family::recents, key_of(store, "events", {}));
  store.store->kv().commit(batch, KvStore::Durability::later);
  const VerifyReport report = verify_store(*store.store);
  CHECK(report.mismatches == 1);
  CHECK(report.examples == std::vector<std::string>{"last_jobs acme: has spans in the log and no record"});
}

TEST_CASE("a group that its window dropped and that was used again since is none that lacks uses") {
  TestStore store(std::make_shared<MemoryDisk>(), recents_schema());
  store.write(some_spans(60), kStart + hours(2));
  store.writer->checkpoint();
  store.writer->forget_recents(kStart + hours(6));
  REQUIRE(recent_texts(store, "events").empty());
  store.write({{.id = "later", .ended = kStart + hours(6)}}, kStart + hours(6));
  store.writer->checkpoint();
  REQUIRE(recent_texts(store, "events").size() == 1);
  CHECK(verify_store(*store.store).mismatches == 0);
}

TEST_CASE("a list that is declared to be longer and not filled yet is not looked at") {
  const TestStore store = written_store();
  for (RecentRecord record : load_recent_records(store.store->kv())) {
    record.keep += 7;
    KvBatch batch;
    put_recent_record(batch, record);
    store.store->kv().commit(batch, KvStore::Durability::later);
  }
  CHECK(verify_store(*store.store).groups_checked == 0);
}

TEST_CASE("whatever is written, in any order, recents are found to hold it") {
  check_property([] {
    TestStore store(std::make_shared<MemoryDisk>(), recents_schema());
    auto spans = some_spans(*rc::gen::inRange(1, 90));
    const auto order =
        *rc::gen::container<std::vector<std::uint32_t>>(spans.size(), rc::gen::arbitrary<std::uint32_t>());
    for (std::size_t i = spans.size(); i > 1; --i) std::swap(spans[i - 1], spans[order[i - 1] % i]);
    for (std::size_t at = 0; at < spans.size(); at += 7) {
      store.write({spans.begin() + static_cast<std::ptrdiff_t>(at),
                   spans.begin() + static_cast<std::ptrdiff_t>(std::min(at + 7, spans.size()))},
                  kStart + hours(2));
      if (at % 21 == 0) store.writer->checkpoint();
    }
    store.writer->checkpoint();
    RC_ASSERT(verify_store(*store.store).mismatches == 0u);
  });
}

}  // namespace tidemark::test
