#pragma once
#include <cstddef>
#include <exception>
#include <string>
#include <string_view>

namespace tidemark::cli {

/// Whoever read our output has gone, as in `tidemark query … | head`. Not a failure worth a message.
class BrokenPipe : public std::exception {
 public:
  const char* what() const noexcept override { return "broken pipe"; }
};

/// A buffered file descriptor.
/// Errors: BrokenPipe; tidemark::Error when it cannot be written (a full disk), which is never silent.
class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void write(std::string_view text);
  void flush();
  bool is_terminal() const;
  /// Columns of the terminal; 0 when it is none or does not say.
  std::size_t terminal_columns() const;

 private:
  int fd_;
  std::string buffer_;
};

/// Where a command writes: results to `out`, everything about them to `err`.
class Console {
 public:
  Output out{1};

  /// `tidemark: <text>` on stderr. Control characters in it are made visible.
  void message(std::string_view text);
  /// As it is, on stderr. Failures to write there are nobody's to hear.
  void error_text(std::string_view text);
  bool error_is_terminal() const { return err_.is_terminal(); }

 private:
  Output err_{2};
};

}  // namespace tidemark::cli
