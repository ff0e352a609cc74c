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

/// Sorts by digest; ties of the first eight bytes are next to unheard of. `digest_at` gives the digest at a position.
/// Digests are even: dealt out by their first bits, a few are left to sort in each heap.
template <typename DigestAt>
void sort_by_digest(std::vector<Keyed>& items, const DigestAt& digest_at) {
  const auto less = [&](const Keyed& a, const Keyed& b) {
    return a.first != b.first ? a.first < b.first : digest_at(a.second) < digest_at(b.second);
  };
  constexpr std::size_t kFew = 64;
  if (items.size() <= kFew) return std::sort(items.begin(), items.end(), less);
  const auto bits = static_cast<unsigned>(std::bit_width(items.size() / 8));
  const auto heap_of = [&](const Keyed& item) { return static_cast<std::size_t>(item.first >> (64 - bits)); };
  std::vector<std::uint32_t> ends((std::size_t{1} << bits) + 1);
  for (const Keyed& item : items) ++ends[heap_of(item) + 1];
  for (std::size_t heap = 1; heap < ends.size(); ++heap) ends[heap] += ends[heap - 1];
  std::vector<Keyed> dealt(items.size());
  for (const Keyed& item : items) dealt[ends[heap_of(item)]++] = item;
  // Now ends[heap] is where the heap ends, and the one before it where it begins.
  auto begin = dealt.begin();
  for (std::size_t heap = 0; heap + 1 < ends.size(); ++heap) {
    const auto end = dealt.begin() + ends[heap];
    std::sort(begin, end, less);
    begin = end;
  }
  items.swap(dealt);
}

constexpr std::size_t kValueBytes = 8;
constexpr std::size_t kEntryBytes = sizeof(Digest) + kValueBytes;

/// Key and value, one after the other.
void put_entry(std::string& out, const IdentityIndex::Entry& entry) {
  out.append(entry.identity.view());
  put_little_endian(out, entry.keep_until_minutes);
  put_little_endian(out, entry.fingerprint);
}

}  // namespace

std::uint32_t IdentityIndex::minutes_of(Instant t) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>((t.us + 59'999'999) / 60'000'000, 0, UINT32_MAX));
}

std::uint32_t IdentityIndex::keep_until_minutes(std::string_view value) {
  return ByteReader(value).little_endian<std::uint32_t>();
}

std::size_t IdentityIndex::Table::place_of(const Digest& identity) const {
  const std::size_t mask = places_.size() - 1;
  const std::uint64_t prefix = identity.prefix();
  std::size_t at = prefix & mask;
  while (places_[at] != 0 && ((places_[at] ^ prefix) >> 32 != 0 ||
                              entries_[static_cast<std::uint32_t>(places_[at]) - 1].identity != identity))
    at = (at + 1) & mask;
  return at;
}

const IdentityIndex::Entry* IdentityIndex::Table::find(const Digest& identity) const {
  if (places_.empty()) return nullptr;
  const std::uint64_t place = places_[place_of(identity)];
  return place == 0 ? nullptr : &entries_[static_cast<std::uint32_t>(place) - 1];
}

void IdentityIndex::Table::add(const Entry& entry) {
  if ((entries_.size() + 1) * 2 > places_.size()) grow(std::max(kFirstPlaces, places_.size() * 2));
  std::uint64_t& place = places_[place_of(entry.identity)];
  if (place != 0) return;
  entries_.push_back(entry);
  place = (entry.identity.prefix() & 0xffffffff00000000u) | static_cast<std::uint32_t>(entries_.size());
}

void IdentityIndex::Table::grow(std::size_t places) {
  places_.assign(places, 0);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Digest& identity = entries_[i].identity;
    places_[place_of(identity)] = (identity.prefix() & 0xffffffff00000000u) | static_cast<std::uint32_t>(i + 1);
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
  std::vector<Keyed> unknown;
  unknown.reserve(identities.size());
  for (std::size_t i = 0; i < identities.size(); ++i) {
    if (i + kAhead < identities.size()) {
      recent_.prefetch(identities[i + kAhead]);
      frozen_.prefetch(identities[i + kAhead]);
    }
    const Entry* entry = recent_.find(identities[i]);
    if (entry == nullptr) entry = frozen_.find(identities[i]);
    if (entry != nullptr)
      result.accepted[i] = entry->fingerprint;
    else
      unknown.emplace_back(identities[i].sort_prefix(), static_cast<std::uint32_t>(i));
  }
  sort_by_digest(unknown, [&](std::uint32_t i) -> const Digest& { return identities[i]; });
  std::vector<std::string_view> keys;
  keys.reserve(unknown.size());
  for (const auto& [prefix, i] : unknown) {
    result.repeats |= !keys.empty() && keys.back() == identities[i].view();
    keys.push_back(identities[i].view());
  }
  const auto values = store_.kv().get_many(Family::identities, keys);
  const std::uint32_t now_minutes = static_cast<std::uint32_t>(now.us / 60'000'000);
  for (std::size_t k = 0; k < unknown.size(); ++k) {
    if (!values[k]) continue;
    ByteReader in(*values[k]);
    if (in.little_endian<std::uint32_t>() < now_minutes) continue;
    result.accepted[unknown[k].second] = in.little_endian<std::uint32_t>();
  }
  return result;
}

void IdentityIndex::freeze() { recent_.swap(frozen_); }

void IdentityIndex::write(KvBatch& batch, std::size_t bulk_entries) const {
  const auto& entries = frozen_.entries();
  std::vector<Keyed> sorted;
  sorted.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i)
    sorted.emplace_back(entries[i].identity.sort_prefix(), static_cast<std::uint32_t>(i));
  sort_by_digest(sorted, [&](std::uint32_t i) -> const Digest& { return entries[i].identity; });
  // Copied in order, because RocksDB compares each key with the one before.
  std::string bytes;
  bytes.reserve(entries.size() * kEntryBytes);
  for (const auto& [prefix, i] : sorted) put_entry(bytes, entries[i]);
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  pairs.reserve(entries.size());
  for (std::size_t at = 0; at < bytes.size(); at += kEntryBytes) {
    const auto entry = std::string_view(bytes).substr(at, kEntryBytes);
    pairs.emplace_back(entry.substr(0, sizeof(Digest)), entry.substr(sizeof(Digest)));
  }
  if (pairs.size() >= bulk_entries) return store_.kv().bulk_load(Family::identities, pairs);
  for (const auto& [key, value] : pairs) batch.put(Family::identities, key, value);
}

void IdentityIndex::confirm() { frozen_.clear(); }

}  // namespace tidemark
