#include "rollup/writer.hpp"

#include <algorithm>
#include <unordered_map>

namespace tidemark {
namespace {

/// A commit takes waiting requests up to this many spans, so that no request waits for too large a block.
constexpr std::size_t kMaxCommitSpans = 20'000;
constexpr Micros kMaxAhead = hours(24);

std::size_t spans_of(const Writer::Request& request) { return request.end - request.begin; }

}  // namespace

Writer::Writer(Store& store, SinkRegistry& sinks, WriterOptions options)
    : store_(store),
      sinks_(sinks),
      options_(options),
      table_(store),
      fingerprinter_(store.schema()),
      identities_(store),
      dimensions_(store),
      guards_(store),
      resolver_(store, dimensions_, guards_),
      forgotten_at_(meta::load_forgotten_at(store.kv())),
      totals_(meta::load_totals(store.kv())) {}

void Writer::recover(const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  const std::lock_guard lock(commit_mutex_);
  checkpoint_position_ = meta::load_position(store_.kv(), meta::Reader::checkpoint);
  next_sequence_ = checkpoint_position_;
  const std::uint64_t end = store_.next_sequence();
  const std::uint64_t begin = checkpoint_position_;
  store_.scan_log(begin, end, [&](std::uint64_t sequence, std::string_view block) {
    if (sequence != next_sequence_)
      throw StoreError("the log lacks block " + std::to_string(next_sequence_) + "; the store is damaged, restore a backup");
    const Commit commit = decode_block(block, store_.map());
    table_.fold(commit, sequence);
    remember(commit);
    add_total("accepted", commit.spans());
    spans_since_checkpoint_ += commit.spans();
    next_sequence_ = sequence + 1;
    if (progress) progress(next_sequence_ - begin, end - begin);
    if (spans_since_checkpoint_ >= options_.checkpoint_spans && !options_.read_only) checkpoint_locked();
    return true;
  });
  if (next_sequence_ != end)
    throw StoreError("the log lacks block " + std::to_string(next_sequence_) + "; the store is damaged, restore a backup");
}

IngestReport Writer::write(const Request& request) {
  if (options_.read_only) throw StoreError("the store was opened for reading only");
  Waiting waiting{&request, {}, nullptr};
  std::unique_lock lock(queue_mutex_);
  queue_.push_back(&waiting);
  while (!waiting.done) {
    if (leading_)
      turn_.wait(lock);
    else
      lead(lock);
  }
  if (waiting.error) std::rethrow_exception(waiting.error);
  return waiting.report;
}

/// Commits what waits, for everybody; the others sleep meanwhile and gather the next group.
void Writer::lead(std::unique_lock<std::mutex>& queue_lock) {
  leading_ = true;
  std::vector<Waiting*> group;
  std::size_t spans = 0;
  while (!queue_.empty() && (group.empty() || spans + spans_of(*queue_.front()->request) <= kMaxCommitSpans)) {
    spans += spans_of(*queue_.front()->request);
    group.push_back(queue_.front());
    queue_.pop_front();
  }
  queue_lock.unlock();
  commit_group(group);
  queue_lock.lock();
  for (Waiting* waiting : group) waiting->done = true;
  leading_ = false;
  turn_.notify_all();
}

void Writer::commit_group(const std::vector<Waiting*>& group) {
  const std::lock_guard lock(commit_mutex_);
  try {
    if (failed_) throw StoreError("an earlier write failed; open the store again");
    const std::vector<Accepted> accepted = choose(group);
    if (!accepted.empty()) append(group, accepted);
  } catch (...) {
    for (Waiting* waiting : group) waiting->error = std::current_exception();
    return;
  }
  if (spans_since_checkpoint_ < options_.checkpoint_spans) return;
  try {
    checkpoint_locked();
  } catch (...) {
    // What this group brought is durable in the log and is acknowledged; the next group is told.
    failed_ = true;
  }
}

bool Writer::within_time_bounds(const Waiting& waiting, const SpanBatch::Span& span, IngestReport& report) const {
  const SourceDef& source = store_.schema().sources[static_cast<std::size_t>(span.source)];
  const Instant time{waiting.request->batch->value(span, source.time_field)};
  const Instant now = waiting.request->now;
  const auto reject = [&](RejectReason reason, const std::string& why) {
    report.decode.rejections.add(reason, source.name + " span", "its time is " + format_short(time) + ", " + why);
    return false;
  };
  if (time > now + kMaxAhead) return reject(RejectReason::in_future, "more than 24 hours ahead of " + format_short(now));
  const Instant horizon =
      std::max(std::max(now, forgotten_at_) - source.identity_retention, store_.remembered_from(span.source));
  if (!waiting.request->backfill && time < horizon)
    return reject(RejectReason::too_old, "older than identities are remembered (" +
                                             format_duration(source.identity_retention) +
                                             "); an operator's history is taken with --backfill");
  return true;
}

std::vector<Writer::Accepted> Writer::choose(const std::vector<Waiting*>& group) const {
  std::vector<Accepted> candidates;
  std::vector<Digest> identities;
  Instant now = group.front()->request->now;
  for (std::size_t g = 0; g < group.size(); ++g) {
    const SpanBatch& batch = *group[g]->request->batch;
    const auto hashes = Fingerprinter::hash_texts(batch.texts.texts());
    now = std::min(now, group[g]->request->now);
    for (std::size_t s = group[g]->request->begin; s < group[g]->request->end; ++s) {
      const SpanBatch::Span& span = batch.spans[s];
      if (!within_time_bounds(*group[g], span, group[g]->report)) continue;
      const std::size_t fields = store_.schema().sources[static_cast<std::size_t>(span.source)].fields.size();
      const std::span<const std::int64_t> values(batch.values.data() + span.first_value, fields);
      candidates.push_back({g, &span, fingerprinter_.of(span.source, values, hashes)});
      identities.push_back(span.identity);
    }
  }
  const IdentityIndex::Found found = identities_.find(identities, now);
  const auto& known = found.accepted;
  std::unordered_map<Digest, std::uint32_t, DigestHash> in_group;  // only needed when something repeats
  std::vector<Accepted> accepted;
  accepted.reserve(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Accepted& candidate = candidates[i];
    IngestReport& report = group[candidate.request]->report;
    const auto first = known[i] ? std::pair{*known[i], false} : [&] {
      if (!found.repeats) return std::pair{candidate.fingerprint, true};
      const auto [at, is_new] = in_group.emplace(candidate.span->identity, candidate.fingerprint);
      return std::pair{at->second, is_new};
    }();
    if (first.second) {
      accepted.push_back(candidate);
      ++report.accepted;
      continue;
    }
    ++report.duplicates;
    report.differing_duplicates += first.first != candidate.fingerprint;
  }
  return accepted;
}

Commit Writer::gather(const std::vector<Waiting*>& group, const std::vector<Accepted>& accepted,
                      TextDictionary& texts) const {
  const Schema& schema = store_.schema();
  std::vector<int> position(schema.sources.size(), -1);
  std::vector<std::vector<std::int64_t>> text_ids(group.size());
  for (std::size_t g = 0; g < group.size(); ++g) text_ids[g].assign(group[g]->request->batch->texts.size(), kNull);
  Commit commit;
  commit.accepted_at = group.front()->request->now;
  for (const Accepted& a : accepted) {
    const auto source = static_cast<std::size_t>(a.span->source);
    const SourceDef& def = schema.sources[source];
    if (position[source] < 0) {
      position[source] = static_cast<int>(commit.sources.size());
      commit.sources.emplace_back();
      commit.sources.back().source = a.span->source;
      commit.sources.back().fields.resize(def.fields.size());
    }
    SpanColumns& columns = commit.sources[static_cast<std::size_t>(position[source])];
    const SpanBatch& batch = *group[a.request]->request->batch;
    columns.identities.push_back(a.span->identity);
    for (std::size_t f = 0; f < def.fields.size(); ++f) {
      std::int64_t value = batch.value(*a.span, static_cast<int>(f));
      if (value != kNull && is_text(def.fields[f].type)) {
        std::int64_t& id = text_ids[a.request][static_cast<std::size_t>(value)];
        if (id == kNull) id = texts.intern(batch.texts[value]);
        value = id;
      }
      columns.fields[f].push_back(value);
    }
  }
  commit.texts = texts.texts();
  return commit;
}

void Writer::append(const std::vector<Waiting*>& group, const std::vector<Accepted>& accepted) {
  TextDictionary texts;
  Commit commit = gather(group, accepted, texts);
  const std::uint64_t sequence = next_sequence_;
  try {
    const KeyResolver::Counts counts = resolver_.resolve(commit);
    const std::string block = encode_block(commit, store_.map());
    KvBatch batch;
    batch.put(Family::log, sequence_key(sequence), block);
    batch.put(Family::log_index, sequence_key(sequence), encode(summarize(commit, store_.map(), block.size())));
    dimensions_.write(batch);
    guards_.write(batch);
    for (const Waiting* waiting : group)
      if (waiting->request->receipt) meta::put_receipt(batch, waiting->request->receipt->first, waiting->request->receipt->second);
    store_.kv().commit(batch, KvStore::Durability::synced);
    group.front()->report.guarded += counts.guarded;
    group.front()->report.sealed += counts.sealed;
  } catch (...) {
    // Whether the block is on the disk is unknown; the next opening finds out, and redelivery does no harm then.
    dimensions_.roll_back();
    guards_.roll_back();
    failed_ = true;
    throw;
  }
  dimensions_.confirm();
  guards_.confirm();
  add_total("accepted", commit.spans());
  next_sequence_ = sequence + 1;
  try {
    table_.fold(commit, sequence);
    remember(commit);
  } catch (...) {
    // The block is durable, so it is acknowledged; memory no longer follows the log, which the next opening mends.
    failed_ = true;
  }
  spans_since_checkpoint_ += commit.spans();
}

void Writer::remember(const Commit& commit) {
  const auto hashes = Fingerprinter::hash_texts(commit.texts);
  for (const SpanColumns& columns : commit.sources) {
    const SourceDef& source = store_.schema().sources[static_cast<std::size_t>(columns.source)];
    const auto fingerprints = fingerprinter_.of(columns, hashes);
    const auto& times = columns.fields[static_cast<std::size_t>(source.time_field)];
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const Instant from = std::max(commit.accepted_at, Instant{times[i]});
      identities_.add({columns.identities[i], fingerprints[i],
                       IdentityIndex::minutes_of(from + source.identity_retention)});
    }
  }
}

std::uint64_t Writer::checkpoint() {
  const std::lock_guard lock(commit_mutex_);
  if (failed_) throw StoreError("an earlier write failed; open the store again");
  return options_.read_only ? checkpoint_position_ : checkpoint_locked();
}

std::uint64_t Writer::checkpoint_locked() {
  const auto marks = sinks_.lock();
  KvBatch batch;
  {
    const std::lock_guard totals(totals_mutex_);
    if (next_sequence_ == checkpoint_position_ && !totals_changed_) return checkpoint_position_;
    meta::put_totals(batch, totals_);
    totals_changed_ = false;
  }
  identities_.write(batch);
  table_.write(batch, sinks_.size());
  meta::put_position(batch, meta::Reader::checkpoint, next_sequence_);
  try {
    store_.kv().commit(batch, KvStore::Durability::later);
  } catch (...) {
    failed_ = true;
    throw;
  }
  identities_.clear();
  table_.confirm();
  spans_since_checkpoint_ = 0;
  return checkpoint_position_ = next_sequence_;
}

void Writer::seal(int rollup, Instant before) {
  const std::lock_guard lock(commit_mutex_);
  store_.set_sealed_before(rollup, before);
}

void Writer::forget_identities(Instant now) {
  const std::lock_guard lock(commit_mutex_);
  if (now <= forgotten_at_) return;
  KvBatch batch;
  meta::put_forgotten_at(batch, now);
  store_.kv().commit(batch, KvStore::Durability::synced);
  forgotten_at_ = now;
}

void Writer::add_total(const std::string& name, std::uint64_t n) {
  if (n == 0) return;
  const std::lock_guard lock(totals_mutex_);
  totals_[name] += n;
  totals_changed_ = true;
}

void Writer::count(const IngestReport& report) {
  const auto add = [&](const std::string& name, std::uint64_t n) { add_total(name, n); };
  add("duplicates", report.duplicates);
  add("differing_duplicates", report.differing_duplicates);
  add("guarded", report.guarded);
  add("sealed", report.sealed);
  add("ignored", report.decode.ignored);
  add("repaired_text", report.decode.repaired_text);
  add("cut_text", report.decode.cut_text);
  add("dropped_attributes", report.decode.dropped_attributes);
  add("unknown_results", report.decode.unknown_results);
  add("clamped_times", report.decode.clamped_times);
  add("missing_queue", report.decode.missing_queue);
  for (std::size_t r = 0; r < kRejectReasons; ++r) {
    const auto reason = static_cast<RejectReason>(r);
    add("rejected." + std::string(name_of(reason)), report.decode.rejections.of(reason));
  }
}

meta::Totals Writer::totals() const {
  const std::lock_guard lock(totals_mutex_);
  return totals_;
}

}  // namespace tidemark
