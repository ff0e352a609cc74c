#include "rollup/dimension_index.hpp"

namespace tidemark {
namespace {

constexpr std::string_view kNext = "n";
/// Past this many the cache starts afresh; the store answers then.
constexpr std::size_t kCachedIds = 200'000;

template <typename Number>
std::string number(Number n) {
  std::string out;
  put_big_endian(out, n);
  return out;
}

}  // namespace

DimensionIndex::DimensionIndex(const Store& store) : store_(store) {
  if (const auto next = store.kv().get(Family::dimensions, kNext)) {
    ByteReader in(*next);
    next_lead_ = in.big_endian<std::uint32_t>();
    next_number_ = in.big_endian<std::uint32_t>();
  }
}

std::span<const DimensionsId> DimensionIndex::ids_of(std::span<const std::string_view> canonical) {
  known_.intern_all(canonical, asked_);
  ids_.resize(known_.size());
  answer_.clear();
  for (std::size_t i = 0; i < canonical.size(); ++i) {
    const auto known = static_cast<std::size_t>(asked_[i]);
    if (ids_[known] == 0) ids_[known] = stored_or_new(known, key_digest(canonical[i]));
    answer_.push_back(ids_[known]);
  }
  return answer_;
}

DimensionsId DimensionIndex::stored_or_new(std::size_t known, const Digest& digest) {
  if (const auto stored = store_.kv().get(Family::dimensions, dimensions_by_digest(digest)))
    return ByteReader(*stored).big_endian<std::uint64_t>();
  const std::string_view canonical = known_[static_cast<std::int64_t>(known)];
  const DimensionsId id = static_cast<DimensionsId>(lead_of_value(first_of_key(canonical))) << 32 | next_number_++;
  new_ids_.push_back({digest, id, known});
  return id;
}

std::uint32_t DimensionIndex::lead_of_value(std::string_view canonical) {
  const Digest digest = key_digest(canonical);
  if (const auto known = leads_.find(digest); known != leads_.end()) return known->second;
  if (const auto stored = store_.kv().get(Family::dimensions, lead_by_digest(digest)))
    return leads_[digest] = ByteReader(*stored).big_endian<std::uint32_t>();
  new_leads_.emplace_back(digest, next_lead_);
  return leads_[digest] = next_lead_++;
}

void DimensionIndex::write(KvBatch& batch) const {
  if (new_ids_.empty()) return;
  for (const New& entry : new_ids_) {
    batch.put(Family::dimensions, dimensions_by_digest(entry.digest), number(entry.id));
    batch.put(Family::dimensions, dimensions_by_id(entry.id), known_[static_cast<std::int64_t>(entry.known)]);
  }
  for (const auto& [digest, lead] : new_leads_) batch.put(Family::dimensions, lead_by_digest(digest), number(lead));
  batch.put(Family::dimensions, kNext, number(next_lead_) + number(next_number_));
}

void DimensionIndex::confirm() {
  new_ids_.clear();
  new_leads_.clear();
}

void DimensionIndex::trim() {
  if (ids_.size() > kCachedIds) {
    known_ = TextDictionary();
    ids_.clear();
  }
  if (leads_.size() > kCachedIds) leads_.clear();
}

}  // namespace tidemark
