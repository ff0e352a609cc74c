#include <algorithm>

#include <tidemark/engine.hpp>

namespace tidemark {
namespace {

constexpr std::uint64_t kSmallest = 64u << 20;
/// What the defaults of EngineOptions are for.
constexpr std::uint64_t kDefault = 256u << 20;

}  // namespace

void EngineOptions::fit_memory(std::uint64_t bytes) {
  if (bytes < kSmallest) throw InputError("less than 64 MB of memory is too little to work with");
  const EngineOptions usual;
  const double share = static_cast<double>(bytes) / static_cast<double>(kDefault);
  const auto of = [&](auto size) { return static_cast<decltype(size)>(static_cast<double>(size) * share); };
  block_cache_bytes = of(usual.block_cache_bytes);
  identity_filter_bytes = of(usual.identity_filter_bytes);
  write_buffer_bytes = of(usual.write_buffer_bytes);
  open_bytes = of(usual.open_bytes);
  // More would not be faster, only longer to replay.
  checkpoint_spans = std::min(usual.checkpoint_spans, of(usual.checkpoint_spans));
  chunk_spans = std::min(usual.chunk_spans, of(usual.chunk_spans));
}

}  // namespace tidemark
