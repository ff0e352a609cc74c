#include "model/span_batch.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "model/same_text.hpp"

namespace tidemark {
namespace {

constexpr std::size_t kFirstChunkBytes = 4'096;
constexpr std::size_t kLargestChunkBytes = 262'144;
constexpr std::size_t kFirstPlaces = 256;
/// For how many texts memory is asked at a time: what it brings stays in the fastest cache.
constexpr std::size_t kTogether = 64;

constexpr std::uint64_t kOdd1 = 0x9E3779B97F4A7C15u;
constexpr std::uint64_t kOdd2 = 0xD6E8FEB86659FD93u;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// Differs from process to process where addresses are random, so that a sender cannot choose texts that collide. Ids
/// do not depend on it.
std::uint64_t seed() {
  static const char anchor = 0;
  static const std::uint64_t seed = mix(reinterpret_cast<std::uintptr_t>(&anchor), kOdd1);
  return seed;
}

std::uint64_t load(const char* p, std::size_t size) {
  std::uint64_t v = 0;
  std::memcpy(&v, p, size);
  return v;
}

}  // namespace

/// Sixteen bytes a step; the last sixteen may overlap what came before. What nobody outside knows is in both factors: one
/// that a sender could make zero would swallow the other.
std::uint32_t TextDictionary::hash_of(std::string_view text) {
  const char* p = text.data();
  std::size_t left = text.size();
  std::uint64_t h = seed() + left * kOdd2;
  for (; left > 16; p += 16, left -= 16) h = mix(load(p, 8) ^ h, load(p + 8, 8) ^ std::rotl(h, 32));
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  if (left >= 8) {
    a = load(p, 8);
    b = load(p + left - 8, 8);
  } else if (left >= 4) {
    a = load(p, 4);
    b = load(p + left - 4, 4);
  } else if (left > 0) {
    a = load(p, 1) | load(p + left / 2, 1) << 8 | load(p + left - 1, 1) << 16;
  }
  return static_cast<std::uint32_t>(mix(mix(a ^ h, b ^ std::rotl(h, 32)), kOdd2) >> 16);
}

std::int64_t TextDictionary::intern(std::string_view text, std::uint32_t hash) {
  if ((texts_.size() + 1) * 4 > places_.size() * 3) grow();
  Place& place = places_[probe(text, hash)];
  if (place.id >= 0) return place.id;
  const auto id = static_cast<std::int32_t>(texts_.size());
  texts_.push_back(keep(text));
  place = {hash, id};
  return id;
}

/// A look-up waits for memory three times: for the place, what it says of the text, and the text. Here each of them is
/// asked for all texts before the first one is needed.
void TextDictionary::intern_all(std::span<const std::string_view> texts, std::vector<std::int64_t>& ids) {
  ids.clear();
  ids.reserve(texts.size());
  std::array<std::uint32_t, kTogether> hashes;
  std::array<std::int32_t, kTogether> found;
  for (; !texts.empty(); texts = texts.subspan(std::min(kTogether, texts.size()))) {
    const std::size_t size = std::min(kTogether, texts.size());
    for (std::size_t i = 0; i < size; ++i) {
      hashes[i] = hash_of(texts[i]);
      if (!places_.empty()) __builtin_prefetch(&places_[hashes[i] & (places_.size() - 1)]);
    }
    for (std::size_t i = 0; i < size; ++i) {
      found[i] = candidate(hashes[i]);
      if (found[i] >= 0) __builtin_prefetch(&texts_[static_cast<std::size_t>(found[i])]);
    }
    for (std::size_t i = 0; i < size; ++i) {
      if (found[i] < 0) continue;
      const std::string_view text = texts_[static_cast<std::size_t>(found[i])];
      __builtin_prefetch(text.data());
      __builtin_prefetch(text.data() + text.size());  // often on the next line
    }
    for (std::size_t i = 0; i < size; ++i) ids.push_back(intern(texts[i], hashes[i]));
  }
}

std::size_t TextDictionary::probe(std::string_view text, std::uint32_t hash) const {
  const std::size_t mask = places_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    const Place place = places_[i];
    if (place.id < 0 || (place.hash == hash && same_text(texts_[static_cast<std::size_t>(place.id)], text))) return i;
  }
}

std::int32_t TextDictionary::candidate(std::uint32_t hash) const {
  if (places_.empty()) return -1;
  const std::size_t mask = places_.size() - 1;
  std::size_t i = hash & mask;
  while (places_[i].id >= 0 && places_[i].hash != hash) i = (i + 1) & mask;
  return places_[i].id;
}

std::string_view TextDictionary::keep(std::string_view text) {
  if (chunks_.empty() || chunks_.back().capacity() - chunks_.back().size() < text.size()) {
    const std::size_t size =
        chunks_.empty() ? kFirstChunkBytes : std::min(chunks_.back().capacity() * 2, kLargestChunkBytes);
    chunks_.emplace_back().reserve(std::max(size, text.size()));
  }
  std::string& chunk = chunks_.back();
  const std::size_t start = chunk.size();
  chunk.append(text);
  return std::string_view(chunk).substr(start);
}

void TextDictionary::grow() {
  std::vector<Place> places(std::max(kFirstPlaces, places_.size() * 2));
  const std::size_t mask = places.size() - 1;
  for (const Place& place : places_) {
    if (place.id < 0) continue;
    std::size_t i = place.hash & mask;
    while (places[i].id >= 0) i = (i + 1) & mask;
    places[i] = place;
  }
  places_ = std::move(places);
  texts_.reserve(places_.size() * 3 / 4);
}

}  // namespace tidemark
