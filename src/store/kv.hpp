#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/errors.hpp>

namespace tidemark {

/// The store's column families. What each key and value is: docs/format.md. Who writes it: the comment.
enum class Family : std::uint8_t {
  meta,        ///< Each key has one writer; store/meta.hpp.
  log,         ///< The writer appends; retention deletes whole blocks.
  log_index,   ///< As log: what retention and verify need to know of a block without reading it.
  identities,  ///< The writer, at checkpoints; what expired goes at compactions.
  buckets,     ///< The writer, at checkpoints; retention deletes what every sink has.
  computed,    ///< The recompute pass; retention, never beside it, shrinks and deletes.
  pending,     ///< Whoever raises computed_counter adds; sync removes what it sent.
  dimensions,  ///< The writer.
  guards,      ///< The writer; retention deletes past the horizon.
  recents,     ///< The writer, at checkpoints; sync erases the marks of what it sent.
  views,       ///< Whoever refreshes a view, one at a time.
  refreshes,   ///< The same.
  tables,      ///< Whoever puts a dimension table's rows, one at a time.
};
inline constexpr std::size_t kFamilies = 13;
std::string_view name_of(Family family);

/// Changes that become visible, and durable, all at once.
class KvBatch {
 public:
  struct Change {
    Family family;
    bool erase;
    std::size_t key_at, key_size, value_at, value_size;
  };
  void put(Family family, std::string_view key, std::string_view value);
  void erase(Family family, std::string_view key);
  /// Puts the other's changes behind its own.
  void append(KvBatch&& other);
  void clear();
  bool empty() const { return changes_.empty(); }
  std::size_t bytes() const { return arena_.size(); }
  const std::vector<Change>& changes() const { return changes_; }
  std::string_view key(const Change& c) const { return {arena_.data() + c.key_at, c.key_size}; }
  std::string_view value(const Change& c) const { return {arena_.data() + c.value_at, c.value_size}; }

 private:
  std::string arena_;
  std::vector<Change> changes_;
};

/// A consistent state of the store, for as long as it is held.
class KvSnapshot {
 public:
  virtual ~KvSnapshot() = default;
};
using SnapshotPtr = std::shared_ptr<const KvSnapshot>;

class KvCursor {
 public:
  virtual ~KvCursor() = default;
  virtual void seek(std::string_view key) = 0;  ///< To the first key that is not smaller.
  virtual void next() = 0;
  virtual bool valid() const = 0;
  virtual std::string_view key() const = 0;    ///< Until the cursor moves.
  virtual std::string_view value() const = 0;
};

/// Ordered bytes to bytes, in families, with atomic batches and snapshots: all that Tidemark asks of a storage engine.
/// Errors: StoreError. After a failed write the store takes no more writes until it is opened again, because it is
/// unknown what of the batch is on the disk.
/// Threads: any; commits are the caller's to order.
class KvStore {
 public:
  virtual ~KvStore() = default;

  enum class Durability {
    synced,  ///< On the disk when commit returns, with everything committed before.
    later,   ///< A crash may lose it, but never without losing everything that was committed after it.
  };
  virtual void commit(const KvBatch& batch, Durability durability) = 0;

  virtual std::optional<std::string> get(Family family, std::string_view key, const SnapshotPtr& at = {}) const = 0;
  /// One answer per key, in the keys' order; the keys must ascend.
  virtual std::vector<std::optional<std::string>> get_many(Family family, const std::vector<std::string_view>& keys,
                                                           const SnapshotPtr& at = {}) const = 0;
  virtual std::unique_ptr<KvCursor> cursor(Family family, const SnapshotPtr& at = {}) const = 0;
  virtual SnapshotPtr snapshot() const = 0;

  using Put = std::function<void(std::string_view key, std::string_view value)>;
  /// Hands entries to `put`, one after the other.
  using Entries = std::function<void(const Put& put)>;
  /// Adds many entries at once, past the write-ahead log: on the disk when it returns. Keys must ascend, without
  /// repeats. Not atomic with any batch: only for entries that writing again does not change.
  virtual void bulk_load(Family family, const Entries& entries) = 0;

  /// Entries of `family` for which it returns true may vanish at any compaction. The function must stay valid as long
  /// as the store and may be called from any thread.
  using Expired = std::function<bool(std::string_view key, std::string_view value)>;
  virtual void set_expiry(Family family, Expired expired) = 0;
  /// Rewrites the family without what has expired and what was deleted. Takes long; other calls go on meanwhile.
  virtual void compact(Family family) = 0;
  /// Gives back the disk space of what was deleted from `first` to `last`, both included, which else is taken until so
  /// much comes anew that files are merged. Costs about as much as reading that; other calls go on meanwhile.
  virtual void reclaim(Family family, std::string_view first, std::string_view last) = 0;

  /// A copy as of now, in a folder that is not there yet; files that do not change any more are shared with it by hard
  /// links where the filesystem allows. Other calls go on meanwhile, but for bulk_load, which waits: so a copy that has a
  /// commit has everything that was loaded before it, too.
  /// Errors: InputError when the folder is there, or the one above it is not.
  virtual void copy_to(const std::string& folder) = 0;

  virtual std::uint64_t approximate_count(Family family) const = 0;
  virtual std::uint64_t bytes_on_disk(Family family) const = 0;
  /// Flushes what is buffered and closes. Done by the destructor, too, without report of failure.
  virtual void close() = 0;
};

struct KvOptions {
  bool create_if_missing = true;
  bool read_only = false;
  std::size_t block_cache_bytes = 32u << 20;
  /// Indexes and bloom filters of the family identities: 1.8 bytes an entry. With less, look-ups read them again and
  /// again.
  std::size_t identity_filter_bytes = 32u << 20;
  std::size_t write_buffer_bytes = 32u << 20;  ///< Over all families.
};

/// Opens RocksDB. StoreError when the folder cannot be used, says what to do; InputError when it holds something else.
std::unique_ptr<KvStore> open_rocksdb(const std::string& path, const KvOptions& options);

/// `RocksDB 7.8.3`.
std::string storage_engine_version();

}  // namespace tidemark
