#include "cli/input_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tidemark/errors.hpp>

#include "cli/interrupt.hpp"

namespace tidemark::cli {

InputFile::InputFile(const std::string& path) {
  fd_ = path == "-" ? 0 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info {};
  if (fd_ < 0 || ::fstat(fd_, &info) != 0) throw InputError(std::string("cannot be opened: ") + std::strerror(errno));
  if (S_ISDIR(info.st_mode)) {
    ::close(fd_);
    throw InputError("is a directory; name the files in it");
  }
  if (S_ISREG(info.st_mode)) size_ = static_cast<std::uint64_t>(info.st_size);
}

InputFile::~InputFile() {
  if (fd_ > 0) ::close(fd_);
}

std::size_t InputFile::read(char* buffer, std::size_t size, bool can_cut) {
  if (ended_) return 0;
  std::size_t n = 0;
  if (!interrupted()) n = read_some(buffer, size);
  if (first_ && n != 0) {
    gzip_ = buffer[0] == '\x1f';
    first_ = false;
  }
  if (interrupted()) {
    if (!can_cut || gzip_) throw Interrupted();
    // The reader has whole lines but perhaps for the last one: read on to its end.
    if (n == 0 && last_ != '\n') n = read_some(buffer, size);
    const void* newline = n == 0 ? nullptr : ::memrchr(buffer, '\n', n);
    ended_ = n == 0 || newline != nullptr;
    if (newline != nullptr) n = static_cast<std::size_t>(static_cast<const char*>(newline) - buffer) + 1;
  }
  if (n != 0) last_ = buffer[n - 1];
  return n;
}

std::size_t InputFile::read_some(char* buffer, std::size_t size) {
  for (;;) {
    const ssize_t n = ::read(fd_, buffer, size);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) throw InputError(std::string("cannot be read: ") + std::strerror(errno));
    if (interrupted()) return 0;
  }
}

}  // namespace tidemark::cli
