#include "sink/recent_sync.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <stdexcept>

#include "model/key.hpp"
#include "model/schema_toml.hpp"
#include "sink/forwarding_sink.hpp"
#include "store/recent_catalog.hpp"
#include "support/memory_kv.hpp"

namespace tidemark::test {
namespace {

constexpr const char* kDefinitions = R"toml(
[source.job]
time = "ended_at"
[source.job.fields]
owner = "text"
job = "text"
ended_at = "instant"
[recent.jobs]
source = "job"
per = ["owner"]
item = ["job"]
[recent.owners]
source = "job"
item = ["owner"]
)toml";

/// Takes uses alone, and fails when it is told to.
class UsesSink final : public ForwardingSink {
 public:
  UsesSink() : ForwardingSink(nullptr) {}
  void upsert_recents(int recent, std::span<const RecentUse> uses) override {
    if (fails) throw SinkError(SinkError::Kind::transient, "the network is gone");
    if (on_upsert) std::exchange(on_upsert, {})();
    transactions.push_back(uses.size());
    for (const RecentUse& use : uses)
      taken[{recent, use.group.empty() ? "" : use.group[0].text}].push_back(use.item[0].text);
  }
  std::map<std::pair<int, std::string>, std::vector<std::string>> taken;
  std::vector<std::size_t> transactions;
  std::function<void()> on_upsert;
  bool fails = false;
};

/// Groups as the writer leaves them: job N of a group was brought by block N.
struct Groups {
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  std::unique_ptr<Store> store;
  UsesSink sink;

  Groups() {
    const SchemaPtr schema = parse_schema({{"test.toml", kDefinitions}});
    std::shared_ptr<KvStore> kv = open_memory(disk);
    const Catalog catalog = make_catalog(*schema, format_schema(*schema), false);
    Store::initialize(*kv, catalog, AgentId{{9}});
    KvBatch batch;
    for (RecentId id = 1; id <= 2; ++id) {
      const RecentDef& recent = schema->recents[id - 1];
      put_recent_record(batch, {id, recent.name, recent_meaning(*schema, recent), recent.keep, {}, 0, 0});
    }
    kv->commit(batch, KvStore::Durability::later);
    store = std::make_unique<Store>(kv, schema, catalog);
  }

  static std::string key_of(const std::string& text) {
    return canonical_key({{.is_set = false, .text = text, .labels = {}}});
  }

  /// The group with `jobs` uses, and a mark from that block on, where given.
  void put(RecentId id, const std::string& owner, int jobs, std::optional<std::uint64_t> from) {
    const std::string group = id == 2 ? std::string() : key_of(owner);
    std::vector<PackedUse> uses;
    for (int n = jobs; n > 0; --n) {
      PackedUse& use = uses.emplace_back();
      use.used_at = Instant{n};
      use.identity.bytes[0] = static_cast<std::uint8_t>(n);
      use.sequence = static_cast<std::uint64_t>(n);
      use.item = key_of("job" + std::to_string(n));
    }
    KvBatch batch;
    batch.put(Family::recents, recent_group_key(id, key_digest(group)), encode_recent_group(group, uses));
    if (from) batch.put(Family::recents, encode(RecentMark{0, id, key_digest(group), *from}), {});
    store->kv().commit(batch, KvStore::Durability::later);
  }

  std::size_t marks() const {
    std::size_t n = 0;
    for (const auto& [key, value] : disk->entries(Family::recents)) n += key.front() == kRecentMarks;
    return n;
  }

  std::uint64_t sync(std::size_t per_transaction = 5000, const std::function<bool()>& gives_way = {}) {
    return RecentSync(*store, sink, 0, store->kv().snapshot(), per_transaction).run_once(gives_way).uses;
  }
};

}  // namespace

TEST_CASE_METHOD(Groups, "uses go from the earliest mark of their group on, and the marks are erased") {
  put(1, "acme", 5, 4);
  put(1, "acme", 5, 3);
  put(1, "zoo", 2, std::nullopt);
  put(2, "", 1, 0);
  CHECK(sync() == 4);
  CHECK(sink.taken == std::map<std::pair<int, std::string>, std::vector<std::string>>{
                          {{0, "acme"}, {"job5", "job4", "job3"}}, {{1, ""}, {"job1"}}});
  CHECK(marks() == 0);
  CHECK(sync() == 0);
}

TEST_CASE_METHOD(Groups, "a new sink gets every group, in transactions of bounded size") {
  for (int owner = 0; owner < 7; ++owner) put(1, "owner" + std::to_string(owner), 5, std::nullopt);
  RecentSync::mark_everything(*store, 0);
  CHECK(sync(4) == 35);
  CHECK(sink.taken.size() == 7);
  for (const std::size_t uses : sink.transactions) CHECK(uses <= 4);
  CHECK(marks() == 0);
}

TEST_CASE_METHOD(Groups, "a mark that comes while its group is sent stays for the next time") {
  put(1, "acme", 2, 1);
  sink.on_upsert = [this] { put(1, "acme", 3, 3); };
  CHECK(sync() == 2);
  CHECK(marks() == 1);
  sink.taken.clear();
  CHECK(sync() == 1);
  CHECK(sink.taken[{0, "acme"}] == std::vector<std::string>{"job3"});
}

TEST_CASE_METHOD(Groups, "what the sink did not confirm is sent again") {
  put(1, "acme", 2, 1);
  sink.fails = true;
  CHECK_THROWS_AS(sync(), SinkError);
  CHECK(marks() == 1);
  sink.fails = false;
  CHECK(sync() == 2);
  CHECK(marks() == 0);
}

TEST_CASE_METHOD(Groups, "a run that gives way leaves what it has not sent to the next one") {
  put(1, "acme", 3, 1);
  put(1, "zoo", 3, 1);
  int asked = 0;
  CHECK(sync(2, [&] { return ++asked > 1; }) == 3);
  CHECK(marks() == 1);
  CHECK(sync() == 3);
  CHECK(marks() == 0);
}

TEST_CASE_METHOD(Groups, "marks of groups and definitions that are gone are erased, and nothing goes") {
  KvBatch batch;
  batch.put(Family::recents, encode(RecentMark{0, 1, Digest{{1}}, 0}), {});
  batch.put(Family::recents, encode(RecentMark{0, 77, Digest{{1}}, 0}), {});
  batch.put(Family::recents, encode(RecentMark{1, 1, Digest{{1}}, 0}), {});
  store->kv().commit(batch, KvStore::Durability::later);
  CHECK(sync() == 0);
  CHECK(marks() == 1);  // another sink's
}

}  // namespace tidemark::test
