#include "decode/otlp_keys.hpp"

#include <cstring>

namespace tidemark {
namespace {

constexpr std::string_view kTexts[] = {
#define TIDEMARK_KEY(id, text) text,
    TIDEMARK_OTLP_KEYS(TIDEMARK_KEY)
#undef TIDEMARK_KEY
};
constexpr std::size_t kFirstSlots = 1024;  // sparse: nearly every look-up ends at its first slot

std::uint64_t load(const char* p) {
  std::uint64_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

}  // namespace

/// Keys share long beginnings, so the middle and the end count.
std::size_t OtlpKeyTable::hash(std::string_view key) {
  const std::size_t n = key.size();
  std::uint64_t h = n;
  if (n >= 8) {
    h ^= load(key.data() + n - 8) * 0x9e3779b97f4a7c15u;
    h ^= load(key.data() + n / 2 - 4) * 0xc2b2ae3d27d4eb4fu;
    h += load(key.data()) * 0x165667b19e3779f9u;
  } else {
    for (const char c : key) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  return static_cast<std::size_t>((h ^ (h >> 32)) * 0x9e3779b97f4a7c15u >> 32);
}

OtlpKeyTable::OtlpKeyTable() : slots_(kFirstSlots), mask_(kFirstSlots - 1) {
  for (const std::string_view text : kTexts) add(text);
}

const OtlpKeyTable& OtlpKeyTable::built_in() {
  static const OtlpKeyTable table;
  return table;
}

OtlpKey OtlpKeyTable::add(std::string_view key) {
  const OtlpKey known = find(key);
  if (known != kUnknown) return known;
  if (size_ * 4 > slots_.size()) grow();
  std::size_t i = hash(key) & mask_;
  while (slots_[i].key != kUnknown) i = (i + 1) & mask_;
  slots_[i] = {std::string(key), static_cast<OtlpKey>(size_)};
  return static_cast<OtlpKey>(size_++);
}

void OtlpKeyTable::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  mask_ = slots_.size() - 1;
  for (Slot& slot : old) {
    if (slot.key == kUnknown) continue;
    std::size_t i = hash(slot.text) & mask_;
    while (slots_[i].key != kUnknown) i = (i + 1) & mask_;
    slots_[i] = std::move(slot);
  }
}

}  // namespace tidemark
