#include "http/content_coding.hpp"

#include <zlib.h>

#include <algorithm>
#include <new>

#include "http/message.hpp"
#include "model/text.hpp"

namespace tidemark::http {
namespace {

constexpr std::size_t kWorthBytes = 512;
constexpr int kGzip = 15 + 16;  // the largest window, and a gzip header

/// `q=0`, `q=0.000`: not at all.
bool is_refused(std::string_view parameters) {
  const std::size_t q = parameters.find_first_of("qQ");
  if (q == std::string_view::npos) return false;
  std::string_view weight = trim(parameters.substr(q + 1));
  if (!weight.starts_with('=')) return false;
  weight = trim(weight.substr(1));
  return !weight.empty() && weight.find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    const std::string_view part = accept_encoding.substr(0, accept_encoding.find(','));
    accept_encoding.remove_prefix(std::min(accept_encoding.size(), part.size() + 1));
    const std::size_t end = std::min(part.find(';'), part.size());
    const std::string_view coding = trim(part.substr(0, end));
    const bool taken = !is_refused(part.substr(end));
    if (same_name(coding, "gzip") || same_name(coding, "x-gzip")) return taken;
    if (coding == "*") any = taken;
  }
  return any;
}

std::optional<std::string> gzip_if_worth(std::string_view bytes) {
  if (bytes.size() < kWorthBytes) return std::nullopt;
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out(bytes.size() - bytes.size() / 10, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return std::nullopt;
  out.shrink_to_fit();
  return out;
}

}  // namespace tidemark::http
