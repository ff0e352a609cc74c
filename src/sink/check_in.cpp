#include "sink/check_in.hpp"

#include <algorithm>

namespace tidemark {
namespace {

using Point = meta::CheckIn::Point;

/// Somebody else may check in between looking and swapping; then the next look says who.
constexpr int kAttempts = 4;
/// So many nonces are remembered whose answers were lost.
constexpr std::size_t kPoints = 16;

Fork fork_of(const AgentRow& other, const std::vector<AgentRow>& rows) {
  return {other.epoch, rows.back().epoch, other.host, other.store, other.last_seen};
}

}  // namespace

CheckInPass::Result CheckInPass::run(Instant now, std::uint64_t accepted) {
  accepted_ = accepted;
  Result result;
  for (int i = 0; i < kAttempts; ++i)
    if (attempt(now, result) == Step::done) return result;
  throw SinkError(SinkError::Kind::transient, "sink " + sink_.name() +
                                                  ": this agent's row in its table of agents changed each time it was "
                                                  "looked at; it is tried again");
}

CheckInPass::Step CheckInPass::attempt(Instant now, Result& result) {
  record_ = meta::load_check_in(store_.kv(), id_);
  const bool known_epoch = record_.epoch == store_.epoch();
  const std::vector<AgentRow> rows = sink_.agents(store_.agent());
  const auto stored =
      std::find_if(rows.begin(), rows.end(), [&](const AgentRow& row) { return row.epoch == store_.epoch(); });
  const auto confirmed =
      std::find_if(record_.points.begin(), record_.points.end(), [](const Point& p) { return p.confirmed; });
  const bool was_there = known_epoch && confirmed != record_.points.end();
  if (stored == rows.end()) {
    if (was_there) note_that_sink_went_back(result);
    return first_time(rows, was_there ? std::optional(*confirmed) : std::nullopt, now, result);
  }
  if (known_epoch)
    for (const Point& point : record_.points)
      if (point.nonce == stored->nonce.bytes) {
        // A standby that took over may lack the last transactions, and have the check-in before them.
        if (stored->rows_sent < record_.rows) note_that_sink_went_back(result);
        return swap(*stored, point, now);
      }
  if (const auto point = point_under_another_name(stored->nonce)) return swap(*stored, *point, now);
  if (was_there && stored->check_ins < confirmed->check_ins) {
    note_that_sink_went_back(result);
    Point earlier = *confirmed;
    earlier.nonce = stored->nonce.bytes;
    return swap(*stored, earlier, now);
  }
  result.fork = fork_of(*stored, rows);
  return Step::done;
}

/// A sink whose URL was changed, or that moved to another server, is new to this store and knows it nonetheless.
std::optional<Point> CheckInPass::point_under_another_name(const Nonce& nonce) {
  const std::size_t sinks = meta::load_sinks(store_.kv()).size();
  for (std::size_t sink = 0; sink < sinks; ++sink) {
    const meta::CheckIn other = meta::load_check_in(store_.kv(), static_cast<std::uint16_t>(sink));
    if (sink == id_ || other.epoch != store_.epoch()) continue;
    const auto point =
        std::find_if(other.points.begin(), other.points.end(), [&](const Point& p) { return p.nonce == nonce.bytes; });
    if (point == other.points.end()) continue;
    record_.foreign = other.foreign;
    return *point;
  }
  return std::nullopt;
}

/// First of all: once the attempt is noted, its nonce is one that is known, and nothing tells any more what is lacking.
void CheckInPass::note_that_sink_went_back(Result& result) {
  result.sink_went_back = true;
  send_all_again_();
}

CheckInPass::Step CheckInPass::first_time(const std::vector<AgentRow>& rows, const std::optional<Point>& lost,
                                          Instant now, Result& result) {
  note_unproven(rows, result);
  note_foreign_epochs(rows);
  record_.rows = 0;
  Point point = new_point(lost ? lost->check_ins + 1 : 1);
  note_attempt(lost ? std::vector{*lost} : std::vector<Point>{}, point);
  if (!sink_.check_in(row_of(point, now), std::nullopt)) return Step::again;
  point.confirmed = true;
  note({point}, KvStore::Durability::later);
  return Step::done;
}

/// After a fork: an earlier epoch was this store's alone up to the cut, and the sink may have confirmed less of it than
/// that, or nothing, because others had confirmed more. When its rows there are the other store's by now, what it lacks
/// cannot go. Epochs before the one that was checked in last have been looked at when that was.
void CheckInPass::note_foreign_epochs(const std::vector<AgentRow>& rows) {
  const auto& epochs = store_.epochs();
  for (std::size_t i = 0; i + 1 < epochs.size(); ++i) {
    const meta::Epoch& next = epochs[i + 1];
    if (epochs[i].number < record_.epoch || next.began != meta::Began::forked) continue;
    const auto stored =
        std::find_if(rows.begin(), rows.end(), [&](const AgentRow& row) { return row.epoch == epochs[i].number; });
    if (stored == rows.end()) continue;
    std::uint64_t confirmed = 0;
    bool own = false;
    if (epochs[i].number == record_.epoch)
      for (const Point& point : record_.points) {
        own |= point.nonce == stored->nonce.bytes;
        if (point.confirmed) confirmed = point.position;
      }
    if (!own && confirmed < next.start) record_.foreign.push_back(epochs[i].number);
  }
}

CheckInPass::Step CheckInPass::swap(const AgentRow& stored, const Point& known, Instant now) {
  Point before = known;
  before.confirmed = true;
  record_.rows = stored.rows_sent;
  // More than before a sink went back, so that a copy does not take this check-in for an earlier state, too.
  Point point = new_point(std::max(stored.check_ins, known.check_ins) + 1);
  note_attempt({before}, point);
  if (!sink_.check_in(row_of(point, now), stored.nonce)) return Step::again;
  point.confirmed = true;
  note({point}, KvStore::Durability::later);
  return Step::done;
}

/// What was sent before without an answer may still arrive, so it stays among what may be found.
void CheckInPass::note_attempt(std::vector<Point> known, const Point& point) {
  if (record_.epoch == store_.epoch())
    for (const Point& earlier : record_.points)
      if (!earlier.confirmed && (known.empty() || known[0].nonce != earlier.nonce)) known.push_back(earlier);
  if (known.size() > kPoints) known.erase(known.begin() + 1, known.end() - (kPoints - 1));
  known.push_back(point);
  note(std::move(known), KvStore::Durability::synced);
}

Point CheckInPass::new_point(std::uint64_t check_ins) const {
  Point point{{}, false, check_ins, self_.position, self_.spans};
  self_.random(point.nonce);
  return point;
}

void CheckInPass::note(std::vector<Point> points, KvStore::Durability durability) {
  record_.epoch = store_.epoch();
  record_.points = std::move(points);
  KvBatch batch;
  meta::put_check_in(batch, id_, record_);
  store_.kv().commit(batch, durability);
}

std::uint64_t CheckInPass::accepted_in_epoch() const {
  const std::uint64_t before = store_.epochs().back().spans_before;
  return accepted_ > before ? accepted_ - before : 0;
}

AgentRow CheckInPass::row_of(const Point& point, Instant now) const {
  const meta::Epoch& epoch = store_.epochs().back();
  AgentRow row;
  row.agent = store_.agent();
  row.epoch = epoch.number;
  row.nonce.bytes = point.nonce;
  row.check_ins = point.check_ins;
  row.host = self_.host;
  row.store = self_.path;
  row.version = self_.version;
  row.schema_version = store_.catalog().schema_version;
  row.began = meta::name_of(epoch.began);
  row.state = store_.is_sealed() ? "sealed" : "active";
  row.first_seen = row.last_seen = now;
  row.spans = accepted_in_epoch();
  row.unproven_spans = store_.unproven_spans();
  return row;
}

/// Of what others have and what this store has the larger number bounds what both have. Where another agent is in this
/// store's place, this one may have come after it: what that one accepted may come again. Or this one is an image of a store
/// that was there before it: then what this one has may have come again. Neither can tell which; the numbers grow no more
/// after that, because each has senders of its own.
void CheckInPass::note_unproven(const std::vector<AgentRow>& rows, Result& result) {
  const std::uint64_t known = store_.unproven_spans();
  const std::optional<std::uint64_t> here = accepted_here_by_others();
  const std::uint64_t theirs = known_to_others(rows) + here.value_or(0);
  const std::uint64_t ours = brought_untold(rows) + (here ? accepted_in_epoch() : 0);
  if (theirs >= ours && theirs > known) result.newly_unproven = theirs - known;
  if (ours > theirs && ours > known) result.newly_brought = ours - known;
  const std::uint64_t all = std::max(theirs, ours) + said_elsewhere(rows);
  if (all > known) store_.set_unproven_spans(all);
}

/// When the sink has more of an earlier epoch than this store, then another store went on with it: a copy's original, or
/// what a restored backup replaced; for the copy of a copy, any of them. What that one accepted counts twice if it is
/// delivered here again.
std::uint64_t CheckInPass::known_to_others(const std::vector<AgentRow>& rows) const {
  const auto& epochs = store_.epochs();
  std::uint64_t theirs = 0;
  for (std::size_t i = 0; i + 1 < epochs.size(); ++i) {
    const std::uint64_t ours = epochs[i + 1].spans_before - epochs[i].spans_before;
    for (const AgentRow& row : rows)
      if (row.epoch == epochs[i].number && row.spans > ours) theirs += row.spans - ours;
  }
  return theirs;
}

/// Other agents in this very place, since this one was there last, are of stores that were wiped or come from elsewhere.
/// What they accepted as far as the sink knows; nothing when there are none.
std::optional<std::uint64_t> CheckInPass::accepted_here_by_others() {
  const std::vector<AgentRow> here = sink_.agents_in(self_.host, self_.path);
  std::optional<Instant> since;
  for (const AgentRow& row : here)
    if (row.agent == store_.agent()) since = std::max(since.value_or(row.last_seen), row.last_seen);
  std::optional<std::uint64_t> spans;
  for (const AgentRow& row : here)
    if (row.agent != store_.agent() && row.state != "sealed" && (!since || row.last_seen >= *since))
      spans = spans.value_or(0) + row.spans;
  return spans;
}

/// A copy sends rows of epochs before its own. What their first store had told a sink of, whoever takes that one's place
/// finds there. Of the rest nobody but the copies knows: were that store wiped or put back, and its spans delivered again,
/// then they would count there and in the rows that come from here.
std::uint64_t CheckInPass::brought_untold(const std::vector<AgentRow>& rows) const {
  const auto& epochs = store_.epochs();
  const auto copied = std::find_if(epochs.rbegin(), epochs.rend(),
                                   [](const meta::Epoch& epoch) { return epoch.began == meta::Began::copied; });
  if (copied == epochs.rend()) return 0;
  // Of this sink its rows say more than what is remembered: it may have been put back, or have been told of a check-in
  // whose answer was lost.
  std::uint64_t told = meta::load_told_spans(store_.kv(), id_);
  for (std::size_t i = 0; i + 1 < epochs.size(); ++i)
    for (const AgentRow& row : rows)
      if (row.epoch == epochs[i].number)
        told = std::max(told, std::min(epochs[i].spans_before + row.spans, epochs[i + 1].spans_before));
  return copied->spans_before > told ? copied->spans_before - told : 0;
}

/// What earlier epochs said of themselves, and only other sinks know.
std::uint64_t CheckInPass::said_elsewhere(const std::vector<AgentRow>& rows) const {
  const auto& epochs = store_.epochs();
  std::uint64_t spans = 0;
  for (std::size_t i = 0; i + 1 < epochs.size(); ++i)
    if (std::none_of(rows.begin(), rows.end(), [&](const AgentRow& row) { return row.epoch == epochs[i].number; }))
      spans += epochs[i].unproven_spans;
  return spans;
}

}  // namespace tidemark
