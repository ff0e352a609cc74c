#pragma once
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/span_columns.hpp"
#include "store/recent_record.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Of one group, the last use of each thing since it was made. Of more than twice `keep` things the older ones are let go:
/// such a thing can be among the newest `keep` again by a later use alone.
class RecentGroup {
 public:
  struct Use {
    Instant used_at;
    Digest identity;
    std::uint64_t sequence = 0;
    std::string columns;

    bool is_after(const Use& other) const {
      return used_at != other.used_at ? used_at > other.used_at : identity > other.identity;
    }
  };

  /// The use where the thing's is to be put, when the one at (used_at, identity) is the last one so far; else nothing.
  Use* move(std::string_view thing, Instant used_at, const Digest& identity, std::size_t keep);

  /// The newest `limit`, in no order. `has_items`: things are canonical keys of items; else they are spans.
  std::vector<PackedUse> newest(std::size_t limit, bool has_items) const;

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  void trim(std::size_t keep);

  std::unordered_map<std::string, Use, TextHash, std::equal_to<>> things_;
  Use oldest_;  ///< Once things were let go: what is not after it is not among the newest `keep`.
  bool is_trimmed_ = false;
};

/// The recents' uses in memory: those since the last checkpoint, and those that a checkpoint is writing. What is older is in
/// the store; the truth is both, merged.
/// A checkpoint is three steps, as BucketTable's: freeze() sets the changed groups apart; write() merges them into the
/// stored records, while fold() goes on; confirm() ends it. Merging takes the later use, so writing again what is there
/// already changes nothing, and neither does replaying a block.
/// Threads: fold, freeze and confirm one at a time; write beside fold; newest beside all.
class RecentTable {
 public:
  /// Recents whose definition is not in the store yet are left out.
  explicit RecentTable(const Store& store);

  /// Moves the things that the commit's spans use. Cost: nothing for sources without recents; nothing is read.
  void fold(const Commit& commit, std::uint64_t sequence);

  void freeze();
  /// Writes the frozen groups, and marks those that changed for sinks 0 to `sinks` - 1: by way of `batch`, and of commits
  /// before it when they are many.
  void write(KvBatch& batch, std::size_t sinks);
  /// What was written is committed. Returns what it took, because letting go of much takes time.
  struct Groups {
    /// By recent, then by the group's canonical key.
    std::vector<std::unordered_map<std::string, RecentGroup>> of;
  };
  [[nodiscard]] Groups confirm();

  /// How the stored record of a group stands to the frozen uses of it.
  enum class Standing : std::uint8_t {
    holds_all,  ///< Merging them changes nothing.
    lacks_some,
    is_missing,
  };
  /// Calls `take` for each frozen group, with its canonical key; stored records are read as of `at`.
  void compare(const SnapshotPtr& at,
               const std::function<void(int recent, const std::string& group, Standing standing)>& take) const;

  /// The last used things of the group with this canonical key, newest first: at most `limit`, none used before `since`.
  /// Everything that was folded by now is in it.
  std::vector<RecentUse> newest(int recent, const std::string& group, std::size_t limit,
                                std::optional<Instant> since) const;

  /// Erases up to `limit` stored groups whose last use is outside of their recent's window, from the key `from` on, and
  /// moves it behind them. False when there are no more. Not while a checkpoint is written.
  bool erase_expired(Instant now, std::size_t limit, std::string& from);

 private:
  struct Frozen;
  const RecentDef& def(int recent) const { return store_.schema().recents[static_cast<std::size_t>(recent)]; }
  const SourceDef& source_of(int recent) const {
    return store_.schema().sources[static_cast<std::size_t>(def(recent).source)];
  }
  Groups no_groups() const { return {std::vector<std::unordered_map<std::string, RecentGroup>>(ids_.size())}; }
  void fold_recent(const Commit& commit, const SpanColumns& columns, int recent, std::uint64_t sequence);
  void move(const Commit& commit, const SpanColumns& columns, int recent, std::size_t row, std::uint64_t sequence);
  /// Calls `visit` for each frozen group with its stored record, in the order of their keys.
  void each_frozen(
      const SnapshotPtr& at,
      const std::function<void(const Frozen& group, const std::optional<std::string>& stored)>& visit) const;
  /// The newest uses of a frozen group and its stored record together.
  std::vector<PackedUse> merged(const Frozen& group, const std::optional<std::string>& stored) const;
  void write_group(const Frozen& group, const std::optional<std::string>& stored, KvBatch& batch,
                   std::size_t sinks) const;

  const Store& store_;
  std::vector<std::optional<RecentId>> ids_;  // by recent
  std::vector<std::vector<int>> of_source_;   // the recents that are kept of each source
  mutable std::shared_mutex mutex_;
  Groups changed_;   ///< Since the last freeze().
  Groups frozen_;    ///< Between freeze() and confirm(); else empty.
  std::string key_;  // reused
};

}  // namespace tidemark
