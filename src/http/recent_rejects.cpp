#include "http/recent_rejects.hpp"

namespace tidemark::http {

void RecentRejects::add(Instant at, std::string_view route, const std::vector<Rejection>& examples) {
  if (examples.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const Rejection& example : examples) {
    auto& entries = entries_[static_cast<std::size_t>(example.reason)];
    if (entries.size() == kPerReason) entries.pop_back();
    entries.push_front(
        {at,
         std::string(route),
         {example.reason, example.where.substr(0, kMaxTextBytes), example.message.substr(0, kMaxTextBytes)}});
  }
}

std::vector<RecentRejects::Entry> RecentRejects::of(RejectReason reason) const {
  const std::lock_guard lock(mutex_);
  const auto& entries = entries_[static_cast<std::size_t>(reason)];
  return {entries.begin(), entries.end()};
}

std::vector<RecentRejects::Entry> RecentRejects::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> result;
  for (const auto& entries : entries_) result.insert(result.end(), entries.begin(), entries.end());
  return result;
}

}  // namespace tidemark::http
