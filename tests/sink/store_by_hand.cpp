#include "sink/store_by_hand.hpp"

#include <algorithm>
#include <cstring>

#include "model/schema_toml.hpp"
#include "model/span_batch.hpp"

namespace tidemark::test {
namespace {

SchemaPtr hours_schema() {
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

}  // namespace

StoreByHand::StoreByHand(std::uint8_t agent) : schema(hours_schema()) {
  std::shared_ptr<KvStore> kv = open_memory(disk);
  const Catalog catalog = make_catalog(*schema, format_schema(*schema), false);
  Store::initialize(*kv, catalog, AgentId{{agent}});
  store = std::make_unique<Store>(kv, schema, catalog);
  sinks = std::make_unique<SinkRegistry>(store->kv());
}

void StoreByHand::put_bucket(std::uint32_t owner, Instant start, std::uint64_t update, std::uint64_t computed,
                             bool mark) {
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

SyncOutcome StoreByHand::pass(Sink& to, Instant now, SyncPassOptions options) {
  StoreSelf self;
  self.host = "here";
  self.path = "/store";
  self.position = position;
  self.random = [this](std::span<std::uint8_t> bytes) {
    ++drawn;
    std::memcpy(bytes.data(), &drawn, sizeof drawn);
  };
  return SyncPass(*store, *sinks, to, self, options).run_once(now);
}

}  // namespace tidemark::test
