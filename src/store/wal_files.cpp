#include "store/wal_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <tidemark/errors.hpp>

#include "store/wal_reader.hpp"
#include "store/wal_writer.hpp"

namespace tidemark {
namespace {

namespace fs = std::filesystem;
using rocksdb::IOStatus;

constexpr std::string_view kSpare = "spare-";

IOStatus status_of(int error, const std::string& path) {
  if (error == 0) return IOStatus::OK();
  const std::string message = std::generic_category().message(error);
  if (error == ENOSPC) return IOStatus::NoSpace(path, message);
  if (error == ENOENT) return IOStatus::PathNotFound(path, message);
  return IOStatus::IOError(path, message);
}

/// The log's number, when it is a log's path.
std::optional<std::uint64_t> log_of(const fs::path& path) {
  if (path.extension() != ".log") return std::nullopt;
  const std::string stem = path.stem();
  std::uint64_t log = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), log);
  if (error != std::errc() || end != stem.data() + stem.size()) return std::nullopt;
  return log;
}

/// Null: it is none, or one without frames. A missing file is RocksDB's to report.
std::unique_ptr<wal::WalReader> reader_of(const std::string& path) {
  const auto log = log_of(path);
  if (!log) return nullptr;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  auto reader = std::make_unique<wal::WalReader>(file, *log, path);
  return reader->is_framed() ? std::move(reader) : nullptr;
}

class LogBeingRead final : public rocksdb::FSSequentialFile {
 public:
  explicit LogBeingRead(std::unique_ptr<wal::WalReader> reader) : reader_(std::move(reader)) {}

  /// RocksDB takes less than it asked for as the end.
  IOStatus Read(std::size_t bytes, const rocksdb::IOOptions&, rocksdb::Slice* result, char* scratch,
                rocksdb::IODebugContext*) override {
    std::size_t done = 0;
    const IOStatus status = consume(bytes, [&](std::string_view piece) {
      std::memcpy(scratch + done, piece.data(), piece.size());
      done += piece.size();
    });
    *result = rocksdb::Slice(scratch, done);
    return status;
  }
  IOStatus Skip(std::uint64_t bytes) override {
    return consume(bytes, [](std::string_view) {});
  }

  IOStatus size(std::uint64_t& bytes) {
    bytes = 0;
    return consume(UINT64_MAX, [&](std::string_view piece) { bytes += piece.size(); });
  }

 private:
  template <typename Take>
  IOStatus consume(std::uint64_t bytes, const Take& take) try {
    while (bytes > 0) {
      if (piece_.empty()) {
        const auto next = reader_->next();
        if (!next) break;
        piece_ = *next;
      }
      const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, piece_.size()));
      take(piece_.substr(0, n));
      piece_.remove_prefix(n);
      bytes -= n;
    }
    return IOStatus::OK();
  } catch (const StoreError& e) {
    return IOStatus::Corruption(e.what());
  }

  std::unique_ptr<wal::WalReader> reader_;
  std::string_view piece_;
};

}  // namespace

class WalFiles::LogBeingWritten final : public rocksdb::FSWritableFile {
 public:
  /// `is_last`: no file is kept for the next log.
  LogBeingWritten(WalFiles& files, int file, std::uint64_t log, std::string path, bool is_last)
      : files_(files), writer_(file, log), path_(std::move(path)), is_last_(is_last) {}

  using FSWritableFile::Append;
  IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    // One that stays short needs no other, and one that is hardly synced does not need it to be quick.
    constexpr std::uint64_t kLong = 1u << 20;
    constexpr int kOften = 20;
    if (is_last_ && writer_.bytes() > kLong && syncs_ > kOften) {
      is_last_ = false;
      files_.make_one();
    }
    const std::uint64_t before = writer_.bytes();
    const std::string_view all(data.data(), data.size());
    int error = writer_.append(all);
    if (error == ENOSPC && files_.drop_kept()) error = writer_.append(all.substr(writer_.bytes() - before));
    return status_of(error, path_);
  }
  IOStatus Flush(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    ++syncs_;
    return status_of(writer_.sync(), path_);
  }
  IOStatus Close(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    const int error = writer_.close(files_.stopping_);
    if (error == 0) files_.note_closed(path_);
    return status_of(error, path_);
  }
  IOStatus Allocate(std::uint64_t offset, std::uint64_t bytes, const rocksdb::IOOptions&,
                    rocksdb::IODebugContext*) override {
    writer_.allocate(offset, bytes);
    return IOStatus::OK();
  }
  bool IsSyncThreadSafe() const override { return true; }
  std::uint64_t GetFileSize(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return writer_.bytes(); }

 private:
  WalFiles& files_;
  wal::WalWriter writer_;
  std::string path_;
  std::atomic<bool> is_last_;
  std::atomic<int> syncs_{0};
};

WalFiles::WalFiles(const std::shared_ptr<rocksdb::FileSystem>& target, std::string folder, const Limits& limits)
    : FileSystemWrapper(target), folder_(std::move(folder)), limits_(limits) {}

WalFiles::~WalFiles() {
  stopping_ = true;
  await_made();
}

void WalFiles::finish() {
  stopping_ = true;
  await_made();
  drop_kept();
}

bool WalFiles::drop_kept() {
  const std::lock_guard lock(mutex_);
  for (const Kept& kept : kept_) ::unlink(kept.path.c_str());
  return !std::exchange(kept_, {}).empty();
}

void WalFiles::note_closed(const std::string& path) {
  if (fs::path(path).parent_path() != fs::path(folder_)) return;
  const std::lock_guard lock(mutex_);
  closed_.insert(path);
}

void WalFiles::remove_left() {
  const std::lock_guard lock(mutex_);
  const auto is_kept = [&](const fs::path& path) {
    return std::any_of(kept_.begin(), kept_.end(), [&](const Kept& kept) { return fs::path(kept.path) == path; });
  };
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error))
    if (entry.path().filename().string().starts_with(kSpare) && !is_kept(entry.path())) fs::remove(entry.path(), error);
}

/// Whether the file is away from its path now, and kept. Not one of an earlier process, which may hold what only looks
/// older than a log to come, nor one that is not closed yet: its last frame would go into another log.
bool WalFiles::keep(const std::string& path) {
  struct stat status {};
  const std::lock_guard lock(mutex_);
  if (closed_.erase(path) == 0 || stopping_) return false;
  if (::stat(path.c_str(), &status) != 0 || status.st_nlink != 1) return false;
  const auto bytes = static_cast<std::uint64_t>(status.st_size);
  std::uint64_t sum = bytes;
  for (const Kept& kept : kept_) sum += kept.bytes;
  if (sum > limits_.kept_bytes) return false;
  const std::string name = next_name();
  if (::rename(path.c_str(), name.c_str()) != 0) return false;
  kept_.push_back({name, bytes});
  return true;
}

/// Whether a file that was kept is at the path now; and whether it was the last one.
bool WalFiles::take_kept(const std::string& path, bool& was_last) {
  if (fs::path(path).parent_path() != fs::path(folder_)) return false;
  const std::lock_guard lock(mutex_);
  bool taken = false;
  while (!taken && !kept_.empty()) {
    taken = ::rename(kept_.back().path.c_str(), path.c_str()) == 0;
    kept_.pop_back();
  }
  was_last = kept_.empty();
  return taken;
}

std::string WalFiles::next_name() { return folder_ + "/" + std::string(kSpare) + std::to_string(names_++) + ".wal"; }

/// Beside the caller, unless one is being made already.
void WalFiles::make_one() {
  if (stopping_ || making_.exchange(true)) return;
  const std::lock_guard lock(mutex_);
  if (maker_.joinable()) maker_.join();  // it has ended
  try {
    maker_ = std::thread([this] {
      try {
        fill_one();
      } catch (const std::exception&) {
        // Out of memory: the next log does without.
      }
      making_ = false;
    });
  } catch (const std::system_error&) {
    making_ = false;  // a machine out of threads does without
  }
}

/// A few blocks at a time, so that the log's own syncs need not wait for all of them.
void WalFiles::fill_one() {
  constexpr std::size_t kStep = 1u << 17;
  static const std::array<char, kStep> zeros{};
  std::unique_lock lock(mutex_);
  const std::string name = next_name();
  lock.unlock();
  const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  std::uint64_t bytes = 0;
  bool good = file >= 0;
  for (; good && bytes < limits_.made_bytes && !stopping_; bytes += kStep)
    good = ::write(file, zeros.data(), kStep) == ssize_t{kStep} && ::fdatasync(file) == 0;
  if (file >= 0) ::close(file);
  lock.lock();
  if (good && !stopping_)
    kept_.push_back({name, bytes});
  else
    ::unlink(name.c_str());
}

void WalFiles::await_made() {
  if (maker_.joinable()) maker_.join();
}

IOStatus WalFiles::NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                   std::unique_ptr<rocksdb::FSWritableFile>* file, rocksdb::IODebugContext* debug) {
  const auto log = log_of(path);
  if (!log) return FileSystemWrapper::NewWritableFile(path, options, file, debug);
  bool is_last = true;
  const int flags = take_kept(path, is_last) ? O_RDWR : O_RDWR | O_CREAT | O_TRUNC;
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (descriptor < 0) return status_of(errno, path);
  *file = std::make_unique<LogBeingWritten>(*this, descriptor, *log, path, is_last);
  return IOStatus::OK();
}

/// RocksDB would cut a log that it has read to what it took for its size, to give back room, and does without.
IOStatus WalFiles::ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file, rocksdb::IODebugContext* debug) {
  if (log_of(path)) return IOStatus::NotSupported("write-ahead logs are not continued");
  return FileSystemWrapper::ReopenWritableFile(path, options, file, debug);
}

IOStatus WalFiles::NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                     std::unique_ptr<rocksdb::FSSequentialFile>* file, rocksdb::IODebugContext* debug) {
  auto reader = reader_of(path);
  if (!reader) return FileSystemWrapper::NewSequentialFile(path, options, file, debug);
  *file = std::make_unique<LogBeingRead>(std::move(reader));
  return IOStatus::OK();
}

IOStatus WalFiles::GetFileSize(const std::string& path, const rocksdb::IOOptions& options, std::uint64_t* bytes,
                               rocksdb::IODebugContext* debug) {
  auto reader = reader_of(path);
  if (!reader) return FileSystemWrapper::GetFileSize(path, options, bytes, debug);
  return LogBeingRead(std::move(reader)).size(*bytes);
}

IOStatus WalFiles::DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                              rocksdb::IODebugContext* debug) {
  if (log_of(path) && keep(path)) return IOStatus::OK();
  return FileSystemWrapper::DeleteFile(path, options, debug);
}

}  // namespace tidemark
