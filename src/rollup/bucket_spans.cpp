#include "rollup/bucket_spans.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace tidemark {
namespace {

constexpr unsigned kDigitBits = 11;
/// Below it comparing is cheaper than counting digits.
constexpr std::size_t kFew = 512;

/// One stable pass of counting sort by some bits of what `word` gives.
template <typename Word>
void sort_by_digit(const std::vector<BucketSpan>& from, std::vector<BucketSpan>& to, const Word& word, unsigned shift,
                   unsigned bits) {
  std::array<std::uint32_t, (1u << kDigitBits) + 1> next{};
  const std::uint32_t mask = (1u << bits) - 1;
  for (const BucketSpan& span : from) ++next[((word(span) >> shift) & mask) + 1];
  for (std::size_t digit = 1; digit <= mask; ++digit) next[digit] += next[digit - 1];
  for (const BucketSpan& span : from) to[next[(word(span) >> shift) & mask]++] = span;
}

/// Stable, by what `word` gives: its lowest digits first, and none in which all spans are alike.
template <typename Word>
void sort_by_word(std::vector<BucketSpan>& spans, std::vector<BucketSpan>& scratch, const Word& word) {
  std::uint32_t low = word(spans[0]);
  std::uint32_t high = low;
  for (const BucketSpan& span : spans) {
    low = std::min(low, word(span));
    high = std::max(high, word(span));
  }
  const auto from_low = [&word, low](const BucketSpan& span) { return word(span) - low; };
  const auto width = static_cast<unsigned>(std::bit_width(high - low));
  const unsigned digits = (width + kDigitBits - 1) / kDigitBits;
  for (unsigned digit = 0; digit < digits; ++digit) {
    const unsigned shift = width * digit / digits;
    sort_by_digit(spans, scratch, from_low, shift, width * (digit + 1) / digits - shift);
    spans.swap(scratch);
  }
}

}  // namespace

void sort_by_bucket(std::vector<BucketSpan>& spans, std::vector<BucketSpan>& scratch) {
  if (spans.size() < kFew) {
    std::sort(spans.begin(), spans.end());
    return;
  }
  scratch.resize(spans.size());
  sort_by_word(spans, scratch, [](const BucketSpan& span) { return span.start_minutes; });
  sort_by_word(spans, scratch, [](const BucketSpan& span) { return static_cast<std::uint32_t>(span.dimensions); });
  sort_by_word(spans, scratch,
               [](const BucketSpan& span) { return static_cast<std::uint32_t>(span.dimensions >> 32); });
  sort_by_word(spans, scratch, [](const BucketSpan& span) { return span.day(); });
}

}  // namespace tidemark
