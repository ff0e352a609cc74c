#include "rollup/identity_index.hpp"

#include <algorithm>
#include <numeric>

namespace tidemark {
namespace {

constexpr std::size_t kInitialSlots = 1024;
/// From here on a file of its own is cheaper than the write-ahead log and the memtable.
constexpr std::size_t kBulkEntries = 20'000;

/// Sorts by eight bytes at hand instead of sixteen far away; ties among those are next to unheard of.
template <typename Item, typename DigestOf>
void sort_by_digest(std::vector<Item>& items, const DigestOf& digest_of_item) {
  std::vector<std::pair<std::uint64_t, Item>> keyed;
  keyed.reserve(items.size());
  for (const Item& item : items) keyed.emplace_back(digest_of_item(item).sort_prefix(), item);
  std::sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : digest_of_item(a.second) < digest_of_item(b.second);
  });
  for (std::size_t i = 0; i < items.size(); ++i) items[i] = keyed[i].second;
}

std::string encode(const IdentityIndex::Entry& entry) {
  std::string out;
  put_little_endian(out, entry.fingerprint);
  put_little_endian(out, entry.keep_until_minutes);
  return out;
}

}  // namespace

IdentityIndex::IdentityIndex(const Store& store) : store_(store) { clear(); }

std::uint32_t IdentityIndex::minutes_of(Instant t) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>((t.us + 59'999'999) / 60'000'000, 0, UINT32_MAX));
}

std::size_t IdentityIndex::slot_of(const Digest& identity) const {
  const std::size_t mask = entries_.size() - 1;
  std::size_t slot = identity.prefix() & mask;
  while (taken_[slot] != 0 && entries_[slot].identity != identity) slot = (slot + 1) & mask;
  return slot;
}

const IdentityIndex::Entry* IdentityIndex::look_up(const Digest& identity) const {
  const std::size_t slot = slot_of(identity);
  return taken_[slot] != 0 ? &entries_[slot] : nullptr;
}

IdentityIndex::Found IdentityIndex::find(const std::vector<Digest>& identities, Instant now) const {
  Found result;
  auto& found = result.accepted;
  found.resize(identities.size());
  std::vector<std::size_t> unknown;
  for (std::size_t i = 0; i < identities.size(); ++i) {
    if (const Entry* entry = look_up(identities[i]))
      found[i] = entry->fingerprint;
    else
      unknown.push_back(i);
  }
  sort_by_digest(unknown, [&](std::size_t i) -> const Digest& { return identities[i]; });
  std::vector<std::string_view> keys;
  keys.reserve(unknown.size());
  for (const std::size_t i : unknown) {
    result.repeats |= !keys.empty() && keys.back() == identities[i].view();
    keys.push_back(identities[i].view());
  }
  const auto values = store_.kv().get_many(Family::identities, keys);
  const std::uint32_t now_minutes = static_cast<std::uint32_t>(now.us / 60'000'000);
  for (std::size_t k = 0; k < unknown.size(); ++k) {
    if (!values[k]) continue;
    ByteReader in(*values[k]);
    const auto fingerprint = in.little_endian<std::uint32_t>();
    if (in.little_endian<std::uint32_t>() >= now_minutes) found[unknown[k]] = fingerprint;
  }
  return result;
}

void IdentityIndex::add(const Entry& entry) {
  const std::size_t slot = slot_of(entry.identity);
  if (taken_[slot] != 0) return;
  entries_[slot] = entry;
  taken_[slot] = 1;
  if (++used_ * 2 > entries_.size()) grow();
}

void IdentityIndex::grow() {
  std::vector<Entry> entries(entries_.size() * 2);
  std::vector<std::uint8_t> taken(entries.size());
  entries_.swap(entries);
  taken_.swap(taken);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (taken[i] == 0) continue;
    const std::size_t slot = slot_of(entries[i].identity);
    entries_[slot] = entries[i];
    taken_[slot] = 1;
  }
}

void IdentityIndex::write(KvBatch& batch) {
  std::vector<const Entry*> sorted;
  sorted.reserve(used_);
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (taken_[i] != 0) sorted.push_back(&entries_[i]);
  if (sorted.size() < kBulkEntries) {
    for (const Entry* entry : sorted) batch.put(Family::identities, entry->identity.view(), encode(*entry));
    return;
  }
  sort_by_digest(sorted, [](const Entry* entry) -> const Digest& { return entry->identity; });
  std::string values;
  values.reserve(sorted.size() * 8);
  for (const Entry* entry : sorted) values += encode(*entry);
  std::vector<std::pair<std::string_view, std::string_view>> entries;
  entries.reserve(sorted.size());
  for (std::size_t i = 0; i < sorted.size(); ++i)
    entries.emplace_back(sorted[i]->identity.view(), std::string_view(values).substr(i * 8, 8));
  store_.kv().bulk_load(Family::identities, entries);
}

void IdentityIndex::clear() {
  entries_.assign(kInitialSlots, {});
  taken_.assign(kInitialSlots, 0);
  used_ = 0;
}

}  // namespace tidemark
