#include "store/wal_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "store/wal_frame.hpp"

namespace tidemark::wal {
namespace {

iovec piece(const char* data, std::size_t size) { return {const_cast<char*>(data), size}; }

/// All of the pieces, at `offset`.
int write_all(int file, std::array<iovec, 3> pieces, std::uint64_t offset) {
  for (std::size_t first = 0; first < pieces.size();) {
    const ssize_t n =
        ::pwritev(file, &pieces[first], static_cast<int>(pieces.size() - first), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    offset += static_cast<std::uint64_t>(n);
    auto left = static_cast<std::size_t>(n);
    for (; first < pieces.size() && left >= pieces[first].iov_len; ++first) left -= pieces[first].iov_len;
    if (first == pieces.size()) break;
    pieces[first].iov_base = static_cast<char*>(pieces[first].iov_base) + left;
    pieces[first].iov_len -= left;
  }
  return 0;
}

}  // namespace

WalWriter::~WalWriter() {
  if (file_ >= 0) ::close(file_);
}

int WalWriter::append(std::string_view data) {
  while (!data.empty()) {
    const std::string_view payload = data.substr(0, kMaxPayloadBytes);
    if (const int error = write_frame(payload)) return error;
    bytes_ += payload.size();
    data.remove_prefix(payload.size());
  }
  return 0;
}

int WalWriter::write_frame(std::string_view payload) {
  static constexpr char kPadding[kAlignment] = {};
  FrameHeader header;
  header.log = log_;
  header.durable = durable_;
  header.payload_hash = hash_of(payload);
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  const HeaderBytes bytes = encode(header);
  const std::uint64_t size = frame_bytes(payload.size());
  const std::size_t padding = size - kHeaderBytes - payload.size();
  const int error = write_all(
      file_, {piece(bytes.data(), bytes.size()), piece(payload.data(), payload.size()), piece(kPadding, padding)},
      end_);
  if (error == 0) end_ += size;
  return error;
}

int WalWriter::sync() {
  const std::uint64_t end = end_;
  if (::fdatasync(file_) != 0) return errno;
  std::uint64_t before = durable_;
  while (before < end && !durable_.compare_exchange_weak(before, end)) {
  }
  return 0;
}

int WalWriter::close(bool cut) {
  if (file_ < 0) return 0;
  [[maybe_unused]] const bool said = write_frame({}) == 0;
  const int file = file_.exchange(-1);
  struct stat status {};
  // Cutting it to its own size gives back what was allocated behind; where that fails, it stays.
  [[maybe_unused]] const bool done =
      ::fstat(file, &status) == 0 && ::ftruncate(file, cut ? static_cast<off_t>(end_) : status.st_size) == 0;
  return ::close(file) == 0 ? 0 : errno;
}

void WalWriter::allocate(std::uint64_t offset, std::uint64_t bytes) {
  (void)::fallocate(file_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), static_cast<off_t>(bytes));
}

}  // namespace tidemark::wal
