#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "model/digest.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Which identities have been accepted. Those since the last checkpoint are in memory and come back from the log after
/// a crash; older ones are in the store, written many at a time.
/// A checkpoint is three steps: freeze() sets those in memory apart; write() writes them, while add() and find() go on;
/// confirm() ends it.
/// Threads: one at a time (whoever prepares the writer's next block), but for write(), which is called beside the others.
class IdentityIndex {
 public:
  struct Entry {
    Digest identity;
    std::uint32_t fingerprint = 0;         ///< Of the span's content, to tell a differing repeat.
    std::uint32_t keep_until_minutes = 0;  ///< Minutes since 1970; forgotten after that.
  };

  explicit IdentityIndex(const Store& store) : store_(store) {}

  struct Found {
    /// For each identity the fingerprint it was accepted with, or nothing when it is new.
    std::vector<std::optional<std::uint32_t>> accepted;
    bool repeats = false;  ///< Whether a new identity occurs more than once among those asked for.
  };
  Found find(const std::vector<Digest>& identities, Instant now) const;

  /// Remembers accepted spans. Entries that are there already are left as they are.
  void add(const Entry& entry) { recent_.add(entry); }

  void freeze();
  /// Few by way of `batch`; `bulk_entries` and more as a file of their own, which is on the disk when this returns.
  /// Adding them twice does no harm, so a crash in between needs no care.
  void write(KvBatch& batch, std::size_t bulk_entries) const;
  /// What was written is committed.
  void confirm();

  static std::uint32_t minutes_of(Instant t);
  /// Of an entry as it is stored.
  static std::uint32_t keep_until_minutes(std::string_view value);

 private:
  /// Entries in the order of their coming, found by an open-addressing table of four bytes a place: a look-up that
  /// finds nothing, as most do, touches that alone.
  class Table {
   public:
    const Entry* find(const Digest& identity) const;
    /// False: it is not there, and the first look into memory says so.
    bool may_have(const Digest& identity) const { return !places_.empty() && places_[identity.prefix() & mask()] != 0; }
    void add(const Entry& entry);
    const std::vector<Entry>& entries() const { return entries_; }
    void swap(Table& other);
    void clear();

   private:
    std::size_t place_of(const Digest& identity) const;
    void grow(std::size_t places);
    std::uint32_t mask() const { return static_cast<std::uint32_t>(places_.size() - 1); }

    std::vector<Entry> entries_;
    // A power of two of them, at most half taken: that many bits are the entry's number plus one, and the rest is of
    // the identity, so that hardly any other's entry is looked at. 0 is free.
    std::vector<std::uint32_t> places_;
  };

  const Store& store_;
  Table recent_;
  Table frozen_;
};

}  // namespace tidemark
