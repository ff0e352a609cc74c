#include "sink/sync.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

#include "model/text.hpp"
#include "sink/recent_sync.hpp"
#include "store/bucket_assembly.hpp"
#include "store/dimensions_reader.hpp"

namespace tidemark {
namespace {

/// So many marks are put into the buckets' order at once. Then the hours of one job are neighbours in the store, and
/// a transaction's rows are neighbours in the sink's index, where each page is written once and not once per hour.
constexpr std::size_t kPage = 65'536;
/// Marks that are added at once, for a sink that is new.
constexpr std::size_t kMarksPerLoad = 65'536;
/// When a sink has refused so many rows of one transaction and taken none, others are tried before more are set aside.
constexpr std::size_t kMostRefused = 50;
/// Of why a row was refused, so much is kept.
constexpr std::size_t kQuarantineBytes = 600;
constexpr std::size_t kExamples = 10;

std::string sink_prefix(std::uint16_t id) {
  std::string prefix;
  put_big_endian(prefix, id);
  return prefix;
}

std::string shortened(const std::string& reason) {
  std::string text;
  repair_utf8(std::string_view(reason).substr(0, kQuarantineBytes), text);
  return text;
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
    kv_.bulk_load(Family::pending, [&](const KvStore::Put& put) {
      for (const PendingKey& mark : marks_) put(encode(mark), {});
    });
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

SyncOutcome SyncPass::run_once(Instant now, const Progress& progress) {
  now_ = now;
  report_ = {};
  outcome_ = {};
  register_sink();
  if (check_in()) send_pending(progress);
  outcome_.report = std::move(report_);
  return std::move(outcome_);
}

/// Small beside the buckets, which may take hours, and finished or not does not matter to them.
void SyncPass::send_recents() {
  RecentSync recents(store_, sink_, id_, at_, options_.rows_per_transaction);
  const RecentSync::Sent sent = recents.run_once(options_.gives_way);
  report_.rows += sent.uses;
  report_.transactions += sent.transactions;
  outcome_.gave_way |= sent.gave_way;
}

void SyncPass::send_pending(const Progress& progress) {
  send_recents();
  const std::uint64_t total = progress ? count_marks() : 0;
  std::uint64_t seen = 0;
  const std::string prefix = sink_prefix(id_);
  std::vector<Mark> page;
  const auto cursor = store_.kv().cursor(Family::pending, at_);
  for (cursor->seek(prefix); cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
    const PendingKey mark = parse_pending_key(cursor->key());
    if (ends_early()) break;
    // A bucket's marks stay together.
    if (page.size() >= kPage && page.back().bucket != mark.bucket) {
      load(page);
      if (progress) progress("sync", seen, total);
      if (ends_early()) break;
    }
    page.push_back({mark.bucket, mark.computed_counter, !cursor->value().empty()});
    ++seen;
  }
  load(page);
  for (const auto& [rollup, outgoing] : outgoing_)
    if (outgoing.used != 0) send(rollup);
  settle();
  outgoing_.clear();
  at_.reset();
  if (withheld_ != 0)
    report_.notices.push_back(std::to_string(withheld_) +
                              " rows of an earlier epoch are not sent: at this sink, that epoch is another store's");
  meta::Sink record = registry_.all()[id_];
  record.last_sync = now_;
  registry_.update(id_, record);
}

void SyncPass::register_sink() {
  report_.sink = sink_.name();
  const bool needs_every_row = sink_.prepare();
  id_ = registry_.find_or_add(report_.sink);
  if (needs_every_row) send_everything_again();
}

/// Rows are read as they are before the check-in is noted. So a copy of this store that is made later, and knows the
/// check-in, has all that this pass sends, and what it sends itself in the same name lacks nothing of it.
bool SyncPass::check_in() {
  CheckInPass pass(store_, sink_, id_, self_, [this] { send_everything_again(); });
  for (bool sink_has_all = false; !sink_has_all;) {
    mark_everything_if_due();
    at_ = store_.kv().snapshot();
    const CheckInPass::Result result = pass.run(now_, accepted_by_snapshot());
    if (result.fork) {
      outcome_.fork = result.fork;
      return false;
    }
    if (result.newly_unproven != 0)
      report_.notices.push_back(
          "another store with this one's place or identity has " + std::to_string(result.newly_unproven) +
          " spans at the sink that this one does not know; if they are delivered here again, they "
          "count twice");
    if (result.newly_brought != 0)
      report_.notices.push_back(
          "this store may be a copy and brings " + std::to_string(result.newly_brought) +
          " spans that no sink was told of where they were accepted; if another store in that place gets them, "
          "too, they count twice");
    if (result.sink_went_back)
      report_.notices.push_back("the sink lacks rows that it had confirmed; all rows are sent again");
    sink_has_all = !result.sink_went_back;
  }
  foreign_ = meta::load_check_in(store_.kv(), id_).foreign;
  return true;
}

/// What came after the store said how far it is may be in the rows already, and so is among what the sink is told of:
/// were this store lost, the one in its place would have to know.
std::uint64_t SyncPass::accepted_by_snapshot() const {
  std::uint64_t spans = self_.spans;
  store_.scan_log_index(
      self_.position, std::numeric_limits<std::uint64_t>::max(),
      [&](std::uint64_t, const BlockSummary& summary) { return spans += summary.spans(), true; }, at_);
  return spans;
}

void SyncPass::mark_everything_if_due() {
  meta::Sink record = registry_.all()[id_];
  if (record.marked) return;
  mark_everything();
  record.marked = true;
  registry_.update(id_, record);
}

void SyncPass::send_everything_again() {
  meta::Sink record = registry_.all()[id_];
  if (!record.marked) return;
  record.marked = false;
  registry_.update(id_, record);
}

/// A sink that is new, or whose rows all have to go again: one mark for every bucket and every recent's group there is.
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
  RecentSync::mark_everything(store_, id_);
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
  const auto set_aside = [](const Mark& mark) { return mark.quarantined; };
  if (!options_.retry_quarantined && std::all_of(marks.begin(), marks.end(), set_aside)) return false;
  if (outgoing.used == outgoing.rows.size()) outgoing.rows.emplace_back();
  Bucket& row = outgoing.rows[outgoing.used];
  if (!source.read(key, row)) {
    drop(marks);  // retention dropped the bucket, or it went over to another epoch
    return false;
  }
  if (std::find(foreign_.begin(), foreign_.end(), key.epoch) != foreign_.end()) {
    ++withheld_;
    drop(marks);
    return false;
  }
  if (!row.finished && !options_.unfinished) {
    ++report_.waiting;
    return false;
  }
  source.put_dimensions(key, row);
  ++outgoing.used;
  outgoing.keys.push_back(key);
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
  Outgoing& outgoing = outgoing_[rollup];
  std::unique_ptr<ReadyRows> ready = make_ready(rollup, outgoing);
  settle();
  outcome_.gave_way |= options_.gives_way && options_.gives_way();
  if (ends_early()) {
    outgoing = {};
    return;
  }
  std::swap(sent_, outgoing);
  ready_ = std::move(ready);
  // The rows' memory fits its own rollup only.
  if (sent_rollup_ != rollup) outgoing = {};
  sent_rollup_ = rollup;
  // Where no thread can be had, settle() does it.
  sending_ = std::async([this] {
    return send_rows(sink_, sent_rollup_, {sent_.rows.data(), sent_.used}, now_, ready_.get(), kMostRefused);
  });
}

/// While the transaction before it is on its way.
std::unique_ptr<ReadyRows> SyncPass::make_ready(int rollup, const Outgoing& outgoing) const {
  try {
    return sink_.make_ready(rollup, {outgoing.rows.data(), outgoing.used}, now_);
  } catch (const SinkError&) {
    return nullptr;  // sending finds out which row it is
  }
}

/// Waits for the transaction that is on its way, and confirms it.
void SyncPass::settle() {
  if (!sending_.valid()) return;
  const SentRows sent = sending_.get();
  if (!sent.in_our_name) {
    outcome_.disturbed = true;
  } else {
    quarantine(sent.refused);
    ++report_.transactions;
    report_.rows += sent_.used - sent.refused.size();
    report_.waiting += sent_.unfinished;
    drop(sent_.marks, sent_.used - sent.refused.size());
  }
  ready_.reset();
  sent_.used = 0;
  sent_.unfinished = 0;
  sent_.marks.clear();
  sent_.keys.clear();
}

void SyncPass::quarantine(const std::vector<RefusedRow>& refused) {
  if (refused.empty()) return;
  KvBatch batch;
  for (const RefusedRow& refusal : refused) {
    const BucketKey& key = sent_.keys[refusal.row];
    const Bucket& row = sent_.rows[refusal.row];
    std::string why = store_.catalog_rollup(sent_rollup_).name + " " + format_short(row.start);
    for (const DimensionValue& value : row.dimensions) why += value.is_set ? "" : " / " + value.text;
    why = shortened(why + ": " + refusal.reason);
    for (const Mark& mark : sent_.marks)
      if (mark.bucket == key) batch.put(Family::pending, encode(PendingKey{id_, key, mark.computed_counter}), why);
    std::erase_if(sent_.marks, [&](const Mark& mark) { return mark.bucket == key; });
    if (report_.notices.size() < kExamples) report_.notices.push_back("set aside: " + why);
  }
  report_.quarantined += refused.size();
  store_.kv().commit(batch, KvStore::Durability::later);
}

void SyncPass::drop(std::span<const Mark> marks, std::size_t rows) {
  if (marks.empty() && rows == 0) return;
  std::vector<PendingKey> keys;
  keys.reserve(marks.size());
  for (const Mark& mark : marks) keys.push_back({id_, mark.bucket, mark.computed_counter});
  // RocksDB takes neighbours one after the other three times as fast as keys from anywhere.
  std::sort(keys.begin(), keys.end(), comes_before);
  KvBatch batch;
  for (const PendingKey& key : keys) batch.erase(Family::pending, encode(key));
  if (rows != 0) {
    meta::CheckIn record = meta::load_check_in(store_.kv(), id_);
    record.rows += rows;
    meta::put_check_in(batch, id_, record);
  }
  store_.kv().commit(batch, KvStore::Durability::later);
}

}  // namespace tidemark
