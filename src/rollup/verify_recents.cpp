#include "rollup/verify_recents.hpp"

#include "model/key.hpp"
#include "rollup/recent_table.hpp"
#include "rollup/verify.hpp"
#include "store/recent_catalog.hpp"

namespace tidemark {
namespace {

constexpr std::uint64_t kSpansPerChunk = 200'000;

class RecentVerification {
 public:
  RecentVerification(const Store& store, const SnapshotPtr& at, VerifyReport& report)
      : store_(store), at_(at), report_(report), table_(store), complete_(store.schema().recents.size()) {
    for (const RecentRecord& record : load_recent_records(store.kv())) {
      const int index = store.schema().recent_index(record.name);
      if (index < 0) continue;
      // Of a longer list that is declared and not filled yet, the records hold what the shorter one had.
      const RecentDef& def = store.schema().recents[static_cast<std::size_t>(index)];
      complete_[static_cast<std::size_t>(index)] = record.is_filled() && record.keep == def.keep;
    }
  }

  void run(std::uint64_t end, const Progress& progress) {
    std::uint64_t spans = 0;
    store_.scan_log(
        0, end,
        [&](std::uint64_t sequence, std::string_view block) {
          const Commit commit = decode_block(block, store_.map());
          table_.fold(commit, sequence);
          if ((spans += commit.spans()) < kSpansPerChunk) return true;
          spans = 0;
          compare();
          if (progress) progress("verify recents", sequence + 1, end);
          return true;
        },
        at_);
    compare();
  }

 private:
  using Standing = RecentTable::Standing;

  void compare() {
    table_.freeze();
    table_.compare(at_, [&](int recent, const std::string& group, Standing standing) {
      const RecentDef& def = store_.schema().recents[static_cast<std::size_t>(recent)];
      if (!complete_[static_cast<std::size_t>(recent)]) return;
      // A group that nobody used within the window is dropped, and may have been used again since.
      if (standing != Standing::holds_all && def.window) return;
      ++report_.groups_checked;
      if (standing == Standing::holds_all) return;
      add_mismatch(report_, def.name + " " + in_words(parse_key(group)) +
                                (standing == Standing::is_missing ? ": has spans in the log and no record"
                                                                  : ": lacks uses that are in the log"));
    });
    static_cast<void>(table_.confirm());
  }

  const Store& store_;
  const SnapshotPtr& at_;
  VerifyReport& report_;
  RecentTable table_;
  std::vector<bool> complete_;  ///< By recent.
};

}  // namespace

void verify_recents(const Store& store, std::uint64_t end, const SnapshotPtr& at, VerifyReport& report,
                    const Progress& progress) {
  if (!store.schema().recents.empty()) RecentVerification(store, at, report).run(end, progress);
}

}  // namespace tidemark
