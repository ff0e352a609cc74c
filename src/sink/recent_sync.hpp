#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/recent.hpp"
#include "sink/sink.hpp"
#include "store/recent_record.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Sends a sink the uses of recents that wait for it, and erases their marks. A mark says from which block on a group's uses
/// have to go; one that comes meanwhile is of a later block, has another key, and stays. At the sink uses merge to the later
/// one, so sending again, and copies of this store that send the same, change nothing there.
/// Threads: one at a time for a sink. Errors: SinkError from the sink, StoreError; transactions before it are done, and
/// their marks erased.
class RecentSync {
 public:
  /// `at`: what is read, marks and uses.
  RecentSync(const Store& store, Sink& sink, std::uint16_t sink_id, SnapshotPtr at, std::size_t uses_per_transaction);

  struct Sent {
    std::uint64_t uses = 0;  ///< The sink has confirmed them.
    std::uint64_t transactions = 0;
    bool gave_way = false;  ///< It ended early; another run goes on.
  };
  /// Sends what waits. `gives_way` is asked before marks are made good: true ends it early; none: it goes to its end.
  Sent run_once(const std::function<bool()>& gives_way = {});

  /// Marks every group that the store holds, as of now.
  static void mark_everything(const Store& store, std::uint16_t sink_id);

 private:
  /// What goes in one transaction, all of one recent.
  struct Outgoing {
    std::vector<RecentUse> uses;
    std::vector<std::string> marks;  ///< Keys of those that the uses make good.
  };
  void load(int recent, const RecentMark& mark);
  void send(int recent, const std::function<bool()>& gives_way);

  const Store& store_;
  Sink& sink_;
  std::uint16_t sink_id_;
  SnapshotPtr at_;
  std::size_t uses_per_transaction_;
  std::vector<std::optional<RecentId>> ids_;  // by recent
  Outgoing outgoing_;
  Sent sent_;
};

}  // namespace tidemark
