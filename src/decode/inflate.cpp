#include "decode/inflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <new>
#include <vector>

namespace tidemark {
namespace {

constexpr std::size_t kPieceBytes = 64u << 10;
constexpr int kGzipOnly = 15 + 16;  // the largest window, and a gzip header

}  // namespace

bool is_gzip(std::string_view prefix) { return prefix.starts_with("\x1f\x8b"); }

struct Inflater::State {
  z_stream stream{};
  std::vector<char> piece = std::vector<char>(kPieceBytes);
  std::string_view input;
  std::size_t bytes_left = 0;
  bool member_ended = false;
  bool failed = false;

  State() {
    if (inflateInit2(&stream, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { inflateEnd(&stream); }
};

Inflater::Inflater(std::size_t max_bytes) : state_(std::make_unique<State>()) { state_->bytes_left = max_bytes; }
Inflater::~Inflater() = default;

void Inflater::set_input(std::string_view chunk) { state_->input = chunk; }

InflateResult Inflater::next(std::string_view& piece) {
  State& s = *state_;
  if (s.failed) return InflateResult::malformed;
  // zlib gives out no more than fits, so that one byte past the bound is seen and nothing further is inflated.
  const std::size_t room = std::min(s.piece.size(), s.bytes_left + 1);
  std::size_t made = 0;
  while (made == 0 && !s.input.empty()) {
    if (s.member_ended) {
      s.member_ended = false;
      inflateReset(&s.stream);
    }
    const std::size_t take = std::min<std::size_t>(s.input.size(), 1u << 30);
    s.stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(s.input.data()));
    s.stream.avail_in = static_cast<uInt>(take);
    s.stream.next_out = reinterpret_cast<Bytef*>(s.piece.data());
    s.stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&s.stream, Z_NO_FLUSH);
    s.input.remove_prefix(take - s.stream.avail_in);
    made = room - s.stream.avail_out;
    s.member_ended = result == Z_STREAM_END;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      s.failed = true;
      return InflateResult::malformed;
    }
    if (result == Z_BUF_ERROR && made == 0) break;
  }
  if (made > s.bytes_left) {
    s.failed = true;
    return InflateResult::too_large;
  }
  s.bytes_left -= made;
  piece = {s.piece.data(), made};
  if (made != 0) return InflateResult::more;
  return s.member_ended ? InflateResult::done : InflateResult::more;
}

InflateResult inflate_bounded(std::string_view gzip, std::size_t max_bytes, std::string& out) {
  Inflater inflater(max_bytes);
  const InflateResult result = inflater.feed(gzip, [&](std::string_view piece) { out.append(piece); });
  return result == InflateResult::more ? InflateResult::malformed : result;  // cut off
}

}  // namespace tidemark
