#pragma once
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>

namespace tidemark::cli {

/// A file or stdin, read to its end, or to the end of a line after an interrupt.
/// Errors: InputError when it cannot be opened or read; the message leaves out the name, which the caller shows.
class InputFile {
 public:
  /// What read() throws when it was interrupted in a document that cannot be cut.
  class Interrupted : public std::exception {};

  /// `-` is stdin.
  explicit InputFile(const std::string& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// Up to `size` bytes; 0 at the end. After an interrupt: the rest of the current line where lines stand for
  /// themselves (`can_cut`, and not compressed), else Interrupted.
  std::size_t read(char* buffer, std::size_t size, bool can_cut);

  /// 0 when unknown (a pipe).
  std::uint64_t size() const { return size_; }

 private:
  std::size_t read_some(char* buffer, std::size_t size);

  int fd_ = -1;
  std::uint64_t size_ = 0;
  char last_ = '\n';
  bool first_ = true;
  bool gzip_ = false;
  bool ended_ = false;
};

}  // namespace tidemark::cli
