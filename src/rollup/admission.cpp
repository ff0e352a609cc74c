#include "rollup/admission.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace tidemark {
namespace {

constexpr Micros kMaxAhead = hours(24);

/// The times that one request's spans of each source may have.
class TimeBounds {
 public:
  TimeBounds(const Store& store, const WriteRequest& request, Instant forgotten_at)
      : store_(store), now_(request.now), last_(request.now + kMaxAhead) {
    const auto& sources = store.schema().sources;
    for (std::size_t s = 0; s < sources.size(); ++s)
      first_.push_back(request.backfill ? Instant{std::numeric_limits<std::int64_t>::min()}
                                        : std::max(std::max(now_, forgotten_at) - sources[s].identity_retention,
                                                   store.remembered_from(static_cast<int>(s))));
  }

  bool hold(const SpanBatch& batch, const SpanBatch::Span& span, IngestReport& report) const {
    const SourceDef& source = store_.schema().sources[static_cast<std::size_t>(span.source)];
    const Instant time{batch.value(span, source.time_field)};
    if (time >= first_[static_cast<std::size_t>(span.source)] && time <= last_) return true;
    reject(source, time, report);
    return false;
  }

 private:
  void reject(const SourceDef& source, Instant time, IngestReport& report) const {
    const bool ahead = time > last_;
    const std::string why = ahead ? "more than 24 hours ahead of " + format_short(now_)
                                  : "older than identities are remembered (" +
                                        format_duration(source.identity_retention) +
                                        "); an operator's history is taken with --backfill";
    report.decode.rejections.add(ahead ? RejectReason::in_future : RejectReason::too_old, source.name + " span",
                                 "its time is " + format_short(time) + ", " + why);
  }

  const Store& store_;
  Instant now_;
  Instant last_;
  std::vector<Instant> first_;  ///< By source.
};

/// The runs of the new ones among the candidates; empty when none of them says one.
std::vector<std::optional<Digest>> runs_of(const std::vector<AcceptedSpan>& candidates,
                                           const std::vector<WaitingRequest*>& group, const Schema& schema,
                                           const IdentityIndex::Found& found) {
  std::vector<std::optional<Digest>> runs;
  RunFinder finder(schema);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const SpanBatch::Span& span = *candidates[i].span;
    if (span.run < 0 || found.accepted[i]) continue;
    runs.resize(candidates.size());
    runs[i] = finder.of(*group[candidates[i].request]->request->batch, span);
  }
  return runs;
}

/// Whether a new span comes by the way of its run; otherwise it is counted as rejected.
bool comes_by_its_way(const AcceptedSpan& candidate, const Digest& run, const WriteRequest& request,
                      const Schema& schema, RunClaims& claims, IngestReport& report) {
  const SpanBatch::Span& span = *candidate.span;
  const SourceDef& source = schema.sources[static_cast<std::size_t>(span.source)];
  const Instant time{request.batch->value(span, source.time_field)};
  const Way way = claims.claim(run, span.way, request.now, std::max(request.now, time) + source.identity_retention);
  if (way == span.way) return true;
  report.decode.rejections.add(RejectReason::other_way, source.name + " span",
                               "came by " + std::string(name_of(span.way)) + ", and its run " +
                                   std::string(request.batch->runs[span.run].substr(0, 64)) + " came by " +
                                   std::string(name_of(way)) + " first; source '" + source.name +
                                   "' takes each run by one way only, so that nothing counts twice");
  return false;
}

}  // namespace

std::vector<AcceptedSpan> admit(const std::vector<WaitingRequest*>& group, const Store& store,
                                const IdentityIndex& identities, RunClaims& claims, Instant forgotten_at) {
  std::vector<AcceptedSpan> candidates;
  std::vector<Digest> asked;
  Instant now = group.front()->request->now;
  for (std::size_t g = 0; g < group.size(); ++g) {
    const WriteRequest& request = *group[g]->request;
    const TimeBounds bounds(store, request, forgotten_at);
    now = std::min(now, request.now);
    for (std::size_t s = request.begin; s < request.end; ++s) {
      const SpanBatch::Span& span = request.batch->spans[s];
      if (!bounds.hold(*request.batch, span, group[g]->report)) continue;
      candidates.push_back({g, &span, group[g]->fingerprints[s - request.begin]});
      asked.push_back(span.identity);
    }
  }
  const IdentityIndex::Found found = identities.find(asked, now);
  std::unordered_map<Digest, std::uint32_t, DigestHash> in_group;  // only needed when something repeats
  std::vector<AcceptedSpan> accepted;
  accepted.reserve(candidates.size());
  const auto runs = runs_of(candidates, group, store.schema(), found);
  claims.load(runs);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const AcceptedSpan& candidate = candidates[i];
    IngestReport& report = group[candidate.request]->report;
    std::optional<std::uint32_t> first = found.accepted[i];
    if (!first && found.repeats) {
      const auto at = in_group.find(asked[i]);
      if (at != in_group.end()) first = at->second;
    }
    if (!first) {
      if (!runs.empty() && runs[i] &&
          !comes_by_its_way(candidate, *runs[i], *group[candidate.request]->request, store.schema(), claims, report))
        continue;
      if (found.repeats) in_group.emplace(asked[i], candidate.fingerprint);
      accepted.push_back(candidate);
      ++report.accepted;
      continue;
    }
    ++report.duplicates;
    report.differing_duplicates += *first != candidate.fingerprint;
  }
  return accepted;
}

}  // namespace tidemark
