#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tidemark/time.hpp>

#include "model/bucket.hpp"
#include "model/digest.hpp"
#include "model/way.hpp"
#include "store/catalog.hpp"
#include "store/kv.hpp"
#include "store/place.hpp"

/// The family meta: few, small records, each with one writer. docs/format.md, "Meta".
namespace tidemark::meta {

/// Of the store as a whole. A store with a larger one is refused.
inline constexpr std::uint32_t kFormatVersion = 1;

/// A sink that this store has been synced to. Its id in keys is its position.
struct Sink {
  std::string name;
  std::optional<Instant> last_sync;
  /// Whether every bucket that the store holds was marked for it. False when it is new, or when definitions changed and
  /// all rows have to go again.
  bool marked = false;
};

/// Counts since the store was made, by name (`accepted`, `duplicates`, `rejected.too_old`, …).
using Totals = std::map<std::string, std::uint64_t>;

/// Nothing for an empty store. StoreError when the store's format is newer.
std::optional<Catalog> load_catalog(const KvStore& kv);
void put_catalog(KvBatch& batch, const Catalog& catalog);

void put_identity(KvBatch& batch, const AgentId& agent, std::uint32_t epoch);
AgentId load_agent(const KvStore& kv);
std::uint32_t load_epoch(const KvStore& kv);
/// The sequences with which the epochs from 1 on begin; the first is 0.
std::vector<std::uint64_t> load_epoch_starts(const KvStore& kv);
void put_epoch_start(KvBatch& batch, std::uint32_t epoch, std::uint64_t sequence);

/// Where the store was when it was last opened for writing. Nothing: it never noted that.
std::optional<Place> load_place(const KvStore& kv);
void put_place(KvBatch& batch, const Place& place);

/// Positions in the log: all blocks before it have been dealt with.
enum class Reader { checkpoint, recompute };
std::uint64_t load_position(const KvStore& kv, Reader reader, const SnapshotPtr& at = {});
void put_position(KvBatch& batch, Reader reader, std::uint64_t sequence);

/// The latest time at which identities were let go. 1970: never.
Instant load_forgotten_at(const KvStore& kv);
void put_forgotten_at(KvBatch& batch, Instant time);

Totals load_totals(const KvStore& kv);
void put_totals(KvBatch& batch, const Totals& totals);

std::vector<Sink> load_sinks(const KvStore& kv);
void put_sinks(KvBatch& batch, const std::vector<Sink>& sinks);

/// The latest time of all raw spans of a source (the catalog's id) that retention has dropped.
std::optional<Instant> load_dropped_through(const KvStore& kv, std::uint16_t source);
void put_dropped_through(KvBatch& batch, std::uint16_t source, Instant time);

/// By which way a run comes; forgotten after `until_minutes` (since 1970). Written by the writer, with the block that
/// claims it. rollup/run_claims.hpp.
struct RunClaim {
  Way way = Way::ndjson;
  std::uint32_t until_minutes = 0;
};
/// `runs` ascending.
std::vector<std::optional<RunClaim>> load_run_claims(const KvStore& kv, const std::vector<Digest>& runs);
void put_run_claim(KvBatch& batch, const Digest& run, const RunClaim& claim);
/// Erases those whose time has passed, of at most `limit` claims from the key `from` on, and moves `from` behind them.
/// False when there are no more.
bool expire_run_claims(const KvStore& kv, KvBatch& batch, Instant now, std::size_t limit, std::string& from);

/// When a report without absolute times first came; forgotten after `until`.
struct FirstReceipt {
  Instant at;
  Instant until;
};
std::optional<FirstReceipt> load_receipt(const KvStore& kv, const Digest& report);
void put_receipt(KvBatch& batch, const Digest& report, const FirstReceipt& receipt);
/// Erases those whose `until` has passed. Returns how many.
std::uint64_t expire_receipts(const KvStore& kv, KvBatch& batch, Instant now);

}  // namespace tidemark::meta
