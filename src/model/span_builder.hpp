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
/// A field that is set twice keeps the last value. A derived field is always worked out; setting it does nothing.
/// A setter that does not fit the field's type makes the span `wrong_type`.
/// Cost: no allocation for a span but the batch's own growth; a text that the batch has already is hashed and compared.
/// Throws nothing but std::bad_alloc. One thread at a time.
class SpanBuilder {
 public:
  /// What a start after its end, or a duration below zero, means: webhooks clamp it to 0 and count it, everything else
  /// is rejected.
  enum class NegativeDuration { reject, clamp };

  /// All three must outlive the builder. Other builders may fill the same batch, one after the other.
  /// `way`: by which all its spans come; a source that does not accept it refuses them as `other_way`.
  SpanBuilder(const Schema& schema, SpanBatch& batch, DecodeReport& report, Way way,
              NegativeDuration negative = NegativeDuration::reject);

  /// Starts a span; whatever was begun and not finished is dropped.
  /// `called` holds the parts of what its sender calls it, and is empty afterwards; with the source's name before them
  /// they make the span's identity.
  void begin(int source, DigestBuilder& called);
  /// Whether the source of the span wants to know its run and nobody has said it.
  bool wants_run() const { return duties_->one_way_per_run && run_ < 0; }
  /// What its sender calls the run that the span is of. Empty: nobody says it.
  void set_run(std::string_view run);

  /// Sets text, one label, or a result (mapped by model/results.hpp; unmapped ones are counted). Repairs and bounds it.
  void set_text(int field, std::string_view text);
  /// Sets a label set, given in any order and with repeats.
  template <typename Texts = std::vector<std::string>>
  void set_labels(int field, const Texts& labels) {
    raw_.clear();
    for (const auto& label : labels) put_text(raw_, label);
    set_raw_labels(field);
  }
  void set_boolean(int field, bool value);
  /// Outside the years 1970 to 9999: the span is `invalid_time`.
  void set_instant(int field, Instant value);
  /// A duration in nanoseconds; rounded to the field's resolution, halves away from zero.
  void set_duration_ns(int field, Int128 nanoseconds);
  /// A duration in seconds or a number, as decimal text (`-1.5e3`): exact, no binary floating point on the way.
  /// What the field's resolution cannot hold in 64 bits makes the span `value_out_of_range`.
  /// False when the text is no decimal number; the field is then untouched.
  bool set_decimal(int field, std::string_view text);
  /// The same of a double: its shortest decimal text that reads back the same is what counts.
  /// False when it is infinite or not a number.
  bool set_double(int field, double value);
  /// The same of a whole number of seconds or units; always true.
  bool set_integer(int field, std::int64_t value);

  bool has(int field) const { return get(field).has_value(); }
  /// As in SpanBatch: text fields give the id in the batch's dictionary.
  std::optional<std::int64_t> get(int field) const;

  /// Notes that the span is wrong; finish() will reject it. The first note counts.
  void fail(RejectReason reason, std::string message);

  /// Completes the span: it is in the batch (true), or rejected and counted with `where` (false).
  bool finish(std::string_view where) {
    return finish_or([&] { return std::string(where); });
  }
  /// The same; `where()` is only worked out for a rejected span.
  template <typename Where>
  bool finish_or(const Where& where) {
    if (source_ < 0) return false;
    if (complete()) return true;
    report_.rejections.add(reason_, where(), std::move(message_));
    return false;
  }

 private:
  /// What every setter asks of a field, by itself.
  struct Slot {
    FieldType type;
    bool derived;
  };
  /// What there is to know of a source, and what finish() has to do for each of its spans.
  struct Duties {
    struct Difference {
      std::size_t field, end, start;
    };
    bool known = false;
    std::vector<Slot> slots;
    std::vector<Difference> derived;
    std::vector<std::size_t> required;
    bool accepted = true;  ///< Of spans that come by this way.
    bool one_way_per_run = false;
  };
  /// A result as it was sent, once worked out.
  struct KnownResult {
    std::int64_t text = kNull;
    bool unknown = false;
  };
  /// A label set as it was sent, once worked out.
  struct KnownLabels {
    std::int64_t text = kNull;
    std::uint64_t repaired = 0;
    std::uint64_t cut = 0;
  };

  const Duties& duties_of(int source);
  const SourceDef& source() const { return schema_.sources[static_cast<std::size_t>(source_)]; }
  const FieldDef& field(int field) const { return source().fields[static_cast<std::size_t>(field)]; }
  /// Whether a value for a field of these types is to be set: not when it is derived, or of another one (which is noted).
  template <typename... Types>
  bool settable(int field, std::string_view given, Types... types) {
    if (source_ < 0) return false;
    const Slot slot = duties_->slots[static_cast<std::size_t>(field)];
    if (slot.derived) return false;
    if (((slot.type == types) || ...)) return true;
    if (!failed_) fail_type(field, given);
    return false;
  }
  void fail_type(int field, std::string_view given);
  void put(int field, std::int64_t value) { values_[static_cast<std::size_t>(field)] = value; }
  void put_measure(int field, const FieldDef& def, std::optional<std::int64_t> value);
  std::int64_t intern_clean(std::string_view text);
  std::int64_t intern_result(std::string_view text);
  /// The labels in `raw_`, one put_text after the other.
  void set_raw_labels(int field);
  std::int64_t intern_raw_labels();
  KnownLabels canonical(std::string_view raw);
  /// Repairs and cuts into `clean_`.
  void clean(std::string_view text, std::uint64_t& repaired, std::uint64_t& cut);
  void derive();
  void check_required();
  /// Puts the span into the batch, unless something is wrong with it.
  bool complete();
  bool negative_duration(const FieldDef& field);

  const Schema& schema_;
  SpanBatch& batch_;
  DecodeReport& report_;
  Way way_;
  NegativeDuration negative_;
  int source_ = -1;
  const Duties* duties_ = nullptr;  ///< Of `source_`.
  std::vector<std::int64_t> values_;
  bool failed_ = false;
  RejectReason reason_ = RejectReason::malformed;
  std::string message_;
  std::int32_t run_ = -1;
  DigestBuilder identity_;
  std::string clean_;
  std::vector<Duties> all_duties_;  ///< By source.
  // Texts, results and label sets repeat from span to span: what each came to is kept.
  std::vector<std::uint8_t> known_clean_;  ///< By id in the batch's dictionary: nothing to repair.
  TextDictionary raw_results_;
  std::vector<KnownResult> known_results_;
  TextDictionary raw_labels_;  ///< By how they were written: as in `raw_`.
  std::vector<KnownLabels> known_labels_;
  std::string raw_;
};

}  // namespace tidemark
