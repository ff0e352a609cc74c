#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "model/bucket.hpp"
#include "store/block.hpp"
#include "store/bucket_row.hpp"
#include "store/keys.hpp"
#include "store/kv.hpp"
#include "store/meta.hpp"

namespace tidemark {

/// An open store: the storage engine, and what it takes to read its records. Owns no logic: the writers, the recompute
/// pass, retention and sync each write their own families through `kv`.
/// Threads: the catalog and what is made from it do not change while it is open, but for what has a
/// `set_` here.
class Store {
 public:
  /// `catalog` is what the store's records follow; it is in the store already.
  Store(std::shared_ptr<KvStore> kv, SchemaPtr schema, Catalog catalog);

  /// Makes the records of a new store.
  static void initialize(KvStore& kv, const Catalog& catalog, const AgentId& agent);

  KvStore& kv() const { return *kv_; }
  const std::shared_ptr<KvStore>& shared_kv() const { return kv_; }
  const SchemaMap& map() const { return map_; }
  const Schema& schema() const { return map_.schema(); }
  const RowCodec& codec(int rollup) const { return codecs_[static_cast<std::size_t>(rollup)]; }
  const Catalog& catalog() const { return catalog_; }
  const Catalog::Rollup& catalog_rollup(int rollup) const { return catalog_.rollups[map_.rollup_id(rollup)]; }
  const AgentId& agent() const { return agent_; }
  std::uint32_t epoch() const { return epochs_.back().number; }
  /// All of them, the present one last. Numbers may be left out.
  const std::vector<meta::Epoch>& epochs() const { return epochs_; }
  /// Whether the present epoch takes no more spans.
  bool is_sealed() const { return sealed_; }
  /// Durable when it returns.
  void set_sealed();
  /// Of the present epoch: how many spans may count twice.
  std::uint64_t unproven_spans() const { return unproven_spans_; }
  /// Durable when it returns.
  void set_unproven_spans(std::uint64_t spans);
  /// The epoch in which a block was accepted: only rows of that epoch hold its spans.
  std::uint32_t epoch_of(std::uint64_t sequence) const;
  /// The first sequence that is not of the same epoch as this one; the largest number for the present epoch.
  std::uint64_t end_of_epoch_of(std::uint64_t sequence) const;

  /// In the present epoch.
  BucketKey bucket_key(int rollup, DimensionsId dimensions, Instant start) const {
    return bucket_key(rollup, dimensions, start, epoch());
  }
  BucketKey bucket_key(int rollup, DimensionsId dimensions, Instant start, std::uint32_t epoch) const {
    return {map_.rollup_id(rollup), epoch, dimensions, to_minutes(start)};
  }

  /// The sequence after the newest block; never below the checkpoint position, also when all blocks were dropped.
  std::uint64_t next_sequence() const;
  /// The sequence of the oldest surviving block; next_sequence() when there is none.
  std::uint64_t first_sequence() const;

  /// Calls `take` with every block in [from, to), in order. Returning false ends it.
  using TakeBlock = std::function<bool(std::uint64_t sequence, std::string_view block)>;
  void scan_log(std::uint64_t from, std::uint64_t to, const TakeBlock& take, const SnapshotPtr& at = {}) const;
  using TakeSummary = std::function<bool(std::uint64_t sequence, const BlockSummary& summary)>;
  void scan_log_index(std::uint64_t from, std::uint64_t to, const TakeSummary& take, const SnapshotPtr& at = {}) const;

  /// The canonical bytes of interned dimensions. StoreError when the id is unknown.
  std::string dimensions_of(DimensionsId id, const SnapshotPtr& at = {}) const;

  /// Identities of a source's spans that ended at or after it have never been forgotten early.
  Instant remembered_from(int source) const { return catalog_.sources[map_.source_id(source)].remembered_from; }

  Instant sealed_before(int rollup) const;
  /// Durable when it returns. The caller holds off the writer.
  void set_sealed_before(int rollup, Instant before);

 private:
  std::shared_ptr<KvStore> kv_;
  mutable std::mutex catalog_mutex_;  // guards sealed_before only
  Catalog catalog_;
  SchemaMap map_;
  std::vector<RowCodec> codecs_;
  AgentId agent_;
  std::vector<meta::Epoch> epochs_;  // never empty
  std::atomic<bool> sealed_;
  std::atomic<std::uint64_t> unproven_spans_;
};

/// What to throw when an id of dimensions leads nowhere.
StoreError unknown_dimensions(DimensionsId id);

}  // namespace tidemark
