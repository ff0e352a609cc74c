#include "engine/epochs.hpp"

#include <algorithm>

#include "model/schema_toml.hpp"
#include "rollup/epoch_split.hpp"
#include "rollup/recompute.hpp"
#include "rollup/writer.hpp"
#include "store/place.hpp"
#include "store/sink_registry.hpp"
#include "store/store.hpp"

namespace tidemark {
namespace {

std::unique_ptr<Store> store_of(const std::shared_ptr<KvStore>& kv, const Catalog& catalog) {
  return std::make_unique<Store>(kv, parse_schema({{"the store's definitions", catalog.schema_text}}), catalog);
}

/// How far an epoch went.
struct End {
  std::uint64_t sequence = 0;  ///< After its last block.
  std::uint64_t spans = 0;     ///< Accepted since the store was made.
};

End finish_epoch(Store& store, const EngineOptions& options, const Progress& progress) {
  SinkRegistry sinks(store.kv());
  WriterOptions writer_options;
  writer_options.checkpoint_spans = options.checkpoint_spans;
  Writer writer(store, sinks, writer_options);
  writer.recover([&](std::uint64_t done, std::uint64_t total) {
    if (progress) progress("recover", done, total);
  });
  Recompute recompute(store, writer, sinks, {options.chunk_spans, options.recompute_threads});
  recompute.run_once(progress);
  if (recompute.position() != writer.next_sequence())
    throw StoreError("the store's log could not be computed to its end before a new epoch; open the store again");
  writer.checkpoint();
  return {writer.next_sequence(), writer.totals()["accepted"]};
}

void put_epoch(KvBatch& batch, const AgentId& agent, const meta::Epoch& epoch) {
  meta::put_identity(batch, agent, epoch.number);
  meta::put_epoch(batch, epoch);
}

/// The end of what was accepted by this store alone, and how many spans that were.
End proven_end(const KvStore& kv, const meta::Epoch& epoch) {
  End proven{epoch.start, epoch.spans_before};
  const std::size_t sinks = meta::load_sinks(kv).size();
  for (std::size_t sink = 0; sink < sinks; ++sink) {
    const meta::CheckIn record = meta::load_check_in(kv, static_cast<std::uint16_t>(sink));
    if (record.epoch != epoch.number) continue;
    for (const meta::CheckIn::Point& point : record.points)
      if (point.confirmed && point.position > proven.sequence) proven = {point.position, point.spans};
  }
  return proven;
}

/// Spans that the store brought along as a copy, and that no sink was ever told of: they count twice if they come again to
/// another store in the place of the one that accepted them. A copy that gets as far as a check-in counts them there.
std::uint64_t untold_of_copy(const KvStore& kv, const std::vector<meta::Epoch>& epochs) {
  const auto copied = std::find_if(epochs.rbegin(), epochs.rend(),
                                   [](const meta::Epoch& epoch) { return epoch.began == meta::Began::copied; });
  if (copied == epochs.rend()) return 0;
  const std::uint64_t told = meta::load_told_spans(kv);
  return copied->spans_before > told ? copied->spans_before - told : 0;
}

}  // namespace

void begin_epoch_if_due(const std::shared_ptr<KvStore>& kv, const Catalog& catalog, const EngineOptions& options,
                        const Progress& progress, const Environment& environment) {
  if (epoch_split_is_due(*kv)) run_epoch_split(*store_of(kv, catalog));
  const auto before = meta::load_place(*kv);
  const auto found = environment.find_place(options);
  const bool stays = before && found && found->is_same(*before);
  const bool sealed = meta::load_sealed_epoch(*kv) == meta::load_epoch(*kv);
  if (stays && !sealed) return;
  KvBatch batch;
  // A store that never noted its place was made before stores did; where it is now is where it belongs.
  if (before || sealed) {
    const auto store = store_of(kv, catalog);
    const End end = finish_epoch(*store, options, progress);
    put_epoch(batch, store->agent(),
              {store->epoch() + 1, end.sequence, before && !stays ? meta::Began::copied : meta::Began::reopened,
               end.spans, 0});
  }
  if (!stays) meta::put_place(batch, found ? *found : environment.make_place(options));
  kv->commit(batch, KvStore::Durability::synced);
}

std::uint64_t begin_forked_epoch(const std::shared_ptr<KvStore>& kv, const Catalog& catalog,
                                 const EngineOptions& options, const Environment& environment, const Fork& fork) {
  const auto store = store_of(kv, catalog);
  const End end = finish_epoch(*store, options, {});
  const meta::Epoch& old = store->epochs().back();
  const End proven = proven_end(*kv, old);
  // Copies of one image all take the same next epoch. What they accept in it is their own; but for a machine that was put
  // back to an earlier state, which has the other one's name.
  const bool own_alone =
      proven.sequence == old.start && old.began != meta::Began::created && fork.host != environment.host;
  meta::Epoch next;
  next.number = std::max(fork.last_epoch, store->epoch()) + 1;
  next.start = proven.sequence;
  next.began = meta::Began::forked;
  next.spans_before = proven.spans;
  // What the old epoch said of itself the sink does not have: its row of that is the other store's.
  next.unproven_spans =
      (own_alone ? 0 : end.spans - proven.spans) + old.unproven_spans + untold_of_copy(*kv, store->epochs());
  plan_epoch_split(*store, next);
  run_epoch_split(*store);
  return next.unproven_spans;
}

}  // namespace tidemark
