#include "store/wal_reader.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <tidemark/errors.hpp>

#include "store/wal_frame.hpp"

namespace tidemark::wal {
namespace {

/// As many as there are, up to `size`; negative: an errno.
ssize_t read_fully(int file, char* into, std::size_t size, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n = ::pread(file, into + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -errno;
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return static_cast<ssize_t>(done);
}

}  // namespace

WalReader::WalReader(int file, std::uint64_t log, std::string name) : file_(file), log_(log), name_(std::move(name)) {}

WalReader::~WalReader() { ::close(file_); }

bool WalReader::is_framed() {
  read_at(0, kHeaderBytes);
  if (bytes_.starts_with(magic()) || std::all_of(bytes_.begin(), bytes_.end(), [](char c) { return c == 0; }))
    return true;
  bool any = false;
  each_header_from(0, [&](const FrameHeader&) { any = true; });
  return any;
}

std::optional<std::string_view> WalReader::next() {
  do {
    if (read_frame()) continue;
    if (is_reused()) throw StoreError(name_ + " was given up by whoever writes it while it was read; try again");
    const std::uint64_t durable = durable_behind();
    if (read_frame()) continue;  // whoever writes the log was about to
    if (durable > at_)
      throw StoreError(name_ + " is damaged at byte " + std::to_string(at_) + ", and was on the disk up to byte " +
                       std::to_string(durable));
    return std::nullopt;
  } while (bytes_.empty());
  return bytes_;
}

/// The frame at `at_`, its payload into `bytes_`. False when it is not there as a whole.
bool WalReader::read_frame() {
  if (read_at(at_, kHeaderBytes) != kHeaderBytes) return false;
  const auto header = parse_header(bytes_.data());
  if (!header || header->log != log_) return false;
  if (read_at(at_ + kHeaderBytes, header->payload_bytes) != header->payload_bytes) return false;
  if (hash_of(bytes_) != header->payload_hash) return false;
  at_ += frame_bytes(header->payload_bytes);
  return true;
}

/// Files are written anew from their beginning, and numbers ascend.
bool WalReader::is_reused() {
  if (read_at(0, kHeaderBytes) != kHeaderBytes) return false;
  const auto header = parse_header(bytes_.data());
  return header && header->log > log_;
}

/// What looks like a header of this log's, wherever it is.
template <typename Take>
void WalReader::each_header_from(std::uint64_t begin, const Take& take) {
  constexpr std::size_t kAtOnce = 1u << 16;
  for (std::uint64_t from = begin;; from += kAtOnce) {
    const std::size_t n = read_at(from, kAtOnce + kHeaderBytes);
    for (std::size_t at = bytes_.find(magic()); at != std::string::npos && at + kHeaderBytes <= n;
         at = bytes_.find(magic(), at + 1)) {
      const auto header = parse_header(bytes_.data() + at);
      if (header && header->log == log_) take(*header);
    }
    if (n < kAtOnce + kHeaderBytes) return;
  }
}

/// How far the log was on the disk, by what the frames behind `at_` say.
std::uint64_t WalReader::durable_behind() {
  std::uint64_t durable = 0;
  each_header_from(at_, [&](const FrameHeader& header) { durable = std::max(durable, header.durable); });
  return durable;
}

/// Into `bytes_`; fewer than asked for at the file's end.
std::size_t WalReader::read_at(std::uint64_t offset, std::size_t bytes) {
  bytes_.resize(bytes);
  const ssize_t n = read_fully(file_, bytes_.data(), bytes, offset);
  if (n < 0) throw StoreError("reading " + name_ + ": " + std::generic_category().message(static_cast<int>(-n)));
  bytes_.resize(static_cast<std::size_t>(n));
  return bytes_.size();
}

}  // namespace tidemark::wal
