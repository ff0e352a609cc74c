#include "rollup/run_claims.hpp"

#include <algorithm>

#include "rollup/identity_index.hpp"
#include "store/meta.hpp"

namespace tidemark {
namespace {

/// Claims kept in memory; others come back from the store when they are asked for.
constexpr std::size_t kCachedClaims = 1u << 16;
/// A claim is kept this much longer than it must be, so that the later spans of its run rarely write it again.
constexpr Micros kSlack = days(1);

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

}  // namespace

std::optional<Digest> RunFinder::of(const SpanBatch& batch, const SpanBatch::Span& span) {
  if (span.run < 0) return std::nullopt;
  const SourceDef& source = schema_.sources[static_cast<std::size_t>(span.source)];
  if (batch_ != &batch || span_.source != span.source) {
    const int i = source.field_index("repository");
    repository_field_ = i >= 0 && source.fields[static_cast<std::size_t>(i)].type == FieldType::text ? i : -1;
  }
  const std::int64_t repository = repository_field_ < 0 ? kNull : batch.value(span, repository_field_);
  if (batch_ == &batch && span_.source == span.source && span_.run == span.run && repository_ == repository)
    return run_;
  batch_ = &batch;
  span_ = span;
  repository_ = repository;
  const std::string_view run = batch.runs[span.run];
  const std::string_view name = repository == kNull ? std::string_view() : batch.texts[repository];
  if (is_uuid(run))
    run_ = DigestBuilder().add(source.name).add(run).finish();
  else if (!name.empty())
    run_ = DigestBuilder().add(source.name).add(name).add(run).finish();
  else
    run_.reset();
  return run_;
}

void RunClaims::load(const std::vector<std::optional<Digest>>& runs) {
  std::vector<Digest> unknown;
  for (const auto& run : runs)
    if (run && !known_.contains(*run)) unknown.push_back(*run);
  std::sort(unknown.begin(), unknown.end());
  unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
  const auto claims = meta::load_run_claims(store_.kv(), unknown);
  for (std::size_t i = 0; i < unknown.size(); ++i)
    if (claims[i]) known_.emplace(unknown[i], Claim{claims[i]->way, claims[i]->until_minutes});
}

Way RunClaims::claim(const Digest& run, Way way, Instant now, Instant until) {
  const auto known = known_.find(run);
  const bool holds =
      known != known_.end() && known->second.until_minutes >= static_cast<std::uint32_t>(now.us / 60'000'000);
  if (holds && known->second.way != way) return known->second.way;
  if (holds && known->second.until_minutes >= IdentityIndex::minutes_of(until)) return way;
  changes_.push_back({run, known != known_.end() ? std::optional(known->second) : std::nullopt});
  known_[run] = {way, IdentityIndex::minutes_of(until + kSlack)};
  return way;
}

void RunClaims::write(KvBatch& batch) const {
  for (const Change& change : changes_) {
    const Claim& claim = known_.at(change.run);
    meta::put_run_claim(batch, change.run, {claim.way, claim.until_minutes});
  }
}

void RunClaims::withdraw() {
  for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
    if (change->before)
      known_[change->run] = *change->before;
    else
      known_.erase(change->run);
  }
  changes_.clear();
}

void RunClaims::trim() {
  if (known_.size() > kCachedClaims) known_.clear();
}

}  // namespace tidemark
