#include "fuzz/decoded_invariants.hpp"

using namespace tidemark;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const fuzz::Decoded once = fuzz::decode(decode_github, bytes);
  fuzz::check(once);
  fuzz::check_equal(once, fuzz::decode(decode_github, bytes));
  return 0;
}
