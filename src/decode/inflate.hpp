#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tidemark {

/// Whether the bytes start as a gzip file does.
bool is_gzip(std::string_view prefix);

/// How inflating ended.
enum class InflateResult {
  done,       ///< All of it, to a proper end with the right checksum.
  more,       ///< Only from Inflater: so far, so good.
  too_large,  ///< It would be more than the bound.
  malformed,  ///< Not gzip, damaged, or cut off.
};

/// Inflates a gzip stream (of one or more members) that comes in chunks, in 64 KiB of memory and zlib's window.
class Inflater {
 public:
  /// `max_bytes` bounds the whole output: a few KiB of gzip can stand for gigabytes.
  explicit Inflater(std::size_t max_bytes);
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater();

  /// Calls `take` with pieces of output. `done` when the input ended exactly at a member's end (more may follow).
  template <typename Take>
  InflateResult feed(std::string_view chunk, Take&& take) {
    set_input(chunk);
    for (;;) {
      std::string_view piece;
      const InflateResult result = next(piece);
      if (!piece.empty()) take(piece);
      if (result != InflateResult::more || piece.empty()) return result;
    }
  }

 private:
  void set_input(std::string_view chunk);
  /// One piece of output; an empty one with `more` when the input is used up.
  InflateResult next(std::string_view& piece);

  struct State;
  std::unique_ptr<State> state_;
};

/// The whole of `gzip`, appended to `out`; `out` is then undefined unless the result is `done`.
InflateResult inflate_bounded(std::string_view gzip, std::size_t max_bytes, std::string& out);

}  // namespace tidemark
