#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tidemark/time.hpp>

#include "store/kv.hpp"
#include "store/recent_record.hpp"

namespace tidemark {

/// What a store remembers of one definition of a recent: which groups' records follow it, and how far it was built from the
/// raw spans that survived when it was declared.
struct RecentRecord {
  RecentId id = 0;
  std::string name;
  std::string meaning;  ///< recent_meaning() of the definition that its groups follow.
  std::uint32_t keep = 0;
  std::optional<Micros> window;
  std::uint64_t fill_next = 0;  ///< The next block to be built from; fill_end when all are.
  std::uint64_t fill_end = 0;

  bool is_filled() const { return fill_next >= fill_end; }
};

/// All that decides what a group's record holds, but for how much of it: two definitions that differ in it have different
/// groups, things or columns.
std::string recent_meaning(const Schema& schema, const RecentDef& recent);

/// By id. StoreError when one is damaged or of a newer version.
std::vector<RecentRecord> load_recent_records(const KvStore& kv);
void put_recent_record(KvBatch& batch, const RecentRecord& record);
void erase_recent_record(KvBatch& batch, RecentId id);

/// Which records the recents of `schema` follow, by their index. None: its definition is not in the store yet.
std::vector<std::optional<RecentId>> recent_ids(const KvStore& kv, const Schema& schema);

}  // namespace tidemark
