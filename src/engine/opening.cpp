#include "engine/opening.hpp"

#include "engine/epochs.hpp"
#include "engine/schema_files.hpp"
#include "model/schema_toml.hpp"
#include "rollup/epoch_split.hpp"
#include "rollup/fill.hpp"
#include "rollup/recent_fill.hpp"
#include "store/sink_registry.hpp"

namespace tidemark {
namespace {

AgentId new_agent(const Environment& environment) {
  AgentId id;
  environment.random(id.bytes);
  // RFC 4122: version 4, variant 1.
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

struct Definitions {
  SchemaPtr schema;
  bool shipped = false;
};

Definitions definitions_of(const EngineOptions& options, const std::optional<Catalog>& catalog) {
  if (!options.schema_paths.empty()) return {parse_schema(read_schema_files(options.schema_paths)), false};
  if (catalog && (!catalog->shipped || options.read_only))
    return {parse_schema({{"the store's definitions", catalog->schema_text}}), catalog->shipped};
  return {shipped_schema(), true};
}

[[noreturn]] void throw_half_changed() {
  throw StoreError("the store is in the middle of a change of definitions; open it for writing first");
}

/// From when on all raw spans of a source survive; nothing when all of them do.
std::optional<Instant> raw_spans_complete_from(const KvStore& kv, const Catalog& catalog, const std::string& source) {
  for (std::size_t id = 0; id < catalog.sources.size(); ++id) {
    if (catalog.sources[id].name != source) continue;
    const auto dropped = meta::load_dropped_through(kv, static_cast<std::uint16_t>(id));
    return dropped ? std::optional(*dropped + Micros{1}) : std::nullopt;
  }
  return std::nullopt;
}

void apply_change(KvStore& kv, std::int64_t old_version, const CatalogChange& change) {
  KvBatch batch;
  meta::put_catalog(batch, change.catalog);
  // Rows of a new version go to the sinks again.
  if (change.catalog.schema_version != old_version) SinkRegistry::forget_marks(kv, batch);
  plan_fill(kv, change, batch);
  kv.commit(batch, KvStore::Durability::synced);
}

}  // namespace

std::unique_ptr<Store> open_store(const EngineOptions& options, Instant now, const Progress& progress,
                                  const Environment& environment) {
  const KvOptions kv_options{options.create_if_missing && !options.read_only, options.read_only,
                             options.block_cache_bytes, options.identity_filter_bytes, options.write_buffer_bytes};
  // Definitions that are wrong should not leave an empty store behind.
  if (!options.schema_paths.empty()) parse_schema(read_schema_files(options.schema_paths));
  const std::shared_ptr<KvStore> kv = environment.open_kv(options.store_path, kv_options);
  std::optional<Catalog> catalog = meta::load_catalog(*kv);
  if (catalog && fill_is_due(*kv)) {
    if (options.read_only) throw_half_changed();
    Store store(kv, parse_schema({{"the store's definitions", catalog->schema_text}}), *catalog);
    run_fill(store, progress);
  }
  if (catalog && options.read_only && epoch_split_is_due(*kv))
    throw StoreError("the store is in the middle of beginning a new epoch; open it for writing first");
  if (catalog && !options.read_only) begin_epoch_if_due(kv, *catalog, options, progress, environment);
  const Definitions definitions = definitions_of(options, catalog);
  const std::string text = format_schema(*definitions.schema);
  if (!catalog) {
    catalog = make_catalog(*definitions.schema, text, definitions.shipped);
    Store::initialize(*kv, *catalog, new_agent(environment));
    begin_epoch_if_due(kv, *catalog, options, progress, environment);  // notes where it is
    auto store = std::make_unique<Store>(kv, definitions.schema, *catalog);
    run_recent_fill(*store, progress);
    return store;
  }
  const CatalogChange change =
      update_catalog(*catalog, *definitions.schema, text, definitions.shipped,
                     [&](const std::string& source) { return raw_spans_complete_from(*kv, *catalog, source); }, now);
  if (change.changed) {
    if (options.read_only) throw InputError("the definitions differ from the store's; open it for writing to change them");
    apply_change(*kv, catalog->schema_version, change);
  }
  auto store = std::make_unique<Store>(kv, definitions.schema, change.catalog);
  if (fill_is_due(*kv)) run_fill(*store, progress);
  if (options.read_only && recent_fill_is_due(*store)) throw_half_changed();
  if (!options.read_only) run_recent_fill(*store, progress);
  return store;
}

}  // namespace tidemark
