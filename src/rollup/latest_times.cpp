#include "rollup/latest_times.hpp"

#include <algorithm>

#include "store/block.hpp"

namespace tidemark {
namespace {

/// With more blocks to read about than this, looking for what may not be there is the cheaper way.
constexpr std::uint64_t kMostBlocks = 100'000;

}  // namespace

LatestTimes::LatestTimes(const Store& store) : store_(store), latest_(store.schema().sources.size(), kUnknown) {}

const std::vector<Instant>& LatestTimes::before(std::uint64_t sequence) {
  if (store_.epoch_of(sequence) != epoch_ || sequence < next_) begin_epoch_of(sequence);
  known_ &= sequence - next_ <= kMostBlocks;
  if (known_ && next_ == sequence) return latest_;
  if (known_) read_up_to(sequence);
  if (!known_) std::fill(latest_.begin(), latest_.end(), kUnknown);
  return latest_;
}

void LatestTimes::read_up_to(std::uint64_t sequence) {
  store_.scan_log_index(next_, sequence, [&](std::uint64_t block, const BlockSummary& summary) {
    known_ &= block == next_++;
    for (const BlockSummary::Source& source : summary.sources) {
      const int index = store_.map().source_of(source.id);
      if (index < 0) continue;  // no rollup has its spans any more
      Instant& latest = latest_[static_cast<std::size_t>(index)];
      latest = std::max(latest, source.last);
    }
    return known_;
  });
  known_ &= next_ == sequence;
}

void LatestTimes::begin_epoch_of(std::uint64_t sequence) {
  epoch_ = store_.epoch_of(sequence);
  const auto& epochs = store_.epochs();
  next_ = std::find_if(epochs.begin(), epochs.end(), [&](const auto& e) { return e.number == epoch_; })->start;
  known_ = true;
  std::fill(latest_.begin(), latest_.end(), kNone);
}

}  // namespace tidemark
