#include "rollup/writer.hpp"

#include <algorithm>

#include "rollup/admission.hpp"
#include "rollup/gather.hpp"

namespace tidemark {
namespace {

/// Commits wait for a checkpoint that falls behind by this many times what makes one due: memory is bounded.
constexpr std::uint64_t kLargestBacklog = 2;

/// Run claims that are looked through while commits wait: a few milliseconds.
constexpr std::size_t kClaimsPerStandstill = 10'000;
/// Groups of recents that are looked through while no checkpoint can be written.
constexpr std::size_t kGroupsPerLook = 10'000;

[[noreturn]] void missing_block(std::uint64_t sequence) {
  throw StoreError("the log lacks block " + std::to_string(sequence) + "; the store is damaged, restore a backup");
}

}  // namespace

Writer::Writer(Store& store, SinkRegistry& sinks, WriterOptions options)
    : store_(store),
      sinks_(sinks),
      options_(options),
      table_(store),
      recents_(store),
      fingerprinter_(store.schema()),
      identities_(store),
      dimensions_(store),
      guards_(store),
      claims_(store),
      resolver_(store, dimensions_, guards_),
      forgotten_at_(meta::load_forgotten_at(store.kv())),
      stages_(*this),
      totals_(meta::load_totals(store.kv())) {
  if (options.helper && !options.read_only) helper_ = std::thread([this] { stages_.serve(); });
}

Writer::~Writer() {
  stages_.stop_serving();
  if (helper_.joinable()) helper_.join();
}

void Writer::recover(const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  checkpoint_position_ = meta::load_position(store_.kv(), meta::Reader::checkpoint);
  next_sequence_ = checkpoint_position_;
  const std::uint64_t end = store_.next_sequence();
  const std::uint64_t begin = checkpoint_position_;
  store_.scan_log(begin, end, [&](std::uint64_t sequence, std::string_view block) {
    if (sequence != next_sequence_) missing_block(next_sequence_);
    const Commit commit = decode_block(block, store_.map());
    table_.fold(commit, sequence);
    recents_.fold(commit, sequence);
    remember(commit);
    add_total("accepted", commit.spans());
    spans_since_checkpoint_ += commit.spans();
    next_sequence_ = sequence + 1;
    if (progress) progress(next_sequence_ - begin, end - begin);
    if (!options_.read_only) checkpoint(options_.checkpoint_spans);
    return true;
  });
  if (next_sequence_ != end) missing_block(next_sequence_);
}

IngestReport Writer::write(const WriteRequest& request) {
  if (options_.read_only) throw StoreError("the store was opened for reading only");
  Waiting waiting;
  waiting.request = &request;
  waiting.fingerprints = fingerprints_of(request);
  stages_.pass(waiting);
  if (waiting.error) std::rethrow_exception(waiting.error);
  checkpoint_when_due();
  return waiting.report;
}

std::vector<std::uint32_t> Writer::fingerprints_of(const WriteRequest& request) const {
  const SpanBatch& batch = *request.batch;
  const auto hashes = Fingerprinter::hash_texts(batch.texts.texts());
  std::vector<std::uint32_t> fingerprints;
  fingerprints.reserve(request.spans());
  for (std::size_t s = request.begin; s < request.end; ++s) {
    const SpanBatch::Span& span = batch.spans[s];
    const std::size_t fields = store_.schema().sources[static_cast<std::size_t>(span.source)].fields.size();
    fingerprints.push_back(
        fingerprinter_.of(span.source, std::span(batch.values.data() + span.first_value, fields), hashes));
  }
  return fingerprints;
}

Prepared Writer::prepare(std::vector<Waiting*> group) noexcept {
  Prepared prepared;
  prepared.group = std::move(group);
  try {
    refuse_after_failure();
    const std::vector<WaitingRequest*> requests(prepared.group.begin(), prepared.group.end());
    const std::vector<AcceptedSpan> accepted = admit(requests, store_, identities_, claims_, forgotten_at_);
    if (!accepted.empty()) make_block(prepared, requests, accepted);
  } catch (...) {
    prepared.batch.clear();
    claims_.withdraw();
    for (Waiting* waiting : prepared.group) waiting->error = std::current_exception();
  }
  return prepared;
}

void Writer::make_block(Prepared& prepared, const std::vector<WaitingRequest*>& group,
                        const std::vector<AcceptedSpan>& accepted) {
  try {
    Commit& commit = prepared.commit = gather(group, accepted, store_.schema(), prepared.texts);
    const KeyResolver::Counts counts = resolver_.resolve(commit);
    const std::string key = sequence_key(next_sequence_);
    const std::string block = encode_block(commit, store_.map());
    prepared.batch.put(Family::log, key, block);
    prepared.batch.put(Family::log_index, key, encode(summarize(commit, store_.map(), block.size())));
    dimensions_.write(prepared.batch);
    guards_.write(prepared.batch);
    claims_.write(prepared.batch);
    for (const WaitingRequest* waiting : group)
      if (const auto& receipt = waiting->request->receipt)
        meta::put_receipt(prepared.batch, receipt->first, receipt->second);
    group.front()->report.guarded += counts.guarded;
    group.front()->report.sealed += counts.sealed;
    // Known from here on to the groups that follow, which are committed after this one or not at all.
    dimensions_.confirm();
    guards_.confirm();
    claims_.confirm();
    remember(group, accepted, commit.accepted_at);
    prepared.sequence = next_sequence_++;
  } catch (...) {
    note_failure();
    throw;
  }
}

bool Writer::commit(PreparedGroups& groups) noexcept {
  try {
    refuse_after_failure();
    KvBatch batch;
    for (Prepared& prepared : groups) batch.append(std::exchange(prepared.batch, {}));
    if (!batch.empty()) store_.kv().commit(batch, KvStore::Durability::synced);
    return true;
  } catch (...) {
    // Whether the blocks are on the disk is unknown; the next opening finds out, and redelivery does no harm then.
    note_failure();
    for (const Prepared& prepared : groups)
      for (Waiting* waiting : prepared.group)
        if (!waiting->error) waiting->error = std::current_exception();
    return false;
  }
}

void Writer::fold(PreparedGroups& groups) noexcept {
  try {
    for (Prepared& prepared : groups) {
      fold(prepared);
      prepared.commit = {};
      prepared.texts = {};
    }
  } catch (...) {
    // The blocks are durable, so they are acknowledged; memory no longer follows the log, which the next opening mends.
    note_failure();
  }
}

void Writer::fold(const Prepared& prepared) {
  const std::size_t spans = prepared.commit.spans();
  if (spans == 0) return;
  add_total("accepted", spans);
  spans_since_checkpoint_ += spans;
  table_.fold(prepared.commit, prepared.sequence);
  recents_.fold(prepared.commit, prepared.sequence);
}

void Writer::remember(const std::vector<WaitingRequest*>& group, const std::vector<AcceptedSpan>& accepted,
                      Instant accepted_at) {
  for (const AcceptedSpan& a : accepted) {
    const SourceDef& source = store_.schema().sources[static_cast<std::size_t>(a.span->source)];
    const Instant time{group[a.request]->request->batch->value(*a.span, source.time_field)};
    remember(a.span->identity, a.fingerprint, a.span->source, accepted_at, time);
  }
}

void Writer::remember(const Commit& commit) {
  const auto hashes = Fingerprinter::hash_texts(commit.texts);
  for (const SpanColumns& columns : commit.sources) {
    const SourceDef& source = store_.schema().sources[static_cast<std::size_t>(columns.source)];
    const auto fingerprints = fingerprinter_.of(columns, hashes);
    const auto& times = columns.fields[static_cast<std::size_t>(source.time_field)];
    for (std::size_t i = 0; i < columns.size(); ++i)
      remember(columns.identities[i], fingerprints[i], columns.source, commit.accepted_at, Instant{times[i]});
  }
}

void Writer::remember(const Digest& identity, std::uint32_t fingerprint, int source, Instant accepted_at,
                      Instant time) {
  const Micros retention = store_.schema().sources[static_cast<std::size_t>(source)].identity_retention;
  identities_.add({identity, fingerprint, IdentityIndex::minutes_of(std::max(accepted_at, time) + retention)});
}

void Writer::checkpoint_when_due() {
  const std::uint64_t due = options_.checkpoint_spans;
  if (spans_since_checkpoint_ < due) return;
  std::unique_lock lock(checkpoint_mutex_, std::defer_lock);
  if (spans_since_checkpoint_ >= kLargestBacklog * due)
    lock.lock();
  else if (!lock.try_lock())
    return;
  // What this call brought is acknowledged whatever becomes of the checkpoint; the next call is told.
  try {
    if (const auto frozen = freeze(due)) write_frozen(*frozen);
  } catch (...) {
  }
}

std::uint64_t Writer::checkpoint(std::uint64_t at_least_spans) {
  const std::lock_guard lock(checkpoint_mutex_);
  if (const auto frozen = freeze(at_least_spans)) write_frozen(*frozen);
  return checkpoint_position_;
}

/// Sets apart what has changed, if a checkpoint is wanted. Commits wait for this, not for the writing.
std::optional<Writer::Frozen> Writer::freeze(std::uint64_t at_least_spans) {
  refuse_after_failure();
  if (options_.read_only || spans_since_checkpoint_ < at_least_spans) return std::nullopt;
  const Standstill standstill(stages_);
  refuse_after_failure();
  const std::lock_guard totals(totals_mutex_);
  if (next_sequence_ == checkpoint_position_ && !totals_changed_) return std::nullopt;
  Frozen frozen{next_sequence_, totals_};
  totals_changed_ = false;
  table_.freeze();
  recents_.freeze();
  identities_.freeze();
  dimensions_.trim();
  guards_.trim();
  claims_.trim();
  spans_since_checkpoint_ = 0;
  return frozen;
}

/// Files first, the position last: stopped in between, a replay finds rows that say up to where they have counted.
void Writer::write_frozen(const Frozen& frozen) {
  try {
    const auto marks = sinks_.lock();
    KvBatch batch;
    identities_.write(batch, options_.bulk_entries);
    table_.write(batch, frozen.position, sinks_.size(), options_.bulk_entries);
    recents_.write(batch, sinks_.size());
    meta::put_totals(batch, frozen.totals);
    meta::put_position(batch, meta::Reader::checkpoint, frozen.position);
    store_.kv().commit(batch, KvStore::Durability::later);
  } catch (...) {
    note_failure();
    throw;
  }
  RecentTable::Groups written;  // let go of when commits go on
  const Standstill standstill(stages_);
  identities_.confirm();
  table_.confirm();
  written = recents_.confirm();
  checkpoint_position_ = frozen.position;
}

void Writer::seal(int rollup, Instant before) {
  const Standstill standstill(stages_);
  store_.set_sealed_before(rollup, before);
}

void Writer::forget_identities(Instant now) {
  const Standstill standstill(stages_);
  if (now <= forgotten_at_) return;
  KvBatch batch;
  meta::put_forgotten_at(batch, now);
  store_.kv().commit(batch, KvStore::Durability::synced);
  forgotten_at_ = now;
}

/// A few at a time, because commits wait meanwhile: a claim that is about to expire may be prolonged by one.
void Writer::forget_run_claims(Instant now) {
  std::string from;
  for (bool more = true; more;) {
    const Standstill standstill(stages_);
    KvBatch batch;
    more = meta::expire_run_claims(store_.kv(), batch, now, kClaimsPerStandstill, from);
    if (!batch.empty()) store_.kv().commit(batch, KvStore::Durability::later);
    claims_.clear();
  }
}

/// Checkpoints wait meanwhile: between reading a group and erasing it nothing may be written to it.
void Writer::forget_recents(Instant now) {
  std::string from;
  for (bool more = true; more;) {
    const std::lock_guard lock(checkpoint_mutex_);
    more = recents_.erase_expired(now, kGroupsPerLook, from);
  }
}

/// To be called where the failure is caught. The first one is what the operator has to know of.
void Writer::note_failure() {
  std::string message = "out of memory";
  try {
    throw;
  } catch (const std::exception& e) {
    message = e.what();
  } catch (...) {
  }
  const std::lock_guard lock(totals_mutex_);
  if (!failed_) failure_ = message;
  failed_ = true;
}

void Writer::refuse_after_failure() const {
  if (!failed_) return;
  const std::lock_guard lock(totals_mutex_);
  throw StoreError("an earlier write failed (" + failure_ + "); open the store again");
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
  add("phantom_jobs", report.decode.phantom_jobs);
  add("resent_jobs", report.decode.resent_jobs);
  for (std::size_t r = 0; r < kRejectReasons; ++r) {
    const auto reason = static_cast<RejectReason>(r);
    add("rejected." + std::string(name_of(reason)), report.decode.rejections.of(reason));
  }
}

meta::Totals Writer::totals() const {
  stages_.settle();
  const std::lock_guard lock(totals_mutex_);
  return totals_;
}

}  // namespace tidemark
