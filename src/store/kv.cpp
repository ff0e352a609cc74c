#include "store/kv.hpp"

namespace tidemark {

std::string_view name_of(Family family) {
  static constexpr std::array<std::string_view, kFamilies> kNames = {
      "meta", "log", "log_index", "identities", "buckets", "computed", "pending", "dimensions", "guards",
      "recents", "views", "refreshes", "tables"};
  return kNames[static_cast<std::size_t>(family)];
}

void KvBatch::put(Family family, std::string_view key, std::string_view value) {
  changes_.push_back({family, false, arena_.size(), key.size(), arena_.size() + key.size(), value.size()});
  arena_.append(key).append(value);
}

void KvBatch::erase(Family family, std::string_view key) {
  changes_.push_back({family, true, arena_.size(), key.size(), arena_.size() + key.size(), 0});
  arena_.append(key);
}

void KvBatch::append(KvBatch&& other) {
  if (empty()) {
    *this = std::move(other);
    return;
  }
  const std::size_t offset = arena_.size();
  arena_.append(other.arena_);
  for (Change change : other.changes_) {
    change.key_at += offset;
    change.value_at += offset;
    changes_.push_back(change);
  }
  other = {};
}

void KvBatch::clear() {
  arena_.clear();
  changes_.clear();
}

}  // namespace tidemark
