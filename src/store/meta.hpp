#pragma once
#include <array>
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
/// Why an epoch began. The numbers are in the store.
enum class Began : std::uint8_t {
  created = 0,   ///< With the store.
  copied = 1,    ///< The store found itself in another place.
  forked = 2,    ///< A sink had heard of this epoch from another store.
  reopened = 3,  ///< The epoch before it was sealed.
};
/// `new`, `copied`, `forked`, `reopened`.
std::string_view name_of(Began began);

/// A part of the store's history.
struct Epoch {
  std::uint32_t number = 1;
  std::uint64_t start = 0;  ///< The sequence of its first block.
  Began began = Began::created;
  std::uint64_t spans_before = 0;    ///< Accepted by the store before it.
  std::uint64_t unproven_spans = 0;  ///< Of its own, or of another store's, that may count twice.
};
/// By number, which is by start, too; never empty. Numbers may be left out.
std::vector<Epoch> load_epochs(const KvStore& kv);
void put_epoch(KvBatch& batch, const Epoch& epoch);

/// The epoch that takes no more spans, because it was sealed. 0: none.
std::uint32_t load_sealed_epoch(const KvStore& kv);
void put_sealed_epoch(KvBatch& batch, std::uint32_t epoch);

/// An epoch that is being cut in two: what was accepted from the block `from` on goes over to `next`, whose record this
/// is. rollup/epoch_split.hpp.
struct Split {
  std::uint32_t old = 0;
  Epoch next;
};
std::optional<Split> load_split(const KvStore& kv);
void put_split(KvBatch& batch, const Split& split);
void erase_split(KvBatch& batch);

/// What a sink knows of this store, as far as the store knows. Written by sync.
struct CheckIn {
  /// A check-in that was made, or may have been made: the nonce it put there, and how far the store was then.
  struct Point {
    std::array<std::uint8_t, 16> nonce{};
    bool confirmed = false;
    std::uint64_t check_ins = 0;
    std::uint64_t position = 0;  ///< Of the log's end.
    std::uint64_t spans = 0;     ///< Accepted by then.
  };
  std::uint32_t epoch = 0;  ///< That the points are of. 0: never checked in.
  std::vector<Point> points;
  std::uint64_t rows = 0;              ///< Sent in that epoch, and confirmed: the sink's row says at least as many.
  std::vector<std::uint32_t> foreign;  ///< Earlier epochs whose rows at that sink are another store's.
};
CheckIn load_check_in(const KvStore& kv, std::uint16_t sink);
void put_check_in(KvBatch& batch, std::uint16_t sink, const CheckIn& check_in);
/// How many spans, from the store's first on, a sink has confirmed to know of: the most of all sinks but `other_than`.
std::uint64_t load_told_spans(const KvStore& kv, std::optional<std::uint16_t> other_than = {});

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

Totals load_totals(const KvStore& kv, const SnapshotPtr& at = {});
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
