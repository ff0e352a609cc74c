#pragma once
#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/bucket_row.hpp"
#include "store/keys.hpp"

namespace tidemark {

/// Bucket rows by key, in memory: rows lie in the order of their insertion, found by an open-addressing index of eight
/// bytes a place, so that a look-up touches one place and one row. Those of one rollup and lead are chained, too, because
/// queries ask for them.
/// Pointers stay valid until the next insertion. One thread at a time; reading alone, any.
class RowMap {
 public:
  struct Entry {
    BucketKey key;
    WriterRow row;
    std::uint32_t neighbour;  ///< One more than the place of the entry before it in the same neighbourhood; 0: none.
  };

  /// Null when it is not there.
  const Entry* find(const BucketKey& key) const {
    if (places_.empty()) return nullptr;
    const std::uint64_t place = places_[place_of(key)];
    return place == 0 ? nullptr : &entries_[index_of(place)];
  }
  Entry* find(const BucketKey& key) { return const_cast<Entry*>(std::as_const(*this).find(key)); }

  /// `key` must not be there.
  Entry& insert(const BucketKey& key, WriterRow row) {
    if ((entries_.size() + 1) * 2 > places_.size()) grow();
    std::uint32_t& last = last_of_[neighbourhood(key.rollup, key.dimensions)];
    entries_.push_back({key, std::move(row), last});
    last = static_cast<std::uint32_t>(entries_.size());
    places_[place_of(key)] = place(key, entries_.size() - 1);
    return entries_.back();
  }

  /// The entries of a rollup whose dimensions have the same lead.
  template <typename Take>
  void for_each_neighbour(std::uint16_t rollup, DimensionsId dimensions, const Take& take) const {
    const auto last = last_of_.find(neighbourhood(rollup, dimensions));
    for (std::uint32_t at = last == last_of_.end() ? 0 : last->second; at != 0; at = entries_[at - 1].neighbour)
      take(entries_[at - 1]);
  }

  const std::vector<Entry>& entries() const { return entries_; }
  std::vector<Entry>& entries() { return entries_; }
  std::size_t size() const { return entries_.size(); }
  void clear() {
    entries_.clear();
    places_.clear();
    last_of_.clear();
  }

 private:
  static std::uint64_t neighbourhood(std::uint16_t rollup, DimensionsId dimensions) {
    return static_cast<std::uint64_t>(rollup) << 32 | (dimensions >> 32);
  }

  // A place holds the upper half of the key's hash and the entry's number plus one; 0 is free.
  static std::uint64_t place(const BucketKey& key, std::size_t index) {
    return (hash(key) & 0xffffffff00000000u) | static_cast<std::uint32_t>(index + 1);
  }
  static std::size_t index_of(std::uint64_t place) { return static_cast<std::uint32_t>(place) - 1; }
  static std::uint64_t hash(const BucketKey& key) { return BucketKeyHash{}(key) * 0x9e3779b97f4a7c15u; }

  std::size_t place_of(const BucketKey& key) const {
    const std::size_t mask = places_.size() - 1;
    const std::uint64_t h = hash(key);
    std::size_t at = (h >> 20) & mask;
    while (places_[at] != 0 && ((places_[at] ^ h) >> 32 != 0 || entries_[index_of(places_[at])].key != key))
      at = (at + 1) & mask;
    return at;
  }

  void grow() {
    places_.assign(std::max<std::size_t>(64, places_.size() * 2), 0);
    for (std::size_t i = 0; i < entries_.size(); ++i) places_[place_of(entries_[i].key)] = place(entries_[i].key, i);
  }

  std::vector<Entry> entries_;
  std::vector<std::uint64_t> places_;
  std::unordered_map<std::uint64_t, std::uint32_t> last_of_;
};

}  // namespace tidemark
