#include "rollup/identity_index.hpp"

#include <algorithm>
#include <bit>

namespace tidemark {
namespace {

constexpr std::size_t kFirstPlaces = 1024;
/// How many look-ups ahead memory is asked.
constexpr std::size_t kAhead = 8;

/// A position among some digests, with eight bytes of its digest at hand to sort by.
using Keyed = std::pair<std::uint64_t, std::uint32_t>;

/// The positions 0 to `size` - 1, sorted by the digest that `digest_at` gives for each; ties of the first eight bytes are
/// next to unheard of. Digests are even: dealt out by their first bits, a few are left to sort in each heap.
template <typename DigestAt>
std::vector<Keyed> sorted_by_digest(std::size_t size, const DigestAt& digest_at) {
  const auto less = [&](const Keyed& a, const Keyed& b) {
    return a.first != b.first ? a.first < b.first : digest_at(a.second) < digest_at(b.second);
  };
  const auto bits = std::max(1u, static_cast<unsigned>(std::bit_width(size / 8)));
  const auto heap_of = [&](std::uint64_t prefix) { return static_cast<std::size_t>(prefix >> (64 - bits)); };
  std::vector<std::uint32_t> ends((std::size_t{1} << bits) + 1);
  for (std::size_t i = 0; i < size; ++i) ++ends[heap_of(digest_at(i).sort_prefix()) + 1];
  for (std::size_t heap = 1; heap < ends.size(); ++heap) ends[heap] += ends[heap - 1];
  std::vector<Keyed> dealt(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint64_t prefix = digest_at(i).sort_prefix();
    dealt[ends[heap_of(prefix)]++] = {prefix, static_cast<std::uint32_t>(i)};
  }
  // Now ends[heap] is where the heap ends, and the one before it where it begins.
  auto begin = dealt.begin();
  for (std::size_t heap = 0; heap + 1 < ends.size(); ++heap) {
    const auto end = dealt.begin() + ends[heap];
    std::sort(begin, end, less);
    begin = end;
  }
  return dealt;
}

/// What tells identities of the same place apart: other bits than those that say the place.
std::uint32_t tag_of(const Digest& identity) { return static_cast<std::uint32_t>(identity.prefix() >> 32); }

}  // namespace

std::uint32_t IdentityIndex::minutes_of(Instant t) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>((t.us + 59'999'999) / 60'000'000, 0, UINT32_MAX));
}

std::uint32_t IdentityIndex::keep_until_minutes(std::string_view value) {
  return ByteReader(value).little_endian<std::uint32_t>();
}

std::size_t IdentityIndex::Table::place_of(const Digest& identity) const {
  const std::uint32_t mask = this->mask();
  const std::uint32_t tag = tag_of(identity);
  std::size_t at = identity.prefix() & mask;
  while (places_[at] != 0 &&
         (((places_[at] ^ tag) & ~mask) != 0 || entries_[(places_[at] & mask) - 1].identity != identity))
    at = (at + 1) & mask;
  return at;
}

const IdentityIndex::Entry* IdentityIndex::Table::find(const Digest& identity) const {
  if (places_.empty()) return nullptr;
  const std::uint32_t place = places_[place_of(identity)];
  return place == 0 ? nullptr : &entries_[(place & mask()) - 1];
}

void IdentityIndex::Table::add(const Entry& entry) {
  if ((entries_.size() + 1) * 2 > places_.size()) grow(std::max(kFirstPlaces, places_.size() * 2));
  std::uint32_t& place = places_[place_of(entry.identity)];
  if (place != 0) return;
  entries_.push_back(entry);
  place = (tag_of(entry.identity) & ~mask()) | static_cast<std::uint32_t>(entries_.size());
}

void IdentityIndex::Table::grow(std::size_t places) {
  places_.assign(places, 0);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Digest& identity = entries_[i].identity;
    places_[place_of(identity)] = (tag_of(identity) & ~mask()) | static_cast<std::uint32_t>(i + 1);
  }
}

void IdentityIndex::Table::swap(Table& other) {
  entries_.swap(other.entries_);
  places_.swap(other.places_);
}

/// Keeps the memory when it was used well, so that the next entries need not grow it step by step.
void IdentityIndex::Table::clear() {
  const bool well_used = entries_.size() * 4 > entries_.capacity();
  entries_.clear();
  if (well_used) {
    std::fill(places_.begin(), places_.end(), 0);
    return;
  }
  entries_.shrink_to_fit();
  places_ = {};
}

IdentityIndex::Found IdentityIndex::find(const std::vector<Digest>& identities, Instant now) const {
  Found result;
  result.accepted.resize(identities.size());
  std::vector<std::uint32_t> unknown;
  unknown.reserve(identities.size());
  // Memory is slow to answer but answers many at a time, if nothing is decided in between.
  std::vector<std::uint8_t> may_have(identities.size());
  for (std::size_t i = 0; i < identities.size(); ++i)
    may_have[i] = static_cast<std::uint8_t>(recent_.may_have(identities[i]) | frozen_.may_have(identities[i]) << 1);
  for (std::size_t i = 0; i < identities.size(); ++i) {
    const Entry* entry = (may_have[i] & 1) != 0 ? recent_.find(identities[i]) : nullptr;
    if (entry == nullptr && (may_have[i] & 2) != 0) entry = frozen_.find(identities[i]);
    if (entry != nullptr)
      result.accepted[i] = entry->fingerprint;
    else
      unknown.push_back(static_cast<std::uint32_t>(i));
  }
  const auto digest_at = [&](std::size_t u) -> const Digest& { return identities[unknown[u]]; };
  const std::vector<Keyed> sorted = sorted_by_digest(unknown.size(), digest_at);
  std::vector<std::string_view> keys;
  keys.reserve(sorted.size());
  for (const auto& [prefix, u] : sorted) {
    const std::string_view key = digest_at(u).view();
    result.repeats |= !keys.empty() && keys.back() == key;
    keys.push_back(key);
  }
  const auto values = store_.kv().get_many(Family::identities, keys);
  const std::uint32_t now_minutes = static_cast<std::uint32_t>(now.us / 60'000'000);
  for (std::size_t k = 0; k < sorted.size(); ++k) {
    if (!values[k]) continue;
    ByteReader in(*values[k]);
    if (in.little_endian<std::uint32_t>() < now_minutes) continue;
    result.accepted[unknown[sorted[k].second]] = in.little_endian<std::uint32_t>();
  }
  return result;
}

void IdentityIndex::freeze() { recent_.swap(frozen_); }

void IdentityIndex::write(KvBatch& batch, std::size_t bulk_entries) const {
  const auto& entries = frozen_.entries();
  const std::vector<Keyed> sorted =
      sorted_by_digest(entries.size(), [&](std::size_t i) -> const Digest& { return entries[i].identity; });
  const auto each_entry = [&](const KvStore::Put& put) {
    std::string value;
    for (std::size_t s = 0; s < sorted.size(); ++s) {
      if (s + kAhead < sorted.size()) __builtin_prefetch(&entries[sorted[s + kAhead].second]);
      const Entry& entry = entries[sorted[s].second];
      value.clear();
      put_little_endian(value, entry.keep_until_minutes);
      put_little_endian(value, entry.fingerprint);
      put(entry.identity.view(), value);
    }
  };
  if (entries.size() >= bulk_entries) return store_.kv().bulk_load(Family::identities, each_entry);
  each_entry([&](std::string_view key, std::string_view value) { batch.put(Family::identities, key, value); });
}

void IdentityIndex::confirm() { frozen_.clear(); }

}  // namespace tidemark
