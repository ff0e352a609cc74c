#include "cli/console.hpp"

#include <cerrno>
#include <cstring>

#include <sys/ioctl.h>
#include <unistd.h>

#include <tidemark/errors.hpp>

#include "render/text_table.hpp"

namespace tidemark::cli {

namespace {
constexpr std::size_t kBufferBytes = 256 * 1024;
}

void Output::write(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= kBufferBytes) flush();
}

void Output::flush() {
  // Taken first: after a failure, nobody tries the same bytes again.
  const std::string bytes = std::move(buffer_);
  buffer_.clear();
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(fd_, bytes.data() + done, bytes.size() - done);
    if (n >= 0) {
      done += static_cast<std::size_t>(n);
    } else if (errno == EPIPE) {
      throw BrokenPipe();
    } else if (errno != EINTR) {
      throw Error(std::string("cannot write the output: ") + std::strerror(errno));
    }
  }
}

bool Output::is_terminal() const { return ::isatty(fd_) == 1; }

std::size_t Output::terminal_columns() const {
  winsize size{};
  if (!is_terminal() || ::ioctl(fd_, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

void Console::message(std::string_view text) {
  std::string line = "tidemark: ";
  // A message may have several lines of its own; only what could move the cursor is escaped.
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    line += printable(text.substr(0, end));
    if (end == std::string_view::npos) break;
    line += '\n';
    text.remove_prefix(end + 1);
  }
  if (line.back() != '\n') line += '\n';
  error_text(line);
}

void Console::error_text(std::string_view text) {
  try {
    err_.write(text);
    err_.flush();
  } catch (const std::exception&) {
  }
}

}  // namespace tidemark::cli
