#pragma once
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/key.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Which values of guarded dimensions have been admitted, per rollup, dimension, owner and hour. What was once admitted
/// stays so; past the limit nothing new is. New admissions become the store's with the batch that first uses them.
/// Threads: one at a time (whoever prepares the writer's next block).
class GuardIndex {
 public:
  explicit GuardIndex(const Store& store) : store_(store) {}

  /// Whether `value` counts for itself in the hour of `time`, or as `__other__`.
  bool admit(int rollup, const GuardDef& guard, const DimensionValue* owner, Instant time, const DimensionValue& value);

  void write(KvBatch& batch) const;
  /// As DimensionIndex.
  void confirm() { new_.clear(); }
  void trim();

 private:
  using Admitted = std::unordered_set<Digest, DigestHash>;
  Admitted& admitted(const std::string& prefix);

  const Store& store_;
  std::unordered_map<std::string, Admitted> hours_;
  std::vector<std::pair<std::string, Digest>> new_;
};

/// A guarded value before its limit is asked: garbage taken out, patterns applied, `__other__` escaped.
/// `replaced` counts what became `__other__` because no pattern allows it.
DimensionValue apply_patterns(const GuardDef& guard, DimensionValue value, std::uint64_t& replaced);

}  // namespace tidemark
