#include "fuzz/decoded_invariants.hpp"

using namespace tidemark;

/// No two cases of a report are taken for the same one, and a report that comes again gives the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const fuzz::Decoded once = fuzz::decode(decode_junit, bytes);
  fuzz::check(once);
  fuzz::check_equal(once, fuzz::decode(decode_junit, bytes));
  std::set<Digest> identities;
  for (const SpanBatch::Span& span : once.batch.spans) identities.insert(span.identity);
  TIDEMARK_MUST(identities.size() == once.batch.size());
  return 0;
}
