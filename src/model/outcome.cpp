#include <tidemark/outcome.hpp>

#include <numeric>

namespace tidemark {

std::string_view name_of(RejectReason reason) {
  switch (reason) {
    case RejectReason::malformed: return "malformed";
    case RejectReason::too_large: return "too_large";
    case RejectReason::too_deep: return "too_deep";
    case RejectReason::unknown_source: return "unknown_source";
    case RejectReason::missing_identity: return "missing_identity";
    case RejectReason::missing_field: return "missing_field";
    case RejectReason::wrong_type: return "wrong_type";
    case RejectReason::invalid_time: return "invalid_time";
    case RejectReason::end_before_start: return "end_before_start";
    case RejectReason::value_out_of_range: return "value_out_of_range";
    case RejectReason::too_old: return "too_old";
    case RejectReason::in_future: return "in_future";
    case RejectReason::other_way: return "other_way";
  }
  return "";
}

void Rejections::add(RejectReason reason, std::string where, std::string message) {
  count(reason);
  if (examples_.size() < kExamples) examples_.push_back({reason, std::move(where), std::move(message)});
}

void Rejections::merge(const Rejections& other) {
  for (std::size_t i = 0; i < kRejectReasons; ++i) counts_[i] += other.counts_[i];
  for (const Rejection& example : other.examples_) {
    if (examples_.size() == kExamples) return;
    examples_.push_back(example);
  }
}

std::uint64_t Rejections::total() const { return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0}); }

void DecodeReport::merge(const DecodeReport& other) {
  ignored += other.ignored;
  repaired_text += other.repaired_text;
  cut_text += other.cut_text;
  dropped_attributes += other.dropped_attributes;
  unknown_results += other.unknown_results;
  clamped_times += other.clamped_times;
  missing_queue += other.missing_queue;
  phantom_jobs += other.phantom_jobs;
  resent_jobs += other.resent_jobs;
  rejections.merge(other.rejections);
}

void IngestReport::merge(const IngestReport& other) {
  accepted += other.accepted;
  duplicates += other.duplicates;
  differing_duplicates += other.differing_duplicates;
  guarded += other.guarded;
  sealed += other.sealed;
  decode.merge(other.decode);
}

}  // namespace tidemark
