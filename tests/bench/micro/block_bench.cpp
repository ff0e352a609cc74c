#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <string>

#include "common/engine_run.hpp"
#include "model/schema_toml.hpp"
#include "rollup/fold.hpp"
#include "store/block.hpp"
#include "store/store.hpp"

/// What happens to a block of 500 spans of the log. An item is a span.
namespace tidemark::bench {
namespace {

/// A block as the library writes it, and what it takes to read it.
struct WrittenBlock {
  std::string bytes;
  SchemaPtr schema;
  std::unique_ptr<SchemaMap> map;
};

WrittenBlock write_block() {
  const std::string path = (std::filesystem::temp_directory_path() / "tidemark-bench-block").string();
  const WorkloadSource source(kSpansPerRequest);
  EngineOptions options;
  options.store_path = path;
  open_new(options, source.now())->ingest(encode(source.request(0)), request_context(source.now()));
  WrittenBlock written;
  const auto kv = open_rocksdb(path, {});
  const auto catalog = meta::load_catalog(*kv);
  written.schema = parse_schema({{"the store's definitions", catalog->schema_text}});
  written.map = std::make_unique<SchemaMap>(written.schema, *catalog);
  {
    const auto cursor = kv->cursor(Family::log);
    cursor->seek({});
    written.bytes = cursor->value();
  }
  kv->close();
  std::filesystem::remove_all(path);
  return written;
}

const WrittenBlock& block() {
  static const WrittenBlock written = write_block();
  return written;
}

void block_decode(benchmark::State& state) {
  const WrittenBlock& written = block();
  for (auto _ : state) benchmark::DoNotOptimize(decode_block(written.bytes, *written.map));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kSpansPerRequest));
}
BENCHMARK(block_decode);

void block_encode(benchmark::State& state) {
  const Commit commit = decode_block(block().bytes, *block().map);
  for (auto _ : state) benchmark::DoNotOptimize(encode_block(commit, *block().map));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kSpansPerRequest));
  state.counters["bytes_per_span"] = static_cast<double>(block().bytes.size()) / kSpansPerRequest;
}
BENCHMARK(block_encode);

/// All spans into one bucket's inline states, the setting up of the commit included.
void fold(benchmark::State& state) {
  const Commit commit = decode_block(block().bytes, *block().map);
  const RollupDef& rollup =
      block().schema->rollups[static_cast<std::size_t>(block().schema->rollup_index("ci_job_metrics"))];
  std::vector<int> slots;
  for (std::size_t slot = 0; slot < rollup.slots.size(); ++slot)
    if (rollup.slots[slot].kind != AggregateKind::percentile_cont) slots.push_back(static_cast<int>(slot));
  for (auto _ : state) {
    const SlotFolder folder(*block().schema, rollup, slots, commit, commit.sources.front());
    std::vector<State> states(slots.size());
    for (std::size_t row = 0; row < commit.sources.front().size(); ++row) folder.add(row, states);
    benchmark::DoNotOptimize(states);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kSpansPerRequest));
}
BENCHMARK(fold);

}  // namespace
}  // namespace tidemark::bench

BENCHMARK_MAIN();
