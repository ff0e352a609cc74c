#include <algorithm>

#include "fuzz/decoded_invariants.hpp"

using namespace tidemark;

/// Lines add up, and the stream gives the same however it is cut; the first byte says how.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const fuzz::Decoded whole = fuzz::decode(decode_ndjson, bytes);
  fuzz::check(whole);
  const auto lines = static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n')) + 1;
  TIDEMARK_MUST(whole.batch.size() + whole.report.rejections.total() <= lines);

  const std::size_t chunk = size == 0 ? 1 : data[0] + 1u;
  const DecodeContext context = fuzz::context();
  NdjsonReader reader(context);
  fuzz::Decoded chunked;
  for (std::size_t at = 0; at < size; at += chunk) reader.feed(bytes.substr(at, chunk), chunked.batch, chunked.report);
  reader.finish(chunked.batch, chunked.report);
  fuzz::check_equal(whole, chunked);
  return 0;
}
