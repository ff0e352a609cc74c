#pragma once
#include <rocksdb/file_system.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace tidemark {

/// RocksDB's files as they are, but for its write-ahead logs (`NUMBER.log`): these lie in frames (store/wal_frame.hpp),
/// and the file of a log that was written here and is no longer needed is kept under another name (`spare-N.wal`) and
/// becomes a later log's.
/// Where none waits, and a log becomes long and is synced often, one is made beside it, full of zeros.
/// RocksDB's own reuse of such files can't tell damage from a log's end, and is off in all modes that don't lose data.
/// Logs that were written without frames are read as they are. A file with a second name is never written again.
/// Threads: any.
class WalFiles final : public rocksdb::FileSystemWrapper {
 public:
  struct Limits {
    std::uint64_t kept_bytes = 0;  ///< So much of files is kept at most.
    std::uint64_t made_bytes = 0;  ///< How large one is made: about as long as a log becomes.
  };
  /// Of the store in `folder`.
  WalFiles(const std::shared_ptr<rocksdb::FileSystem>& target, std::string folder, const Limits& limits);
  ~WalFiles() override;

  const char* Name() const override { return "tidemark.wal"; }

  /// Deletes the files that are kept: what they hold are bytes of earlier logs. Whether there were any.
  bool drop_kept();
  /// Deletes those that an earlier process has left. Only for who has the store's lock.
  void remove_left();
  /// Returns when no file is being made. Only when nobody writes logs meanwhile.
  void await_made();
  /// From now on nothing is kept or made, and what was is gone; logs that are closed are cut to their ends. For who is about
  /// to close the store: afterwards it may be another's.
  void finish();

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetFileSize(const std::string& path, const rocksdb::IOOptions& options, std::uint64_t* bytes,
                                rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  struct Kept {
    std::string path;
    std::uint64_t bytes;
  };
  class LogBeingWritten;

  void note_closed(const std::string& path);
  bool keep(const std::string& path);
  bool take_kept(const std::string& path, bool& was_last);
  std::string next_name();
  void make_one();
  void fill_one();

  const std::string folder_;
  const Limits limits_;
  std::mutex mutex_;
  std::vector<Kept> kept_;
  std::set<std::string> closed_;  ///< Paths of the logs that were written here to their ends.
  std::uint64_t names_ = 0;       ///< How many were given out.
  std::thread maker_;             ///< Its last thread; under the mutex, but for waiting.
  std::atomic<bool> making_{false};
  std::atomic<bool> stopping_{false};
};

}  // namespace tidemark
