#include <catch2/catch.hpp>

#include "model/schema_toml.hpp"
#include "rollup/fill.hpp"
#include "rollup/harness.hpp"
#include "rollup/verify.hpp"

namespace tidemark::test {
namespace {

constexpr const char* kLate = R"toml(
[rollup.late]
source = "job"
every = "1h"
by = ["owner"]
inline = true
[rollup.late.columns]
total_runs = "count()"
median_duration_seconds = "median(duration)"
)toml";

SchemaPtr with_more_columns() {
  std::string text = test_schema_text();
  const std::string anchor = "[rollup.folded.columns]\n";
  text.insert(text.find(anchor) + anchor.size(), "min_duration_seconds = \"min(duration)\"\njobs = \"count_distinct(job)\"\n");
  std::vector<SchemaText> texts(1);
  texts[0] = {"test.toml", text};
  return parse_schema(texts);
}

/// Changes the definitions of the store on the disk, as opening it does.
void change(const std::shared_ptr<MemoryDisk>& disk, const SchemaPtr& schema) {
  const std::shared_ptr<KvStore> kv = open_memory(disk);
  const Catalog old = *meta::load_catalog(*kv);
  const CatalogChange change = update_catalog(old, *schema, format_schema(*schema), false, [&](const std::string&) {
    const auto dropped = meta::load_dropped_through(*kv, 0);
    return dropped ? std::optional(*dropped + Micros{1}) : std::nullopt;
  }, kStart + days(3));
  KvBatch batch;
  meta::put_catalog(batch, change.catalog);
  plan_fill(*kv, change, batch);
  kv->commit(batch, KvStore::Durability::synced);
}

void fill(const std::shared_ptr<MemoryDisk>& disk, const SchemaPtr& schema) {
  const std::shared_ptr<KvStore> kv = open_memory(disk);
  Store store(kv, schema, *meta::load_catalog(*kv));
  if (fill_is_due(*kv)) run_fill(store, {});
}

std::vector<TestSpan> some_spans(int begin, int end, Instant start = kStart) {
  std::vector<TestSpan> spans;
  for (int i = begin; i < end; ++i)
    spans.push_back({.id = std::to_string(i), .owner = "o" + std::to_string(i % 4), .job = i % 2 ? "build" : "test",
                     .ended = start + minutes(i), .duration_us = 1000 + i * 37 % 101});
  return spans;
}

}  // namespace

TEST_CASE("a rollup and columns that are declared later are filled from raw spans, wherever the two writers stand") {
  for (const bool new_rollup : {true, false}) {
    for (int computed_up_to = 0; computed_up_to <= 3; ++computed_up_to) {
      auto disk = std::make_shared<MemoryDisk>();
      std::vector<TestSpan> spans;
      {
        TestStore store(disk);
        for (int part = 0; part < 3; ++part) {
          const auto more = some_spans(part * 5, part * 5 + 5);
          spans.insert(spans.end(), more.begin(), more.end());
          store.write(more, kStart + hours(5));
          if (part < computed_up_to) store.recompute->run_once();
        }
      }
      const SchemaPtr schema = new_rollup ? test_schema(kLate) : with_more_columns();
      change(disk, schema);
      fill(disk, schema);
      TestStore store(disk, schema);
      const auto more = some_spans(15, 22);
      store.write(more, kStart + hours(5));
      store.recompute->run_once();
      spans.insert(spans.end(), more.begin(), more.end());
      INFO("new rollup " << new_rollup << ", computed " << computed_up_to);
      CHECK(describe_all(store) == describe_naively(*schema, spans));
      CHECK(verify_store(*store.store).mismatches == 0);
    }
  }
}

TEST_CASE("rows that a cut-off checkpoint wrote ahead are filled as far as they count") {
  auto disk = std::make_shared<MemoryDisk>();
  const auto spans = some_spans(0, 20);
  {
    TestStore store(disk, test_schema(), {.bulk_entries = 1});
    for (const TestSpan& span : spans) {
      store.write({span}, kStart + hours(5));
      if (span.id == "1") store.recompute->run_once();
    }
    disk->writes_left = 2;  // identities, rows
    CHECK_THROWS_AS(store.writer->checkpoint(), StoreError);
  }
  disk->repair();
  const SchemaPtr schema = with_more_columns();
  change(disk, schema);
  fill(disk, schema);
  TestStore store(disk, schema);
  store.recompute->run_once();
  CHECK(describe_all(store) == describe_naively(*schema, spans));
  CHECK(verify_store(*store.store).mismatches == 0);
}

TEST_CASE("a fill that is stopped at any write is gone on from") {
  for (const bool new_rollup : {true, false}) {
    const SchemaPtr schema = new_rollup ? test_schema(kLate) : with_more_columns();
    auto prepared = std::make_shared<MemoryDisk>();
    const auto spans = some_spans(0, 20);
    {
      TestStore store(prepared);
      for (const TestSpan& span : spans) {
        store.write({span}, kStart + hours(5));
        if (span.id == "7") store.recompute->run_once();
        if (span.id == "13") store.writer->checkpoint();
      }
    }
    change(prepared, schema);
    for (std::uint64_t crash_after = 0; crash_after < 8; ++crash_after) {
      auto disk = std::make_shared<MemoryDisk>(*prepared);
      disk->writes_left = crash_after;
      try {
        fill(disk, schema);
      } catch (const StoreError&) {
      }
      disk->repair();
      fill(disk, schema);
      TestStore store(disk, schema);
      store.recompute->run_once();
      INFO("crash after " << crash_after);
      CHECK(describe_all(store) == describe_naively(*schema, spans));
    }
  }
}

TEST_CASE("columns that are declared after raw spans were dropped are NULL where they would be incomplete") {
  auto disk = std::make_shared<MemoryDisk>();
  {
    TestStore store(disk);
    store.write(some_spans(0, 4));
    store.recompute->run_once();
    store.retention->run_once(kStart + days(2));
    store.write(some_spans(10, 14, kStart + days(2)), kStart + days(2) + hours(1));
  }
  const SchemaPtr schema = with_more_columns();
  change(disk, schema);
  fill(disk, schema);
  TestStore store(disk, schema);
  store.recompute->run_once();
  int early = 0;
  int late = 0;
  for (const Bucket& bucket : store.buckets("folded")) {
    const auto cells = results_of(schema->rollups[0], bucket);
    const auto cell = [&](const char* name) { return cells[static_cast<std::size_t>(schema->rollups[0].column_index(name))]; };
    CHECK_FALSE(is_null(cell("total_runs")));
    CHECK_FALSE(is_null(cell("median_duration_seconds")));
    const bool is_early = bucket.start < kStart + days(1);
    CHECK(is_null(cell("min_duration_seconds")) == is_early);
    CHECK(is_null(cell("jobs")) == is_early);
    (is_early ? early : late) += 1;
  }
  CHECK(early > 0);
  CHECK(late > 0);
}

TEST_CASE("a rollup that is declared after raw spans were dropped takes no spans from before, so none of its buckets is partial") {
  auto disk = std::make_shared<MemoryDisk>();
  {
    TestStore store(disk);
    store.write(some_spans(0, 4));
    store.recompute->run_once();
    store.retention->run_once(kStart + days(2));
  }
  const SchemaPtr schema = test_schema(kLate);
  change(disk, schema);
  fill(disk, schema);
  TestStore store(disk, schema);
  CHECK(store.write({{.id = "late", .owner = "o1"}}, kStart + days(2)).sealed == 1);
  CHECK(store.write({{.id = "new", .owner = "o1", .ended = kStart + days(2)}}).sealed == 0);
  REQUIRE(store.buckets("late").size() == 1);
  CHECK(store.buckets("late")[0].start == kStart + days(2));
}

TEST_CASE("a longer identity_retention does not let in what the shorter one has forgotten") {
  auto disk = std::make_shared<MemoryDisk>();
  const Instant later = kStart + days(15);
  {
    TestStore store(disk);
    store.write({{.id = "1"}});
    store.recompute->run_once();
    store.retention->run_once(later);
  }
  std::string text = test_schema_text();
  const std::string from = "identity_retention = \"10d\"";
  text.replace(text.find(from), from.size(), "identity_retention = \"40d\"");
  std::vector<SchemaText> texts(1);
  texts[0] = {"test.toml", text};
  const SchemaPtr schema = parse_schema(texts);
  const std::shared_ptr<KvStore> kv = open_memory(disk);
  const CatalogChange change = update_catalog(*meta::load_catalog(*kv), *schema, format_schema(*schema), false,
                                              [](const auto&) { return std::nullopt; }, later);
  KvBatch batch;
  meta::put_catalog(batch, change.catalog);
  kv->commit(batch, KvStore::Durability::synced);
  TestStore store(disk, schema);
  CHECK(store.write({{.id = "1"}}, later).decode.rejections.of(RejectReason::too_old) == 1);
  CHECK(store.write({{.id = "2", .ended = later - days(9)}}, later).accepted == 1);
}

TEST_CASE("changes that would falsify stored buckets are refused with the way out") {
  const SchemaPtr schema = test_schema();
  const Catalog catalog = make_catalog(*schema, format_schema(*schema), false);
  const auto refused = [&](const std::string& from, const std::string& to) {
    std::string text = test_schema_text();
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
    std::vector<SchemaText> texts(1);
    texts[0] = {"test.toml", text};
    const SchemaPtr changed = parse_schema(texts);
    try {
      update_catalog(catalog, *changed, format_schema(*changed), false, [](const auto&) { return std::nullopt; }, kStart);
    } catch (const InputError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  using Catch::Contains;
  CHECK_THAT(refused("by = [\"owner\", \"job\"]", "by = [\"owner\"]"), Contains("folded") && Contains("new name"));
  CHECK_THAT(refused("every = \"1h\"", "every = \"1d\""), Contains("every was 1h") && Contains("new name"));
  CHECK_THAT(refused("inline = true", "inline = false"), Contains("inline") && Contains("new name"));
  CHECK_THAT(refused("count() where result = 'failure'", "count() where result = 'error'"),
             Contains("failed_runs") && Contains("another name"));
  CHECK_THAT(refused("time = \"ended_at\"", "time = \"started_at\""), Contains("ended_at") && Contains("new name"));
  CHECK(refused("retention = \"24h\"", "retention = \"48h\"").empty());
}

}  // namespace tidemark::test
