#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "model/digest.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Which identities have been accepted. Those since the last checkpoint are in memory and come back from the log after
/// a crash; older ones are in the store, written many at a time.
/// Threads: one at a time (the writer's commit lock).
class IdentityIndex {
 public:
  struct Entry {
    Digest identity;
    std::uint32_t fingerprint = 0;         ///< Of the span's content, to tell a differing repeat.
    std::uint32_t keep_until_minutes = 0;  ///< Minutes since 1970; forgotten after that.
  };

  explicit IdentityIndex(const Store& store);

  struct Found {
    /// For each identity the fingerprint it was accepted with, or nothing when it is new.
    std::vector<std::optional<std::uint32_t>> accepted;
    bool repeats = false;  ///< Whether a new identity occurs more than once among those asked for.
  };
  Found find(const std::vector<Digest>& identities, Instant now) const;

  /// Remembers accepted spans. Entries that are there already are left as they are.
  void add(const Entry& entry);

  std::size_t in_memory() const { return used_; }

  /// Moves what is in memory to the store: few by way of `batch`, many as a file of their own, which is on the disk when
  /// this returns. Adding them twice does no harm, so a crash in between needs no care.
  void write(KvBatch& batch);
  /// Forgets what write() wrote; call it when `batch` is committed.
  void clear();

  static std::uint32_t minutes_of(Instant t);

 private:
  const Entry* look_up(const Digest& identity) const;
  std::size_t slot_of(const Digest& identity) const;
  void grow();

  const Store& store_;
  // Open addressing; `taken_` tells entries from holes.
  std::vector<Entry> entries_;
  std::vector<std::uint8_t> taken_;
  std::size_t used_ = 0;
};

}  // namespace tidemark
