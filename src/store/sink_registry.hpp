#pragma once
#include <mutex>
#include <string>
#include <vector>

#include "store/kv.hpp"
#include "store/meta.hpp"

namespace tidemark {

/// The sinks that this store has been synced to, and thereby who gets pending marks.
/// Whoever raises a computed_counter holds lock() from reading size() until its marks are committed; so a sink that is
/// added has either a mark for that bucket, or finds the bucket when it marks everything that exists.
/// Threads: any.
class SinkRegistry {
 public:
  explicit SinkRegistry(KvStore& kv) : kv_(kv), sinks_(meta::load_sinks(kv)) {}

  [[nodiscard]] std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex_); }
  /// Only while lock() is held.
  std::size_t size() const { return sinks_.size(); }

  std::vector<meta::Sink> all();
  /// The id of the sink of that name; it is registered when it is new, durably.
  std::uint16_t find_or_add(const std::string& name);
  /// Replaces a sink's record, durably.
  void update(std::uint16_t id, const meta::Sink& sink);
  /// Every row has to go to every sink again, because definitions changed. Goes with the batch.
  static void forget_marks(const KvStore& kv, KvBatch& batch);

 private:
  void save();

  KvStore& kv_;
  std::mutex mutex_;
  std::vector<meta::Sink> sinks_;
};

}  // namespace tidemark
