#include "sink/sync.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <utility>

#include "model/schema_toml.hpp"
#include "model/span_batch.hpp"
#include "support/memory_kv.hpp"

namespace tidemark::test {
namespace {

constexpr Instant kStart{1767571200'000'000};

SchemaPtr sync_schema() {
  std::vector<SchemaText> texts(1);
  texts[0] = {"test.toml", R"toml(
[source.job]
time = "ended_at"
[source.job.fields]
owner = "text"
ended_at = "instant"
[rollup.hours]
source = "job"
every = "1h"
by = ["owner"]
[rollup.hours.columns]
owners = "count_distinct(owner)"
)toml"};
  return parse_schema(texts);
}

/// A sink in memory that keeps the contract, and fails when it is told to.
class FakeSink : public Sink {
 public:
  bool prepare() override { return std::exchange(lost, false); }
  bool upsert(int, std::span<const Bucket> buckets, Instant) override {
    if (fail_at != 0 && ++calls == fail_at) throw SinkError(SinkError::Kind::transient, "the network is gone");
    for (const Bucket& bucket : buckets) {
      auto& row = rows[{bucket.key, bucket.start}];
      ++sent;
      if (std::pair(row.computed_counter, row.finished) < std::pair(bucket.computed_counter, bucket.finished)) row = bucket;
    }
    if (fail_at != 0 && calls == doubt_at) throw SinkError(SinkError::Kind::in_doubt, "the answer was lost");
  }
  std::string ddl() const override { return {}; }
  std::string name() const override { return "fake"; }
  void scan(const BucketFilter&, const std::function<void(Bucket&&)>&) override {}

  std::map<std::pair<Digest, Instant>, Bucket> rows;
  bool lost = false;
  int calls = 0, fail_at = 0, doubt_at = 0, sent = 0;
};

/// A store with rows put there by hand, as the two writers leave them.
struct Fixture {
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  SchemaPtr schema = sync_schema();
  std::unique_ptr<Store> store;
  std::unique_ptr<SinkRegistry> sinks;
  FakeSink sink;

  Fixture() {
    std::shared_ptr<KvStore> kv = open_memory(disk);
    const Catalog catalog = make_catalog(*schema, format_schema(*schema), false);
    Store::initialize(*kv, catalog, AgentId{{9}});
    store = std::make_unique<Store>(kv, schema, catalog);
    sinks = std::make_unique<SinkRegistry>(store->kv());
  }

  /// `owner` 1, 2, …; a computed counter of 0 leaves only the writer's row.
  void put_bucket(std::uint32_t owner, Instant start, std::uint64_t update, std::uint64_t computed, bool mark = true) {
    const DimensionsId id = static_cast<DimensionsId>(owner) << 32 | owner;
    const BucketKey key = store->bucket_key(0, id, start);
    const RowCodec& codec = store->codec(0);
    KvBatch batch;
    batch.put(Family::dimensions, dimensions_by_id(id), canonical_key({{false, "owner" + std::to_string(owner), {}}}));
    WriterRow row;
    row.update_counter = update;
    row.seed = codec.encode_seed(std::vector<State>(1));
    std::string bytes;
    codec.encode(row, 0, bytes);
    batch.put(Family::buckets, encode(key), bytes);
    if (computed > 0) {
      ComputedRow computed_row;
      computed_row.computed_counter = computed;
      computed_row.states.resize(1);
      batch.put(Family::computed, encode(key), codec.encode(computed_row));
    }
    if (mark) batch.put(Family::pending, encode(PendingKey{0, key, std::max<std::uint64_t>(1, computed)}), {});
    store->kv().commit(batch, KvStore::Durability::later);
  }
  SyncReport sync(Instant now = kStart + days(1), SyncPassOptions options = {}) {
    return SyncPass(*store, *sinks, sink, options).run_once(now);
  }
  std::size_t marks() const { return disk->families[static_cast<std::size_t>(Family::pending)].size(); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a sink that is new gets everything that is finished, and nothing twice") {
  for (std::uint32_t owner = 1; owner <= 5; ++owner) put_bucket(owner, kStart, owner == 5 ? 1 : 3, owner == 5 ? 0 : 3, false);
  CHECK(sync().rows == 5);
  CHECK(sink.rows.size() == 5);
  CHECK(marks() == 0);
  CHECK(sync().rows == 0);
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
  CHECK(SyncPass(*store, *sinks, other, {}).run_once(kStart + days(1)).rows == 1);
  CHECK(sinks->all().size() == 2);
}

}  // namespace tidemark::test
