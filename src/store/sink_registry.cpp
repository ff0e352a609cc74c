#include "store/sink_registry.hpp"

#include <algorithm>

namespace tidemark {

std::vector<meta::Sink> SinkRegistry::all() {
  const std::lock_guard lock(mutex_);
  return sinks_;
}

std::uint16_t SinkRegistry::find_or_add(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto known = std::find_if(sinks_.begin(), sinks_.end(), [&](const meta::Sink& s) { return s.name == name; });
  if (known != sinks_.end()) return static_cast<std::uint16_t>(known - sinks_.begin());
  sinks_.push_back({name, std::nullopt, false});
  save();
  return static_cast<std::uint16_t>(sinks_.size() - 1);
}

void SinkRegistry::update(std::uint16_t id, const meta::Sink& sink) {
  const std::lock_guard lock(mutex_);
  sinks_[id] = sink;
  save();
}

void SinkRegistry::forget_marks(const KvStore& kv, KvBatch& batch) {
  auto sinks = meta::load_sinks(kv);
  for (meta::Sink& sink : sinks) sink.marked = false;
  if (!sinks.empty()) meta::put_sinks(batch, sinks);
}

void SinkRegistry::save() {
  KvBatch batch;
  meta::put_sinks(batch, sinks_);
  kv_.commit(batch, KvStore::Durability::synced);
}

}  // namespace tidemark
