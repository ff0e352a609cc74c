#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/kv.hpp"

/// What every storage engine must do, whatever it is made of: src/store/kv.hpp as tests.
namespace tidemark::conformance {

/// An empty place for a store, made for one test and removed after it.
class KvPlace {
 public:
  virtual ~KvPlace() = default;
  /// Opens what is there, or makes it. One at a time.
  virtual std::unique_ptr<KvStore> open() = 0;
  /// Opens a copy of what a kill of the process that has the store open would leave.
  virtual std::unique_ptr<KvStore> open_killed() = 0;
  /// Notes that all commits until now were synced.
  virtual void note_synced() = 0;
  /// Opens, one after the other, copies of what a power loss may leave: what was synced and more or less of what came
  /// after it, from the least to all of it.
  virtual void each_power_loss(const std::function<void(KvStore&)>& take) = 0;
  /// From now on nothing of 1 MB and more can be written, until the guard that is returned is gone.
  virtual std::shared_ptr<void> full_disk() = 0;
};

/// With entries at hand.
void bulk_load(KvStore& kv, Family family, const std::vector<std::pair<std::string, std::string>>& entries);

struct KvCase {
  std::string name;
  std::function<void(KvPlace&)> run;
};
/// Each runs in a place of its own.
const std::vector<KvCase>& kv_cases();

}  // namespace tidemark::conformance
