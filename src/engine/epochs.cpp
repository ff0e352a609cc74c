#include "engine/epochs.hpp"

#include "model/schema_toml.hpp"
#include "rollup/recompute.hpp"
#include "rollup/writer.hpp"
#include "store/sink_registry.hpp"
#include "store/store.hpp"

namespace tidemark {
namespace {

/// Returns the sequence after the last block of the epoch.
std::uint64_t finish_epoch(const std::shared_ptr<KvStore>& kv, const Catalog& catalog, const EngineOptions& options,
                           const Progress& progress) {
  Store store(kv, parse_schema({{"the store's definitions", catalog.schema_text}}), catalog);
  SinkRegistry sinks(*kv);
  Writer writer(store, sinks, {.checkpoint_spans = options.checkpoint_spans});
  writer.recover([&](std::uint64_t done, std::uint64_t total) {
    if (progress) progress("recover", done, total);
  });
  Recompute recompute(store, writer, sinks, {options.chunk_spans, options.recompute_threads});
  recompute.run_once(progress);
  if (recompute.position() != writer.next_sequence())
    throw StoreError("the store's log could not be computed to its end before a new epoch; open the store again");
  return writer.next_sequence();
}

}  // namespace

void begin_epoch_if_moved(const std::shared_ptr<KvStore>& kv, const Catalog& catalog, const EngineOptions& options,
                          const Progress& progress, const Environment& environment) {
  const auto before = meta::load_place(*kv);
  const auto found = environment.find_place(options);
  if (before && found && found->is_same(*before)) return;
  KvBatch batch;
  if (before) {
    const std::uint32_t epoch = meta::load_epoch(*kv) + 1;
    const std::uint64_t start = finish_epoch(kv, catalog, options, progress);
    meta::put_identity(batch, meta::load_agent(*kv), epoch);
    meta::put_epoch_start(batch, epoch, start);
  }
  // A store that never noted its place was made before stores did; where it is now is where it belongs.
  meta::put_place(batch, found ? *found : environment.make_place(options));
  kv->commit(batch, KvStore::Durability::synced);
}

}  // namespace tidemark
