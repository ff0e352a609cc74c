#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/transaction_log.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/version.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <filesystem>
#include <limits>
#include <mutex>
#include <utility>

#include "store/kv.hpp"
#include "store/wal_files.hpp"

namespace tidemark {
namespace {

rocksdb::Slice slice(std::string_view v) { return {v.data(), v.size()}; }
std::string_view view(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

[[noreturn]] void fail(const rocksdb::Status& status, const std::string& doing) {
  std::string advice;
  if (status.IsNoSpace() || (status.IsIOError() && status.subcode() == rocksdb::Status::kNoSpace))
    advice = "; free some disk space, then open the store again";
  else if (status.IsCorruption())
    advice = "; the store is damaged: keep a copy of it, look at the disk, and restore a backup";
  else if (status.IsIOError())
    advice = "; check that the folder exists, is writable, and is not used by another process";
  throw StoreError(doing + ": " + status.ToString() + advice);
}

void check(const rocksdb::Status& status, const std::string& doing) {
  if (!status.ok()) fail(status, doing);
}

/// Files of a bulk load that a crash left behind. What they held is still in the log.
void remove_unfinished_loads(const std::string& path) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path, error))
    if (entry.path().filename().string().starts_with("load-")) std::filesystem::remove(entry.path(), error);
}

class Filter final : public rocksdb::CompactionFilter {
 public:
  explicit Filter(const KvStore::Expired& expired) : expired_(expired) {}
  Decision FilterV2(int, const rocksdb::Slice& key, ValueType type, const rocksdb::Slice& value, std::string*,
                    std::string*) const override {
    return type == ValueType::kValue && expired_(view(key), view(value)) ? Decision::kRemove : Decision::kKeep;
  }
  const char* Name() const override { return "tidemark.expired"; }

 private:
  const KvStore::Expired& expired_;
};

/// Makes a filter per compaction; without a rule it lets everything stay.
class FilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    const std::lock_guard lock(mutex_);
    if (!expired_) return nullptr;
    return std::make_unique<Filter>(*expired_);
  }
  const char* Name() const override { return "tidemark.expired"; }
  void set(KvStore::Expired expired) {
    const std::lock_guard lock(mutex_);
    if (!expired_) expired_ = std::make_unique<KvStore::Expired>(std::move(expired));
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<KvStore::Expired> expired_;  // set once, so that filters may refer to it
};

class RocksSnapshot final : public KvSnapshot {
 public:
  explicit RocksSnapshot(rocksdb::DB* db) : db_(db), snapshot_(db->GetSnapshot()) {}
  ~RocksSnapshot() override { db_->ReleaseSnapshot(snapshot_); }
  RocksSnapshot(const RocksSnapshot&) = delete;
  RocksSnapshot& operator=(const RocksSnapshot&) = delete;
  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  rocksdb::DB* db_;
  const rocksdb::Snapshot* snapshot_;
};

rocksdb::ReadOptions read_options(const SnapshotPtr& at) {
  rocksdb::ReadOptions options;
  options.ignore_range_deletions = true;  // there are none
  if (at) options.snapshot = static_cast<const RocksSnapshot&>(*at).get();
  return options;
}

class RocksCursor final : public KvCursor {
 public:
  RocksCursor(std::unique_ptr<rocksdb::Iterator> it, Family family) : it_(std::move(it)), family_(family) {}
  void seek(std::string_view key) override {
    it_->Seek(slice(key));
    verify();
  }
  void next() override {
    it_->Next();
    verify();
  }
  bool valid() const override { return it_->Valid(); }
  std::string_view key() const override { return view(it_->key()); }
  std::string_view value() const override { return view(it_->value()); }

 private:
  void verify() const {
    if (!it_->Valid()) check(it_->status(), "reading the store's " + std::string(name_of(family_)));
  }
  std::unique_ptr<rocksdb::Iterator> it_;
  Family family_;
};

class RocksStore final : public KvStore {
 public:
  RocksStore(std::string path, const KvOptions& options) : path_(std::move(path)) { open(options); }
  ~RocksStore() override {
    try {
      close();
    } catch (const StoreError&) {
      // Nothing acknowledged depends on it: the write-ahead log has it.
    }
  }
  RocksStore(const RocksStore&) = delete;
  RocksStore& operator=(const RocksStore&) = delete;

  void commit(const KvBatch& batch, Durability durability) override {
    if (failed_) throw StoreError("an earlier write to " + path_ + " failed; open the store again");
    rocksdb::WriteBatch writes(batch.bytes() + batch.changes().size() * 16);
    for (const KvBatch::Change& c : batch.changes()) {
      if (c.erase)
        writes.Delete(handle(c.family), slice(batch.key(c)));
      else
        writes.Put(handle(c.family), slice(batch.key(c)), slice(batch.value(c)));
    }
    rocksdb::WriteOptions options;
    options.sync = durability == Durability::synced;
    const auto status = db_->Write(options, &writes);
    if (status.ok()) return;
    failed_ = true;
    fail(status, "writing to " + path_);
  }

  std::optional<std::string> get(Family family, std::string_view key, const SnapshotPtr& at) const override {
    std::string value;
    const auto status = db_->Get(read_options(at), handle(family), slice(key), &value);
    if (status.IsNotFound()) return std::nullopt;
    check(status, "reading " + path_);
    return value;
  }

  std::vector<std::optional<std::string>> get_many(Family family, const std::vector<std::string_view>& keys,
                                                   const SnapshotPtr& at) const override {
    // So many at a time RocksDB asks for without taking memory.
    constexpr std::size_t kAtOnce = 32;
    std::array<rocksdb::Slice, kAtOnce> slices;
    std::array<rocksdb::PinnableSlice, kAtOnce> values;
    std::array<rocksdb::Status, kAtOnce> statuses;
    std::vector<std::optional<std::string>> found(keys.size());
    for (std::size_t first = 0; first < keys.size(); first += kAtOnce) {
      const std::size_t n = std::min(kAtOnce, keys.size() - first);
      std::transform(keys.begin() + static_cast<std::ptrdiff_t>(first),
                     keys.begin() + static_cast<std::ptrdiff_t>(first + n), slices.begin(), slice);
      db_->MultiGet(read_options(at), handle(family), n, slices.data(), values.data(), statuses.data(), true);
      for (std::size_t i = 0; i < n; ++i) {
        if (statuses[i].IsNotFound()) continue;
        check(statuses[i], "reading " + path_);
        found[first + i] = values[i].ToString();
        values[i].Reset();
      }
    }
    return found;
  }

  std::unique_ptr<KvCursor> cursor(Family family, const SnapshotPtr& at) const override {
    auto options = read_options(at);
    options.readahead_size = 0;
    return std::make_unique<RocksCursor>(std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, handle(family))),
                                         family);
  }

  SnapshotPtr snapshot() const override { return std::make_shared<RocksSnapshot>(db_.get()); }

  void bulk_load(Family family, const Entries& entries) override;

  void set_expiry(Family family, Expired expired) override {
    filters_[static_cast<std::size_t>(family)]->set(std::move(expired));
  }

  void compact(Family family) override {
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    check(db_->CompactRange(options, handle(family), nullptr, nullptr), "compacting " + path_);
  }

  void reclaim(Family family, std::string_view first, std::string_view last) override {
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kSkip;  // what is there to stay, stays
    const rocksdb::Slice begin = slice(first), end = slice(last);
    check(db_->CompactRange(options, handle(family), &begin, &end), "giving back space in " + path_);
    wal_files_->drop_kept();  // they may hold what was deleted
  }

  void copy_to(const std::string& folder) override;

  std::uint64_t approximate_count(Family family) const override {
    std::uint64_t n = 0;
    db_->GetIntProperty(handle(family), rocksdb::DB::Properties::kEstimateNumKeys, &n);
    return n;
  }

  std::uint64_t bytes_on_disk(Family family) const override {
    std::uint64_t n = 0;
    db_->GetIntProperty(handle(family), rocksdb::DB::Properties::kTotalSstFilesSize, &n);
    return n;
  }

  void close() override {
    if (!db_) return;
    const auto flushed = flush_long_log();
    for (auto* h : handles_) db_->DestroyColumnFamilyHandle(h);
    handles_.clear();
    wal_files_->finish();  // while the lock is this process's
    const auto status = db_->Close();
    db_.reset();
    // Told when all is let go: another may open the store then, and has everything from the write-ahead log.
    check(flushed, "closing " + path_);
    check(status, "closing " + path_);
  }

 private:
  void open(const KvOptions& options);
  rocksdb::Status flush_long_log();
  rocksdb::ColumnFamilyHandle* handle(Family family) const { return handles_[static_cast<std::size_t>(family)]; }
  rocksdb::ColumnFamilyOptions family_options(Family family, const KvOptions& options);

  std::string path_;
  std::shared_ptr<WalFiles> wal_files_;
  std::unique_ptr<rocksdb::Env> env_;  // RocksDB's own threads and clock, and those files
  std::shared_ptr<rocksdb::Cache> cache_;
  std::shared_ptr<rocksdb::Cache> identity_cache_;
  std::array<std::shared_ptr<FilterFactory>, kFamilies> filters_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  rocksdb::Options options_;
  std::atomic<bool> failed_{false};
  bool read_only_ = false;
  std::atomic<std::uint64_t> loads_{0};
  /// RocksDB copies its list of files first and its write-ahead log after that: a file that was added between the two
  /// would be missing in the copy, and what was committed because of it would be there.
  std::mutex files_mutex_;
};

rocksdb::ColumnFamilyOptions RocksStore::family_options(Family family, const KvOptions& options) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = family == Family::identities ? identity_cache_ : cache_;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  // A digest is asked for that is not there, in each of several runs: a filter that is wrong costs a read.
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(family == Family::identities ? 14 : 10, false));
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  table.block_size = family == Family::log ? 64 << 10 : 8 << 10;

  rocksdb::ColumnFamilyOptions cf;
  cf.write_buffer_size = options.write_buffer_bytes / 4;
  cf.compression = rocksdb::kLZ4Compression;
  // Digests do not compress; what RocksDB adds to each does, and Zstandard alone gets most of it.
  if (family == Family::identities) cf.compression = rocksdb::kNoCompression;
  // What is compressed as it will stay is moved from level to level, and never written again.
  if (family == Family::log) cf.compression = rocksdb::kZSTD;
  cf.compression_opts.level = 1;
  cf.bottommost_compression = rocksdb::kZSTD;
  cf.bottommost_compression_opts.enabled = true;
  cf.bottommost_compression_opts.level = 1;
  cf.compaction_filter_factory = filters_[static_cast<std::size_t>(family)] = std::make_shared<FilterFactory>();
  cf.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  if (family == Family::identities) {
    // Digests fall anywhere, so each merge into one large level would rewrite all of it. Runs of like size are merged
    // instead, and bloom filters spare look-ups most of them.
    cf.compaction_style = rocksdb::kCompactionStyleUniversal;
    cf.compaction_options_universal.min_merge_width = 4;
    cf.compaction_options_universal.max_size_amplification_percent = std::numeric_limits<unsigned>::max();
    cf.level0_file_num_compaction_trigger = 6;
    return cf;
  }
  // Small enough that merging a new hour's rows, which lie between those of all others, rewrites little at a time.
  cf.max_bytes_for_level_base = 16u << 20;
  cf.target_file_size_base = 4u << 20;
  cf.level_compaction_dynamic_level_bytes = true;
  return cf;
}

/// Whether there is nothing but what RocksDB leaves when it is stopped before its first CURRENT; the next opening makes it
/// good. A store that has lost its CURRENT has other files, too.
bool holds_only_a_beginning(const std::string& path) {
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    const std::string name = entry.path().filename();
    if (name != "LOCK" && !name.starts_with("LOG") && name != "IDENTITY" && name != "MANIFEST-000001" &&
        name != "000000.dbtmp" && name != "000001.dbtmp")
      return false;
  }
  return true;
}

void RocksStore::open(const KvOptions& options) {
  namespace fs = std::filesystem;
  read_only_ = options.read_only;
  std::error_code error;
  const bool exists = fs::exists(fs::path(path_) / "CURRENT", error);
  if (!exists) {
    if (!options.create_if_missing || options.read_only)
      throw InputError("there is no store at " + path_ + "; `tidemark ingest --store " + path_ + "` makes one");
    if (fs::exists(path_, error) && !fs::is_directory(path_, error)) throw InputError(path_ + " is not a folder");
    if (fs::is_directory(path_, error) && !holds_only_a_beginning(path_))
      throw InputError(path_ + " is not empty and holds no store; name another folder for the store");
    fs::create_directories(path_, error);
    if (error) throw StoreError("cannot make the folder " + path_ + ": " + error.message());
  }
  // Few shards: what is larger than one, such as a filter, would never stay.
  cache_ = rocksdb::NewLRUCache(options.block_cache_bytes, 2);
  identity_cache_ = rocksdb::NewLRUCache(options.identity_filter_bytes, 0, false, 0.9);
  // A log ends when the family log, which takes most of it, has filled its buffer.
  wal_files_ = std::make_shared<WalFiles>(rocksdb::FileSystem::Default(), path_,
                                          WalFiles::Limits{options.write_buffer_bytes, options.write_buffer_bytes / 4});
  env_ = rocksdb::NewCompositeEnv(wal_files_);
  options_.env = env_.get();
  options_.create_if_missing = true;
  options_.create_missing_column_families = true;
  options_.db_write_buffer_size = options.write_buffer_bytes;
  options_.max_background_jobs = 2;
  options_.max_open_files = 256;
  // Opening reads a few files of each family. More threads would be started for each of them anew, 15 for 2 files: that
  // took longer than all else.
  options_.max_file_opening_threads = 1;
  options_.keep_log_file_num = 3;
  options_.max_log_file_size = 1 << 20;
  options_.info_log_level = rocksdb::WARN_LEVEL;
  options_.bytes_per_sync = 1 << 20;
  options_.max_total_wal_size = options.write_buffer_bytes;
  // A torn end of the log is what a crash leaves; damage before the end would lose what was acknowledged, and is refused.
  options_.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options_.paranoid_checks = true;

  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  for (std::size_t f = 0; f < kFamilies; ++f)
    families.emplace_back(std::string(name_of(static_cast<Family>(f))),
                          family_options(static_cast<Family>(f), options));
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const auto status = options.read_only ? rocksdb::DB::OpenForReadOnly(options_, path_, families, &handles, &db)
                                        : rocksdb::DB::Open(options_, path_, families, &handles, &db);
  if (status.IsIOError() && status.ToString().find("lock") != std::string::npos)
    throw StoreError("the store " + path_ + " is in use by another process (" + status.ToString() +
                     "); stop that one, or name another store");
  if (status.IsInvalidArgument() && status.ToString().find("olumn famil") != std::string::npos)
    throw StoreError("the store " + path_ + " was written by a newer version of Tidemark (" + status.ToString() +
                     "); use that version");
  check(status, "opening the store " + path_);
  db_.reset(db);
  db_->DestroyColumnFamilyHandle(handles[0]);
  handles_.assign(handles.begin() + 1, handles.end());
  if (!options.read_only) {  // the lock is this process's
    remove_unfinished_loads(path_);
    wal_files_->remove_left();
  }
}

/// So that the next opening has little to read, and the disk holds nothing twice; a short log is left, because flushing
/// makes small files.
rocksdb::Status RocksStore::flush_long_log() {
  constexpr std::uint64_t kShortBytes = 4u << 20;
  rocksdb::VectorLogPtr logs;
  if (read_only_ || failed_ || !db_->GetSortedWalFiles(logs).ok()) return {};
  std::uint64_t bytes = 0;
  for (const auto& log : logs) bytes += log->SizeFileBytes();
  return bytes > kShortBytes ? db_->Flush(rocksdb::FlushOptions(), handles_) : rocksdb::Status();
}

void RocksStore::copy_to(const std::string& folder) {
  namespace fs = std::filesystem;
  const fs::path path = fs::absolute(folder).lexically_normal();
  std::error_code error;
  if (fs::exists(path, error)) throw InputError("the folder " + folder + " is there already; name a new one");
  const fs::path parent = path.has_filename() ? path.parent_path() : path.parent_path().parent_path();
  if (!fs::is_directory(parent, error))
    throw InputError("there is no folder " + parent.string() + " to make a copy in");
  rocksdb::Checkpoint* made = nullptr;
  check(rocksdb::Checkpoint::Create(db_.get(), &made), "copying " + path_);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  const std::lock_guard lock(files_mutex_);
  check(checkpoint->CreateCheckpoint(path.has_filename() ? path.string() : path.parent_path().string()),
        "copying " + path_ + " to " + folder);
}

void RocksStore::bulk_load(Family family, const Entries& entries) {
  const std::string file = path_ + "/load-" + std::to_string(loads_++) + ".sst";
  rocksdb::Options format = db_->GetOptions(handle(family));
  format.bottommost_compression = rocksdb::kDisableCompressionOption;  // the file is merged into others before long
  // It is read again soon: by look-ups, and when it is merged.
  constexpr bool kDropFromPageCache = false;
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), format, handle(family), kDropFromPageCache);
  const std::string doing = "writing " + file;
  bool any = false;
  entries([&](std::string_view key, std::string_view value) {
    if (!std::exchange(any, true)) check(writer.Open(file), doing);
    check(writer.Put(slice(key), slice(value)), doing);
  });
  if (!any) return;
  check(writer.Finish(), doing);
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.failed_move_fall_back_to_copy = true;
  const std::lock_guard lock(files_mutex_);
  check(db_->IngestExternalFile(handle(family), {file}, options), "adding " + file);
}

}  // namespace

std::string storage_engine_version() { return "RocksDB " + rocksdb::GetRocksVersionAsString(false); }

std::unique_ptr<KvStore> open_rocksdb(const std::string& path, const KvOptions& options) {
  return std::make_unique<RocksStore>(path, options);
}

}  // namespace tidemark
