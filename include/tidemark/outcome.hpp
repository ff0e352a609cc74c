#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// Why a piece of input was not taken. Every reason is counted; none is silent.
enum class RejectReason : std::uint8_t {
  malformed,           ///< Not JSON, not protobuf, not XML, or cut off.
  too_large,           ///< A line, document or field over its limit.
  too_deep,            ///< Nested deeper than allowed.
  unknown_source,      ///< Names a source that the schema does not have.
  missing_identity,    ///< Nothing says which span this is.
  missing_field,       ///< A required field is absent.
  wrong_type,          ///< A field's value is not of its declared type.
  invalid_time,        ///< Not an instant, or outside the years 1970 to 9999.
  end_before_start,    ///< A derived duration would be negative.
  value_out_of_range,  ///< A number that its fixed-point resolution cannot hold.
  too_old,             ///< Ended before the horizon up to which identities are remembered.
  in_future,           ///< Ends more than 24 hours ahead of the clock.
  other_way,           ///< Came by another way than its source, or its run, is taken by.
};
inline constexpr std::size_t kRejectReasons = 13;

/// `too_old` and so on: the name used in reports, logs and metrics.
std::string_view name_of(RejectReason reason);

/// One piece of input that was not taken, for people to look at.
struct Rejection {
  RejectReason reason = RejectReason::malformed;
  std::string where;    ///< `jobs.ndjson:17`, `report.xml: testcase 3 "adds"`.
  std::string message;  ///< What was found and what was expected.
};

/// Counts by reason, and the first few examples.
class Rejections {
 public:
  static constexpr std::size_t kExamples = 10;

  void add(RejectReason reason, std::string where, std::string message);
  /// Adds `n` rejections for which there is no example.
  void count(RejectReason reason, std::uint64_t n = 1) { counts_[static_cast<std::size_t>(reason)] += n; }
  void merge(const Rejections& other);

  std::uint64_t of(RejectReason reason) const { return counts_[static_cast<std::size_t>(reason)]; }
  std::uint64_t total() const;
  /// Up to kExamples of the first ones, in order.
  const std::vector<Rejection>& examples() const { return examples_; }

 private:
  std::array<std::uint64_t, kRejectReasons> counts_{};
  std::vector<Rejection> examples_;
};

/// What decoding some bytes came to, beside the spans themselves.
struct DecodeReport {
  std::uint64_t ignored = 0;             ///< Well-formed spans that no source wants.
  std::uint64_t repaired_text = 0;       ///< Texts in which NUL or invalid UTF-8 became U+FFFD.
  std::uint64_t cut_text = 0;            ///< Dimension values over 512 bytes, cut with a digest at their end.
  std::uint64_t dropped_attributes = 0;  ///< Attributes without a usable value (NaN, null, beyond int64).
  std::uint64_t unknown_results = 0;     ///< Results that no rule maps; stored as `unknown`.
  std::uint64_t clamped_times = 0;       ///< Starts after their end that a vendor's format is known for; duration is 0.
  std::uint64_t missing_queue = 0;       ///< Queue times whose job was not in the same request.
  std::uint64_t phantom_jobs = 0;        ///< GitHub's jobs that are none: check runs made inside a job.
  std::uint64_t resent_jobs = 0;         ///< GitHub's jobs of an earlier attempt, sent again with a later one's number.
  Rejections rejections;

  void merge(const DecodeReport& other);
};

/// What became of spans that were given to the writer. Everything counted as accepted is durable.
struct IngestReport {
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;            ///< Known identities; nothing changed.
  std::uint64_t differing_duplicates = 0;  ///< Those of them whose content was another; the first acceptance won.
  std::uint64_t guarded = 0;               ///< Dimension values that the cardinality guard replaced by `__other__`.
  std::uint64_t sealed = 0;                ///< (span, rollup) pairs that came after the bucket was sealed by retention.
  DecodeReport decode;

  void merge(const IngestReport& other);
};

}  // namespace tidemark
