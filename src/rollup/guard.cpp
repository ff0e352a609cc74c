#include "rollup/guard.hpp"

#include <algorithm>

#include "model/normalise.hpp"
#include "model/text.hpp"

namespace tidemark {
namespace {

/// Hours kept in memory. More than are open at a time; older ones come back from the store when they are asked for.
constexpr std::size_t kCachedHours = 4096;

bool allowed(const GuardDef& guard, std::string_view value) {
  return guard.allow.empty() || std::any_of(guard.allow.begin(), guard.allow.end(),
                                            [&](const std::string& glob) { return glob_matches(glob, value); });
}

}  // namespace

DimensionValue apply_patterns(const GuardDef& guard, DimensionValue value, std::uint64_t& replaced) {
  if (!value.is_set) {
    if (guard.normalise) value.text = normalise_text(value.text);
    if (!allowed(guard, value.text)) {
      ++replaced;
      value.text = kOther;
    } else {
      value.text = escape_other(value.text);
    }
    return value;
  }
  if (guard.normalise) value.labels = normalise_labels(value.labels);
  const std::size_t before = value.labels.size();
  std::erase_if(value.labels, [&](const std::string& label) { return !allowed(guard, label); });
  replaced += before - value.labels.size();
  for (std::string& label : value.labels) label = escape_other(label);
  return value;
}

GuardIndex::Admitted& GuardIndex::admitted(const std::string& prefix) {
  const auto known = hours_.find(prefix);
  if (known != hours_.end()) return known->second;
  Admitted& set = hours_[prefix];
  const auto cursor = store_.kv().cursor(Family::guards);
  for (cursor->seek(prefix); cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
    Digest digest;
    std::memcpy(digest.bytes.data(), cursor->key().substr(prefix.size()).data(), digest.bytes.size());
    set.insert(digest);
  }
  return set;
}

bool GuardIndex::admit(int rollup, const GuardDef& guard, const DimensionValue* owner, Instant time,
                       const DimensionValue& value) {
  if (guard.limit == 0) return true;
  const Digest owner_digest = owner != nullptr ? key_digest(canonical_key({*owner})) : Digest{};
  const std::string prefix =
      guard_prefix(store_.map().rollup_id(rollup), static_cast<std::uint8_t>(guard.dimension),
                   to_minutes(window_start(time, hours(1))), owner_digest);
  Admitted& set = admitted(prefix);
  const Digest digest = key_digest(canonical_key({value}));
  if (set.contains(digest)) return true;
  if (set.size() >= guard.limit) return false;
  set.insert(digest);
  new_.emplace_back(prefix, digest);
  return true;
}

void GuardIndex::write(KvBatch& batch) const {
  for (const auto& [prefix, digest] : new_) batch.put(Family::guards, prefix + std::string(digest.view()), {});
}

void GuardIndex::trim() {
  if (hours_.size() > kCachedHours) hours_.clear();
}

}  // namespace tidemark
