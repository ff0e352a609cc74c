#include "rollup/recent_table.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <mutex>
#include <numeric>
#include <unordered_set>

#include "rollup/row_groups.hpp"
#include "rollup/span_key.hpp"
#include "store/recent_catalog.hpp"

namespace tidemark {
namespace {

/// Groups whose stored records are read, and held, at a time.
constexpr std::size_t kGroupsPerRead = 256;
/// A checkpoint's groups go in commits of about this many bytes.
constexpr std::size_t kBatchBytes = 4u << 20;

bool is_later(const SpanColumns& columns, const std::vector<std::int64_t>& times, std::size_t a, std::size_t b) {
  return times[a] != times[b] ? times[a] > times[b] : columns.identities[a] > columns.identities[b];
}

/// Of `rows`, which ascend, the last span's row of each combination of values in `fields`.
std::vector<std::uint32_t> last_of_each(const SpanColumns& columns, const std::vector<int>& fields,
                                        const std::vector<std::int64_t>& times,
                                        const std::vector<std::uint32_t>& rows) {
  constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  std::vector<const std::vector<std::int64_t>*> values;
  for (const int field : fields) values.push_back(&columns.fields[static_cast<std::size_t>(field)]);
  const std::vector<std::uint32_t> first = first_rows_alike(values, columns.size());
  std::vector<std::uint32_t> place(columns.size(), kNone);  // in `last`, by the first row alike
  std::vector<std::uint32_t> last;
  for (const std::uint32_t row : rows) {
    std::uint32_t& at = place[first[row]];
    if (at == kNone) {
      at = static_cast<std::uint32_t>(last.size());
      last.push_back(row);
    } else if (is_later(columns, times, row, last[at])) {
      last[at] = row;
    }
  }
  return last;
}

}  // namespace

RecentGroup::Use* RecentGroup::move(std::string_view thing, Instant used_at, const Digest& identity, std::size_t keep) {
  Use use;
  use.used_at = used_at;
  use.identity = identity;
  if (is_trimmed_ && !use.is_after(oldest_)) return nullptr;
  const auto known = things_.find(thing);
  if (known == things_.end()) {
    if (things_.size() >= 2 * keep) trim(keep);
    return &things_.emplace(thing, std::move(use)).first->second;
  }
  if (!use.is_after(known->second)) return nullptr;
  known->second.used_at = used_at;
  known->second.identity = identity;
  return &known->second;
}

void RecentGroup::trim(std::size_t keep) {
  std::vector<decltype(things_)::iterator> all;
  for (auto at = things_.begin(); at != things_.end(); ++at) all.push_back(at);
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(keep);
  std::nth_element(all.begin(), std::prev(end), all.end(),
                   [](const auto& a, const auto& b) { return a->second.is_after(b->second); });
  oldest_ = (*std::prev(end))->second;
  is_trimmed_ = true;
  std::for_each(end, all.end(), [&](const auto& thing) { things_.erase(thing); });
}

std::vector<PackedUse> RecentGroup::newest(std::size_t limit, bool has_items) const {
  std::vector<decltype(things_)::const_pointer> all;
  for (const auto& thing : things_) all.push_back(&thing);
  if (limit < all.size()) {
    std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(limit), all.end(),
                     [](const auto* a, const auto* b) { return a->second.is_after(b->second); });
    all.resize(limit);
  }
  std::vector<PackedUse> uses;
  uses.reserve(all.size());
  for (const auto* thing : all) {
    const Use& use = thing->second;
    uses.push_back({use.used_at, use.identity, use.sequence, has_items ? thing->first : std::string(), use.columns});
  }
  return uses;
}

RecentTable::RecentTable(const Store& store)
    : store_(store),
      ids_(recent_ids(store.kv(), store.schema())),
      of_source_(store.schema().sources.size()),
      changed_(no_groups()),
      frozen_(no_groups()) {
  for (std::size_t r = 0; r < ids_.size(); ++r)
    if (ids_[r]) of_source_[static_cast<std::size_t>(store.schema().recents[r].source)].push_back(static_cast<int>(r));
}

void RecentTable::fold(const Commit& commit, std::uint64_t sequence) {
  for (const SpanColumns& columns : commit.sources) {
    const std::vector<int>& recents = of_source_[static_cast<std::size_t>(columns.source)];
    if (recents.empty()) continue;
    const std::unique_lock lock(mutex_);
    for (const int recent : recents) fold_recent(commit, columns, recent, sequence);
  }
}

/// Most spans use a thing that others of their commit use, too: one move does for all of them.
void RecentTable::fold_recent(const Commit& commit, const SpanColumns& columns, int recent, std::uint64_t sequence) {
  const RecentDef& def = this->def(recent);
  std::vector<std::uint32_t> rows(columns.size());
  std::iota(rows.begin(), rows.end(), 0u);
  if (!def.where.always()) {
    const std::vector<std::uint8_t> counts = matching_spans(def.where, columns, commit.texts);
    std::erase_if(rows, [&](std::uint32_t row) { return counts[row] == 0; });
  }
  if (!def.item.empty()) {
    const auto& times = columns.fields[static_cast<std::size_t>(source_of(recent).time_field)];
    std::vector<int> fields = def.per;
    fields.insert(fields.end(), def.item.begin(), def.item.end());
    rows = last_of_each(columns, fields, times, rows);
  }
  for (const std::uint32_t row : rows) move(commit, columns, recent, row, sequence);
}

void RecentTable::move(const Commit& commit, const SpanColumns& columns, int recent, std::size_t row,
                       std::uint64_t sequence) {
  const RecentDef& def = this->def(recent);
  const SourceDef& source = source_of(recent);
  key_.clear();
  append_span_key(key_, commit.texts, source, columns, def.per, row);
  RecentGroup& group = changed_.of[static_cast<std::size_t>(recent)][key_];
  key_.clear();
  append_span_key(key_, commit.texts, source, columns, def.item, row);
  const Digest& identity = columns.identities[row];
  const Instant time{columns.fields[static_cast<std::size_t>(source.time_field)][row]};
  RecentGroup::Use* use = group.move(def.item.empty() ? identity.view() : key_, time, identity, def.keep);
  if (use == nullptr) return;
  use->sequence = sequence;
  use->columns.clear();
  for (const int field : def.columns) {
    const FieldType type = source.fields[static_cast<std::size_t>(field)].type;
    const std::int64_t value = columns.fields[static_cast<std::size_t>(field)][row];
    const bool has_text = is_text(type) && value != kNull;
    put_recent_column(use->columns, type, value,
                      has_text ? commit.texts[static_cast<std::size_t>(value)] : std::string_view());
  }
}

void RecentTable::freeze() {
  const std::unique_lock lock(mutex_);
  frozen_ = std::exchange(changed_, no_groups());
}

RecentTable::Groups RecentTable::confirm() {
  const std::unique_lock lock(mutex_);
  return std::exchange(frozen_, no_groups());
}

/// A frozen group, as a checkpoint writes it.
struct RecentTable::Frozen {
  int recent;
  std::string key;  ///< In the store.
  Digest digest;
  const std::string* group;
  const RecentGroup* uses;
};

void RecentTable::each_frozen(
    const SnapshotPtr& at,
    const std::function<void(const Frozen& group, const std::optional<std::string>& stored)>& visit) const {
  // Nobody changes the frozen groups before confirm(), so they are read without the lock.
  std::vector<Frozen> groups;
  for (std::size_t r = 0; r < frozen_.of.size(); ++r)
    for (const auto& [group, uses] : frozen_.of[r]) {
      const Digest digest = key_digest(group);
      groups.push_back({static_cast<int>(r), recent_group_key(*ids_[r], digest), digest, &group, &uses});
    }
  std::sort(groups.begin(), groups.end(), [](const Frozen& a, const Frozen& b) { return a.key < b.key; });
  for (std::size_t begin = 0; begin < groups.size(); begin += kGroupsPerRead) {
    const std::size_t end = std::min(begin + kGroupsPerRead, groups.size());
    std::vector<std::string_view> keys;
    for (std::size_t g = begin; g < end; ++g) keys.push_back(groups[g].key);
    const auto stored = store_.kv().get_many(Family::recents, keys, at);
    for (std::size_t g = begin; g < end; ++g) visit(groups[g], stored[g - begin]);
  }
}

std::vector<PackedUse> RecentTable::merged(const Frozen& group, const std::optional<std::string>& stored) const {
  const RecentDef& def = this->def(group.recent);
  std::vector<PackedUse> uses = group.uses->newest(def.keep, !def.item.empty());
  if (stored)
    for (RecentGroupReader reader(*stored, source_of(group.recent), def); reader.left() > 0;)
      uses.push_back(reader.next());
  return merge_uses(std::move(uses), def.keep);
}

void RecentTable::compare(const SnapshotPtr& at,
                          const std::function<void(int recent, const std::string& group, Standing)>& take) const {
  each_frozen(at, [&](const Frozen& group, const std::optional<std::string>& stored) {
    const bool holds_all = stored && *stored == encode_recent_group(*group.group, merged(group, stored));
    take(group.recent, *group.group,
         holds_all ? Standing::holds_all
         : stored  ? Standing::lacks_some
                   : Standing::is_missing);
  });
}

void RecentTable::write(KvBatch& batch, std::size_t sinks) {
  KvBatch own;
  each_frozen({}, [&](const Frozen& group, const std::optional<std::string>& stored) {
    write_group(group, stored, own, sinks);
    if (own.bytes() < kBatchBytes) return;
    store_.kv().commit(own, KvStore::Durability::later);
    own.clear();
  });
  batch.append(std::move(own));
}

void RecentTable::write_group(const Frozen& group, const std::optional<std::string>& stored, KvBatch& batch,
                              std::size_t sinks) const {
  const std::vector<PackedUse> uses = merged(group, stored);
  const std::string record = encode_recent_group(*group.group, uses);
  if (stored == record) return;
  batch.put(Family::recents, group.key, record);
  std::unordered_set<Digest, DigestHash> known;
  if (stored)
    for (RecentGroupReader reader(*stored, source_of(group.recent), def(group.recent)); reader.left() > 0;)
      known.insert(reader.next().identity);
  std::uint64_t from = std::numeric_limits<std::uint64_t>::max();
  for (const PackedUse& use : uses)
    if (!known.contains(use.identity)) from = std::min(from, use.sequence);
  if (from == std::numeric_limits<std::uint64_t>::max()) return;
  const RecentId id = *ids_[static_cast<std::size_t>(group.recent)];
  for (std::size_t sink = 0; sink < sinks; ++sink)
    batch.put(Family::recents, encode(RecentMark{static_cast<std::uint16_t>(sink), id, group.digest, from}), {});
}

std::vector<RecentUse> RecentTable::newest(int recent, const std::string& group, std::size_t limit,
                                           std::optional<Instant> since) const {
  const auto index = static_cast<std::size_t>(recent);
  const RecentDef& def = this->def(recent);
  const SourceDef& source = source_of(recent);
  if (!ids_[index]) return {};
  limit = std::min<std::size_t>(limit, def.keep);
  std::vector<PackedUse> uses;
  {
    const std::shared_lock lock(mutex_);
    for (const Groups* groups : {&changed_, &frozen_}) {
      const auto found = groups->of[index].find(group);
      if (found == groups->of[index].end()) continue;
      std::vector<PackedUse> some = found->second.newest(limit, !def.item.empty());
      std::move(some.begin(), some.end(), std::back_inserter(uses));
    }
  }
  // Read after the memory: what leaves that in between is found here, and what is in both counts once. The newest `limit`
  // of each are enough, because a thing behind them has as many in front of it in the whole.
  const auto stored = store_.kv().get(Family::recents, recent_group_key(*ids_[index], key_digest(group)));
  if (stored) {
    RecentGroupReader reader(*stored, source, def);
    for (std::size_t n = 0; n < limit && reader.left() > 0; ++n) uses.push_back(reader.next());
  }
  std::vector<RecentUse> newest;
  for (const PackedUse& use : merge_uses(std::move(uses), limit)) {
    if (since && use.used_at < *since) break;
    newest.push_back(unpack(source, def, group, use));
  }
  return newest;
}

bool RecentTable::erase_expired(Instant now, std::size_t limit, std::string& from) {
  if (from.empty()) from = std::string(1, kRecentGroups);
  KvBatch batch;
  const auto cursor = store_.kv().cursor(Family::recents);
  cursor->seek(from);
  for (std::size_t n = 0; n < limit && cursor->valid() && cursor->key().front() == kRecentGroups; ++n, cursor->next()) {
    from = std::string(cursor->key()) + '\0';
    const auto id = std::find(ids_.begin(), ids_.end(), std::optional(id_of_recent_group(cursor->key())));
    if (id == ids_.end()) continue;
    const auto recent = static_cast<int>(id - ids_.begin());
    const RecentDef& def = this->def(recent);
    if (!def.window) continue;
    RecentGroupReader reader(cursor->value(), source_of(recent), def);
    if (reader.left() == 0 || reader.next().used_at < now - *def.window) batch.erase(Family::recents, cursor->key());
  }
  if (!batch.empty()) store_.kv().commit(batch, KvStore::Durability::later);
  return cursor->valid() && cursor->key().front() == kRecentGroups;
}

}  // namespace tidemark
