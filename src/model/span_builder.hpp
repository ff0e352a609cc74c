#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/outcome.hpp>

#include "model/bytes.hpp"
#include "model/span_batch.hpp"

namespace tidemark {

/// The only way into a SpanBatch, for every decoder: begin, set what the input has, finish. It applies the rules that
/// hold for all formats (docs/semantics.md, "What is accepted"): text repair and bounds, rounding to the field's
/// resolution, derived durations, required fields, time bounds. A span that breaks one is left out and counted.
/// Throws nothing but std::bad_alloc. One thread at a time.
class SpanBuilder {
 public:
  /// What a start after its end means: webhooks clamp it to 0 and count it, everything else is rejected.
  enum class NegativeDuration { reject, clamp };

  SpanBuilder(const Schema& schema, SpanBatch& batch, DecodeReport& report,
              NegativeDuration negative = NegativeDuration::reject);

  /// Starts a span; whatever was begun and not finished is dropped.
  /// `identity` is the digest of what its sender calls it; the source's name is mixed in here.
  void begin(int source, const Digest& identity);

  /// Sets text, one label, or a result (mapped by model/results.hpp; unmapped ones are counted). Repairs and bounds it.
  void set_text(int field, std::string_view text);
  /// Sets a label set, given in any order and with repeats.
  void set_labels(int field, const std::vector<std::string>& labels);
  void set_boolean(int field, bool value);
  void set_instant(int field, Instant value);
  /// A duration in nanoseconds; rounded to the field's resolution, halves away from zero.
  void set_duration_ns(int field, Int128 nanoseconds);
  /// A duration in seconds or a number, as decimal text (`-1.5e3`): exact, no binary floating point on the way.
  /// False when the text is no decimal number; the field is then untouched.
  bool set_decimal(int field, std::string_view text);
  /// The same of a double: its shortest decimal text that reads back the same is what counts.
  bool set_double(int field, double value);
  bool set_integer(int field, std::int64_t value);

  bool has(int field) const;
  std::optional<std::int64_t> get(int field) const;

  /// Notes that the span is wrong; finish() will reject it. The first note counts.
  void fail(RejectReason reason, std::string message);

  /// Completes the span: it is in the batch (true), or rejected and counted with `where` (false).
  bool finish(std::string_view where);

 private:
  std::int64_t& slot(int field);
  bool derive();
  bool check();

  const Schema& schema_;
  SpanBatch& batch_;
  DecodeReport& report_;
  NegativeDuration negative_;
  SpanBatch::Span span_;
  std::vector<std::int64_t> values_;
  bool failed_ = false;
  RejectReason reason_ = RejectReason::malformed;
  std::string message_;
};

}  // namespace tidemark
