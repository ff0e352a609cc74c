#include "sink/recent_sync.hpp"

#include <algorithm>

#include "store/recent_catalog.hpp"

namespace tidemark {
namespace {

/// Marks of a sink that is new are added in commits of so many.
constexpr std::size_t kMarksPerCommit = 10'000;
/// A transaction's marks, at most: groups whose records are gone have some, and no uses.
constexpr std::size_t kMarksPerTransaction = 10'000;

}  // namespace

RecentSync::RecentSync(const Store& store, Sink& sink, std::uint16_t sink_id, SnapshotPtr at,
                       std::size_t uses_per_transaction)
    : store_(store),
      sink_(sink),
      sink_id_(sink_id),
      at_(std::move(at)),
      uses_per_transaction_(uses_per_transaction),
      ids_(recent_ids(store.kv(), store.schema())) {}

void RecentSync::mark_everything(const Store& store, std::uint16_t sink_id) {
  const std::string prefix(1, kRecentGroups);
  const auto cursor = store.kv().cursor(Family::recents, store.kv().snapshot());
  KvBatch batch;
  for (cursor->seek(prefix); cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
    const RecentMark mark{sink_id, id_of_recent_group(cursor->key()), digest_of_recent_group(cursor->key()), 0};
    batch.put(Family::recents, encode(mark), {});
    if (batch.changes().size() < kMarksPerCommit) continue;
    store.kv().commit(batch, KvStore::Durability::later);
    batch.clear();
  }
  if (!batch.empty()) store.kv().commit(batch, KvStore::Durability::later);
}

RecentSync::Sent RecentSync::run_once(const std::function<bool()>& gives_way) {
  const std::string prefix = recent_marks_of(sink_id_);
  outgoing_ = {};
  sent_ = {};
  std::optional<RecentMark> before;
  int recent = -1;
  const auto cursor = store_.kv().cursor(Family::recents, at_);
  for (cursor->seek(prefix); cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
    const RecentMark mark = parse_recent_mark(cursor->key());
    const bool same_recent = before && before->id == mark.id;
    // A group's first mark is its earliest, and says it all.
    if (!same_recent || before->group != mark.group) {
      const bool full =
          outgoing_.uses.size() >= uses_per_transaction_ || outgoing_.marks.size() >= kMarksPerTransaction;
      if (full || !same_recent) send(recent, gives_way);
      if (sent_.gave_way) return sent_;
      const auto known = std::find(ids_.begin(), ids_.end(), std::optional(mark.id));
      recent = known == ids_.end() ? -1 : static_cast<int>(known - ids_.begin());
      if (recent >= 0) load(recent, mark);
    }
    outgoing_.marks.emplace_back(cursor->key());
    before = mark;
  }
  send(recent, gives_way);
  return sent_;
}

/// A group that is gone has nothing to send.
void RecentSync::load(int recent, const RecentMark& mark) {
  const auto record = store_.kv().get(Family::recents, recent_group_key(mark.id, mark.group), at_);
  if (!record) return;
  const RecentDef& def = store_.schema().recents[static_cast<std::size_t>(recent)];
  const SourceDef& source = store_.schema().sources[static_cast<std::size_t>(def.source)];
  for (RecentGroupReader reader(*record, source, def); reader.left() > 0;) {
    const PackedUse use = reader.next();
    if (use.sequence >= mark.from) outgoing_.uses.push_back(unpack(source, def, reader.group(), use));
  }
}

void RecentSync::send(int recent, const std::function<bool()>& gives_way) {
  if (outgoing_.marks.empty()) return;
  sent_.gave_way = gives_way && gives_way();
  if (sent_.gave_way) return;
  Outgoing going;
  std::swap(going, outgoing_);
  for (std::size_t at = 0; at < going.uses.size(); at += uses_per_transaction_) {
    const std::size_t n = std::min(uses_per_transaction_, going.uses.size() - at);
    sink_.upsert_recents(recent, std::span(going.uses).subspan(at, n));
    sent_.uses += n;
    ++sent_.transactions;
  }
  KvBatch batch;
  for (const std::string& mark : going.marks) batch.erase(Family::recents, mark);
  store_.kv().commit(batch, KvStore::Durability::later);
}

}  // namespace tidemark
