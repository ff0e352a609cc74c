#pragma once
#include <cstdint>
#include <limits>
#include <vector>

#include "store/store.hpp"

namespace tidemark {

/// Of each source the latest time of an epoch's spans before a place in the log. A bucket that starts after it has no span
/// there, so nothing is stored that a pass from that place on would have to look for. Reads the log's index, each record
/// once. Where retention has dropped blocks of the epoch, or too many would have to be read about, nothing is known.
/// One thread at a time.
class LatestTimes {
 public:
  /// For nothing to be known.
  static constexpr Instant kUnknown{std::numeric_limits<std::int64_t>::max()};
  /// For no span at all.
  static constexpr Instant kNone{std::numeric_limits<std::int64_t>::min()};

  explicit LatestTimes(const Store& store);

  /// By source: of the spans before `sequence`, in its epoch.
  const std::vector<Instant>& before(std::uint64_t sequence);

 private:
  void begin_epoch_of(std::uint64_t sequence);
  void read_up_to(std::uint64_t sequence);

  const Store& store_;
  std::vector<Instant> latest_;
  std::uint32_t epoch_ = 0;  ///< None: epochs begin with 1.
  std::uint64_t next_ = 0;   ///< The first block that is not read yet.
  bool known_ = false;
};

}  // namespace tidemark
