#include <algorithm>

#include "decode/inflate.hpp"
#include "fuzz/decoded_invariants.hpp"

using namespace tidemark;

namespace {

constexpr std::size_t kBound = 1u << 20;

/// The whole document through decode_document, which also tells formats apart.
void check_document(std::string_view bytes) {
  fuzz::Decoded decoded;
  decode_document(bytes, InputFormat::automatic, fuzz::context(), decoded.batch, decoded.report);
  fuzz::check(decoded);
}

}  // namespace

/// The bound holds, and the stream gives the same however it is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string whole;
  const InflateResult result = inflate_bounded(bytes, kBound, whole);
  TIDEMARK_MUST(whole.size() <= kBound);

  const std::size_t chunk = size == 0 ? 1 : data[size - 1] + 1u;
  Inflater inflater(kBound);
  std::string chunked;
  InflateResult last = InflateResult::malformed;
  for (std::size_t at = 0; at < size; at += chunk) {
    last = inflater.feed(bytes.substr(at, chunk), [&](std::string_view piece) { chunked.append(piece); });
    if (last == InflateResult::malformed || last == InflateResult::too_large) break;
  }
  TIDEMARK_MUST((result == InflateResult::done) == (last == InflateResult::done));
  if (result == InflateResult::done) TIDEMARK_MUST(whole == chunked);
  if (size < 4096) check_document(bytes);
  return 0;
}
