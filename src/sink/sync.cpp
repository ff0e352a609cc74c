#include "sink/sync.hpp"

#include <algorithm>
#include <tuple>

#include "store/bucket_assembly.hpp"
#include "store/dimensions_reader.hpp"

namespace tidemark {
namespace {

/// So many marks are put into the buckets' order at once. Then the hours of one job are neighbours in the store, and
/// a transaction's rows are neighbours in the sink's index, where each page is written once and not once per hour.
constexpr std::size_t kPage = 65'536;
/// Marks that are added at once, for a sink that is new.
constexpr std::size_t kMarksPerLoad = 65'536;

std::string sink_prefix(std::uint16_t id) {
  std::string prefix;
  put_big_endian(prefix, id);
  return prefix;
}

/// As the keys of one sink's marks are sorted.
bool comes_before(const PendingKey& a, const PendingKey& b) {
  return std::tie(a.bucket.start_minutes, a.bucket, a.computed_counter) <
         std::tie(b.bucket.start_minutes, b.bucket, b.computed_counter);
}

/// Collects marks and adds them as sorted files: a new sink's may be many, and each is erased soon.
class MarkLoader {
 public:
  MarkLoader(KvStore& kv, std::uint16_t sink) : kv_(kv), sink_(sink) {}

  void add(const BucketKey& bucket, std::uint64_t computed_counter) {
    marks_.push_back({sink_, bucket, computed_counter});
    if (marks_.size() == kMarksPerLoad) flush();
  }

  void flush() {
    std::sort(marks_.begin(), marks_.end(), comes_before);
    std::vector<std::string> keys;
    keys.reserve(marks_.size());
    for (const PendingKey& mark : marks_) keys.push_back(encode(mark));
    std::vector<std::pair<std::string_view, std::string_view>> entries;
    entries.reserve(keys.size());
    for (const std::string& key : keys) entries.emplace_back(key, std::string_view());
    kv_.bulk_load(Family::pending, entries);
    marks_.clear();
  }

 private:
  KvStore& kv_;
  std::uint16_t sink_;
  std::vector<PendingKey> marks_;
};

/// Calls `take` with each run of elements that `same` holds together.
template <typename T, typename Same, typename Take>
void for_each_run(std::span<const T> all, const Same& same, const Take& take) {
  while (!all.empty()) {
    std::size_t n = 1;
    while (n < all.size() && same(all[0], all[n])) ++n;
    take(all.first(n));
    all = all.subspan(n);
  }
}

}  // namespace

/// Reads buckets of one rollup and epoch, in the order of their keys.
class SyncPass::RowSource {
 public:
  RowSource(const Store& store, int rollup, Instant now, const SnapshotPtr& at)
      : assembly_(store, rollup, now, at),
        rows_(store.kv().cursor(Family::buckets, at)),
        computed_(store.kv().cursor(Family::computed, at)),
        dimensions_(store, at) {}

  /// False when there is no such bucket. All but its dimensions; `bucket` may have been used before.
  bool read(const BucketKey& key, Bucket& bucket) {
    key_.clear();
    put_bucket_key(key_, key);
    const auto row = rows_.get(key_);
    if (!row) return false;
    assembly_.assemble_into(key, *row, computed_.get(key_), bucket);
    return true;
  }

  void put_dimensions(const BucketKey& key, Bucket& bucket) {
    if (key.dimensions != last_) {
      const std::string_view canonical = dimensions_.get(key.dimensions);
      values_ = parse_key(canonical);
      digest_ = key_digest(canonical);
      last_ = key.dimensions;
    }
    bucket.dimensions = values_;
    bucket.key = digest_;
  }

 private:
  BucketAssembly assembly_;
  ForwardReader rows_, computed_;
  DimensionsReader dimensions_;
  std::string key_;
  DimensionsId last_ = 0;
  std::vector<DimensionValue> values_;
  Digest digest_;
};

SyncReport SyncPass::run_once(Instant now, const Progress& progress) {
  now_ = now;
  report_ = {};
  register_sink();
  at_ = store_.kv().snapshot();
  const std::uint64_t total = progress ? count_marks() : 0;
  std::uint64_t seen = 0;
  const std::string prefix = sink_prefix(id_);
  std::vector<Mark> page;
  const auto cursor = store_.kv().cursor(Family::pending, at_);
  for (cursor->seek(prefix); cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
    const PendingKey mark = parse_pending_key(cursor->key());
    // A bucket's marks stay together.
    if (page.size() >= kPage && page.back().bucket != mark.bucket) {
      load(page);
      if (progress) progress("sync", seen, total);
    }
    page.push_back({mark.bucket, mark.computed_counter});
    ++seen;
  }
  load(page);
  for (const auto& [rollup, outgoing] : outgoing_)
    if (outgoing.used != 0) send(rollup);
  settle();
  outgoing_.clear();
  at_.reset();
  meta::Sink record = registry_.all()[id_];
  record.last_sync = now;
  registry_.update(id_, record);
  return report_;
}

void SyncPass::register_sink() {
  report_.sink = sink_.name();
  const bool needs_every_row = sink_.prepare();
  id_ = registry_.find_or_add(report_.sink);
  meta::Sink record = registry_.all()[id_];
  if (needs_every_row && record.marked) {
    record.marked = false;
    registry_.update(id_, record);
  }
  if (record.marked) return;
  mark_everything();
  record.marked = true;
  registry_.update(id_, record);
}

/// A sink that is new, or whose rows all have to go again: one mark for every bucket there is.
void SyncPass::mark_everything() {
  const SnapshotPtr at = store_.kv().snapshot();
  MarkLoader marks(store_.kv(), id_);
  ForwardReader computed(store_.kv().cursor(Family::computed, at));
  const auto rows = store_.kv().cursor(Family::buckets, at);
  for (rows->seek({}); rows->valid(); rows->next()) {
    const BucketKey key = parse_bucket_key(rows->key());
    const int rollup = store_.map().rollup_of(key.rollup);
    if (rollup < 0) continue;
    std::uint64_t counter = 1;
    if (store_.codec(rollup).computed_slots().empty())
      counter = RowCodec::update_counter(rows->value());
    else if (const auto row = computed.get(rows->key()))
      counter = RowCodec::computed_counter(*row);
    marks.add(key, counter);
  }
  marks.flush();
}

std::uint64_t SyncPass::count_marks() const {
  std::uint64_t n = 0;
  const std::string prefix = sink_prefix(id_);
  const auto cursor = store_.kv().cursor(Family::pending, at_);
  for (cursor->seek(prefix); cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) ++n;
  return n;
}

/// Reads the page's buckets and queues those that go; sends what makes a full transaction.
void SyncPass::load(std::vector<Mark>& page) {
  std::sort(page.begin(), page.end());
  const auto one_reader = [](const Mark& a, const Mark& b) {
    return a.bucket.rollup == b.bucket.rollup && a.bucket.epoch == b.bucket.epoch;
  };
  for_each_run<Mark>(page, one_reader, [&](std::span<const Mark> marks) {
    const int rollup = store_.map().rollup_of(marks[0].bucket.rollup);
    if (rollup >= 0) load_rows(rollup, marks);
  });
  page.clear();
}

void SyncPass::load_rows(int rollup, std::span<const Mark> marks) {
  RowSource source(store_, rollup, now_, at_);
  const auto one_bucket = [](const Mark& a, const Mark& b) { return a.bucket == b.bucket; };
  for_each_run<Mark>(marks, one_bucket, [&](std::span<const Mark> of_bucket) {
    Outgoing& outgoing = outgoing_[rollup];
    if (add(outgoing, source, of_bucket) && outgoing.used >= options_.rows_per_transaction) send(rollup);
  });
}

bool SyncPass::add(Outgoing& outgoing, RowSource& source, std::span<const Mark> marks) {
  const BucketKey& key = marks[0].bucket;
  if (outgoing.used == outgoing.rows.size()) outgoing.rows.emplace_back();
  Bucket& row = outgoing.rows[outgoing.used];
  if (!source.read(key, row)) {
    drop(marks);  // retention dropped the bucket
    return false;
  }
  if (!row.finished && !options_.unfinished) {
    ++report_.waiting;
    return false;
  }
  source.put_dimensions(key, row);
  ++outgoing.used;
  if (!row.finished) {
    ++outgoing.unfinished;
    return true;
  }
  // Marks above what is sent belong to a newer state of the bucket, which goes next time.
  for (const Mark& mark : marks)
    if (mark.computed_counter <= row.computed_counter) outgoing.marks.push_back(mark);
  return true;
}

void SyncPass::send(int rollup) {
  settle();
  Outgoing& outgoing = outgoing_[rollup];
  std::swap(sent_, outgoing);
  // The rows' memory fits its own rollup only.
  if (sent_rollup_ != rollup) outgoing = {};
  sent_rollup_ = rollup;
  // Where no thread can be had, settle() does it.
  sending_ = std::async([this] { sink_.upsert(sent_rollup_, {sent_.rows.data(), sent_.used}, now_); });
}

/// Waits for the transaction that is on its way, and confirms it.
void SyncPass::settle() {
  if (!sending_.valid()) return;
  sending_.get();
  ++report_.transactions;
  report_.rows += sent_.used;
  report_.waiting += sent_.unfinished;
  drop(sent_.marks);
  sent_.used = 0;
  sent_.unfinished = 0;
  sent_.marks.clear();
}

void SyncPass::drop(std::span<const Mark> marks) {
  if (marks.empty()) return;
  std::vector<PendingKey> keys;
  keys.reserve(marks.size());
  for (const Mark& mark : marks) keys.push_back({id_, mark.bucket, mark.computed_counter});
  // RocksDB takes neighbours one after the other three times as fast as keys from anywhere.
  std::sort(keys.begin(), keys.end(), comes_before);
  KvBatch batch;
  for (const PendingKey& key : keys) batch.erase(Family::pending, encode(key));
  store_.kv().commit(batch, KvStore::Durability::later);
}

}  // namespace tidemark
