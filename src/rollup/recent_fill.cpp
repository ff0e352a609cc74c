#include "rollup/recent_fill.hpp"

#include <algorithm>
#include <set>

#include "rollup/recent_table.hpp"
#include "store/meta.hpp"
#include "store/recent_catalog.hpp"

namespace tidemark {
namespace {

constexpr std::uint64_t kChunkSpans = 200'000;
/// Groups and marks are erased in batches of about this many.
constexpr std::size_t kBatchKeys = 10'000;

bool reaches_further(const RecentDef& recent, const RecentRecord& record) {
  const bool longer = record.window && (!recent.window || *recent.window > *record.window);
  return recent.keep > record.keep || longer;
}

bool is_as_declared(const RecentDef& recent, const RecentRecord& record) {
  return recent.keep == record.keep && recent.window == record.window && record.is_filled();
}

/// What has to change for the definitions at hand.
struct Plan {
  std::vector<RecentRecord> gone;
  std::vector<RecentRecord> changed;  ///< As they are to be.

  bool empty() const { return gone.empty() && changed.empty(); }
};

Plan plan_of(const Store& store) {
  Plan plan;
  const Schema& schema = store.schema();
  const std::uint64_t checkpoint = meta::load_position(store.kv(), meta::Reader::checkpoint);
  std::set<std::string> known;
  RecentId next = 1;
  for (RecentRecord& record : load_recent_records(store.kv())) {
    next = std::max(next, record.id + 1);
    const int index = schema.recent_index(record.name);
    const RecentDef* recent = index < 0 ? nullptr : &schema.recents[static_cast<std::size_t>(index)];
    if (recent == nullptr || recent_meaning(schema, *recent) != record.meaning) {
      plan.gone.push_back(std::move(record));
      continue;
    }
    known.insert(record.name);
    if (is_as_declared(*recent, record)) continue;
    if (reaches_further(*recent, record)) {
      record.fill_next = 0;
      record.fill_end = checkpoint;
    }
    record.keep = recent->keep;
    record.window = recent->window;
    plan.changed.push_back(std::move(record));
  }
  for (const RecentDef& recent : schema.recents)
    if (!known.contains(recent.name))
      plan.changed.push_back(
          {next++, recent.name, recent_meaning(schema, recent), recent.keep, recent.window, 0, checkpoint});
  return plan;
}

/// Erases the keys with a prefix for which `wanted(key)` is true.
template <typename Wanted>
void erase_all(KvStore& kv, const std::string& prefix, const Wanted& wanted) {
  KvBatch batch;
  const auto commit = [&](std::size_t at_least) {
    if (batch.changes().size() < at_least) return;
    kv.commit(batch, KvStore::Durability::later);
    batch.clear();
  };
  const auto cursor = kv.cursor(Family::recents);
  for (cursor->seek(prefix); cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
    if (!wanted(cursor->key())) continue;
    batch.erase(Family::recents, cursor->key());
    commit(kBatchKeys);
  }
  commit(1);
}

/// The definition's record goes last: until then it says what is still to be erased.
void erase(KvStore& kv, const std::vector<RecentRecord>& gone) {
  if (gone.empty()) return;
  for (const RecentRecord& record : gone)
    erase_all(kv, recent_groups_of(record.id), [](std::string_view) { return true; });
  erase_all(kv, std::string(1, kRecentMarks), [&](std::string_view key) {
    const RecentId id = parse_recent_mark(key).id;
    return std::any_of(gone.begin(), gone.end(), [&](const RecentRecord& record) { return record.id == id; });
  });
  KvBatch batch;
  for (const RecentRecord& record : gone) erase_recent_record(batch, record.id);
  kv.commit(batch, KvStore::Durability::later);
}

/// Builds what is not filled yet, block by block.
class RecentFill {
 public:
  explicit RecentFill(const Store& store) : store_(store), table_(store), sinks_(meta::load_sinks(store.kv()).size()) {
    for (RecentRecord& record : load_recent_records(store.kv()))
      if (!record.is_filled()) due_.push_back(std::move(record));
    for (const RecentRecord& record : due_) {
      const int recent = store.schema().recent_index(record.name);
      sources_.insert(store.map().source_id(store.schema().recents[static_cast<std::size_t>(recent)].source));
    }
  }

  void run(const Progress& progress) {
    if (due_.empty()) return;
    std::uint64_t next = due_.front().fill_next;
    std::uint64_t end = 0;
    for (const RecentRecord& record : due_) {
      next = std::min(next, record.fill_next);
      end = std::max(end, record.fill_end);
    }
    while (next < end) {
      next = fill_chunk(next, end);
      if (progress) progress("fill", next, end);
    }
  }

 private:
  /// Blocks of other sources are not read. Returns where to go on.
  std::uint64_t fill_chunk(std::uint64_t from, std::uint64_t end) {
    std::uint64_t spans = 0;
    std::uint64_t next = end;
    store_.scan_log_index(from, end, [&](std::uint64_t sequence, const BlockSummary& summary) {
      if (spans >= kChunkSpans) {
        next = sequence;
        return false;
      }
      const bool is_wanted = std::any_of(summary.sources.begin(), summary.sources.end(),
                                         [&](const BlockSummary::Source& s) { return sources_.contains(s.id); });
      if (!is_wanted) return true;
      if (const auto block = store_.kv().get(Family::log, sequence_key(sequence)))
        table_.fold(decode_block(*block, store_.map()), sequence);
      spans += summary.spans();
      return true;
    });
    write(next);
    return next;
  }

  void write(std::uint64_t next) {
    table_.freeze();
    KvBatch batch;
    table_.write(batch, sinks_);
    for (RecentRecord& record : due_) {
      record.fill_next = std::max(record.fill_next, std::min(next, record.fill_end));
      put_recent_record(batch, record);
    }
    store_.kv().commit(batch, KvStore::Durability::later);
    static_cast<void>(table_.confirm());
  }

  const Store& store_;
  RecentTable table_;
  std::size_t sinks_;
  std::vector<RecentRecord> due_;
  std::set<std::uint16_t> sources_;  ///< Their ids.
};

}  // namespace

bool recent_fill_is_due(const Store& store) { return !plan_of(store).empty(); }

void run_recent_fill(const Store& store, const Progress& progress) {
  const Plan plan = plan_of(store);
  if (plan.empty()) return;
  // What is new has a record before anything is erased, so that no two definitions ever have one number. What is half
  // erased means nothing any more, so that it does not count as complete when its definition comes back.
  KvBatch batch;
  for (const RecentRecord& record : plan.changed) put_recent_record(batch, record);
  for (RecentRecord record : plan.gone) {
    record.meaning.clear();
    put_recent_record(batch, record);
  }
  if (!batch.empty()) store.kv().commit(batch, KvStore::Durability::synced);
  erase(store.kv(), plan.gone);
  RecentFill(store).run(progress);
}

}  // namespace tidemark
