#include "model/span_builder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <list>

#include "model/decimal.hpp"
#include "model/key.hpp"
#include "model/results.hpp"
#include "model/span_columns.hpp"
#include "model/text.hpp"

namespace tidemark {
namespace {

constexpr Instant kFirstInstant{0};
constexpr Instant kEndInstant{253'402'300'800'000'000};  // 10000-01-01T00:00:00Z
constexpr Instant kYearTwo{-62'104'060'800'000'000};     // 0002-01-01T00:00:00Z
constexpr std::int64_t kNanosPerMicro = 1'000;
constexpr std::int64_t kMicrosPerSecond = 1'000'000;
/// Past these, a duration in nanoseconds is out of range at any resolution.
constexpr Int128 kLargestNanos = Int128{std::numeric_limits<std::int64_t>::max()} * kNanosPerMicro;

std::string quoted(const FieldDef& field) { return "\"" + field.name + "\""; }

std::string other_way_message(const SourceDef& source, Way way) {
  std::string message = "came by " + std::string(name_of(way)) + "; source '" + source.name + "' accepts";
  for (const Way accepted : source.accept) message += " " + std::string(name_of(accepted));
  return message;
}

std::string invalid_time_message(const FieldDef& field, Instant value) {
  std::string message = quoted(field) + " is " + format_short(value);
  if (value < kYearTwo) message += ", the year 1, which senders write for a time that they do not know";
  return message + "; expected an instant in the years 1970 to 9999";
}

}  // namespace

SpanBuilder::SpanBuilder(const Schema& schema, SpanBatch& batch, DecodeReport& report, Way way,
                         NegativeDuration negative)
    : schema_(schema),
      batch_(batch),
      report_(report),
      way_(way),
      negative_(negative),
      all_duties_(schema.sources.size()) {}

void SpanBuilder::begin(int source, DigestBuilder& called) {
  source_ = source;
  duties_ = &duties_of(source);
  identity_.clear();
  identity_.add(this->source().name).take(called);
  values_.assign(duties_->slots.size(), kNull);
  run_ = -1;
  failed_ = false;
  if (!duties_->accepted) fail(RejectReason::other_way, other_way_message(this->source(), way_));
}

void SpanBuilder::set_run(std::string_view run) {
  if (wants_run() && !run.empty()) run_ = static_cast<std::int32_t>(batch_.runs.intern(run));
}

const SpanBuilder::Duties& SpanBuilder::duties_of(int source) {
  Duties& duties = all_duties_[static_cast<std::size_t>(source)];
  if (duties.known) return duties;
  const auto& fields = schema_.sources[static_cast<std::size_t>(source)].fields;
  for (std::size_t f = 0; f < fields.size(); ++f) {
    duties.slots.push_back({fields[f].type, fields[f].derived.has_value()});
    if (const auto& difference = fields[f].derived)
      duties.derived.push_back(
          {f, static_cast<std::size_t>(difference->end), static_cast<std::size_t>(difference->start)});
    if (fields[f].required) duties.required.push_back(f);
  }
  duties.accepted = schema_.sources[static_cast<std::size_t>(source)].accepts(way_);
  duties.one_way_per_run = schema_.sources[static_cast<std::size_t>(source)].one_way_per_run;
  duties.known = true;
  return duties;
}

void SpanBuilder::fail_type(int field, std::string_view given) {
  const FieldDef& def = this->field(field);
  fail(RejectReason::wrong_type,
       quoted(def) + " is " + std::string(given) + "; expected its type, " + std::string(name_of(def.type)));
}

void SpanBuilder::set_text(int field, std::string_view text) {
  if (!settable(field, "a text", FieldType::text, FieldType::result, FieldType::labels)) return;
  const FieldType type = duties_->slots[static_cast<std::size_t>(field)].type;
  if (type == FieldType::text) return put(field, intern_clean(text));
  if (type == FieldType::result) return put(field, intern_result(text));
  set_labels(field, std::array{text});
}

void SpanBuilder::set_raw_labels(int field) {
  if (settable(field, "a list of texts", FieldType::labels)) put(field, intern_raw_labels());
}

void SpanBuilder::set_boolean(int field, bool value) {
  if (settable(field, "a boolean", FieldType::boolean)) put(field, value ? 1 : 0);
}

void SpanBuilder::set_instant(int field, Instant value) {
  if (!settable(field, "an instant", FieldType::instant)) return;
  if (value >= kFirstInstant && value < kEndInstant) return put(field, value.us);
  if (!failed_) fail(RejectReason::invalid_time, invalid_time_message(this->field(field), value));
}

void SpanBuilder::set_duration_ns(int field, Int128 nanoseconds) {
  if (!settable(field, "a duration", FieldType::duration)) return;
  const FieldDef& def = this->field(field);
  const bool far_out = nanoseconds > kLargestNanos || nanoseconds < -kLargestNanos;
  put_measure(field, def, far_out ? std::nullopt : round_ratio(nanoseconds, kNanosPerMicro, def.step));
}

bool SpanBuilder::set_decimal(int field, std::string_view text) {
  const auto number = parse_decimal(text);
  if (!number) return false;
  if (!settable(field, "a number", FieldType::duration, FieldType::number)) return true;
  const FieldDef& def = this->field(field);
  put_measure(field, def, to_fixed_point(*number, def.divisor, def.step));
  return true;
}

bool SpanBuilder::set_double(int field, double value) {
  if (!std::isfinite(value)) return false;
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return set_decimal(field, {buffer.data(), static_cast<std::size_t>(end - buffer.data())});
}

bool SpanBuilder::set_integer(int field, std::int64_t value) {
  if (!settable(field, "a number", FieldType::duration, FieldType::number)) return true;
  const FieldDef& def = this->field(field);
  put_measure(field, def, round_ratio(Int128{value} * def.divisor, 1, def.step));
  return true;
}

void SpanBuilder::put_measure(int field, const FieldDef& def, std::optional<std::int64_t> value) {
  if (!value) {
    if (!failed_)
      fail(RejectReason::value_out_of_range, quoted(def) + " is beyond what 64 bits hold at its resolution");
  } else if (def.type == FieldType::duration && *value < 0) {
    if (negative_duration(def)) put(field, 0);
  } else {
    put(field, *value);
  }
}

/// Whether it is clamped to 0; otherwise the span is rejected.
bool SpanBuilder::negative_duration(const FieldDef& field) {
  if (negative_ == NegativeDuration::clamp) {
    ++report_.clamped_times;
    return true;
  }
  if (failed_) return false;
  std::string message = quoted(field) + " is below zero";
  if (field.derived)
    message += ": \"" + source().fields[static_cast<std::size_t>(field.derived->end)].name + "\" is before \"" +
               source().fields[static_cast<std::size_t>(field.derived->start)].name + "\"";
  fail(RejectReason::end_before_start, std::move(message));
  return false;
}

std::int64_t SpanBuilder::intern_clean(std::string_view text) {
  const std::uint32_t hash = TextDictionary::hash_of(text);
  if (const auto known = static_cast<std::size_t>(batch_.texts.find(text, hash));
      known < known_clean_.size() && known_clean_[known] != 0)
    return static_cast<std::int64_t>(known);
  if (text.size() > kMaxTextBytes || !is_clean_utf8(text)) {
    clean(text, report_.repaired_text, report_.cut_text);
    return batch_.texts.intern(clean_);
  }
  const std::int64_t id = batch_.texts.intern(text, hash);
  known_clean_.resize(batch_.texts.size());
  known_clean_[static_cast<std::size_t>(id)] = 1;
  return id;
}

void SpanBuilder::clean(std::string_view text, std::uint64_t& repaired, std::uint64_t& cut) {
  repaired += repair_utf8(text, clean_);
  cut += cut_text(clean_);
}

std::int64_t SpanBuilder::intern_result(std::string_view text) {
  const auto raw = static_cast<std::size_t>(raw_results_.intern(text));
  if (raw == known_results_.size()) {
    const auto mapped = map_result(text);
    known_results_.push_back({batch_.texts.intern(mapped.value_or(kUnknownResult)), !mapped});
  }
  report_.unknown_results += known_results_[raw].unknown;
  return known_results_[raw].text;
}

std::int64_t SpanBuilder::intern_raw_labels() {
  const auto raw = static_cast<std::size_t>(raw_labels_.intern(raw_));
  if (raw == known_labels_.size()) known_labels_.push_back(canonical(raw_));
  const KnownLabels& known = known_labels_[raw];
  report_.repaired_text += known.repaired;
  report_.cut_text += known.cut;
  return known.text;
}

SpanBuilder::KnownLabels SpanBuilder::canonical(std::string_view raw) {
  KnownLabels known;
  std::vector<std::string_view> labels;
  std::list<std::string> cleaned;  // those that cannot stay as they came
  for (ByteReader in(raw); !in.at_end();) {
    std::string_view label = trim(in.text());
    if (label.size() > kMaxTextBytes || !is_clean_utf8(label)) {
      clean(label, known.repaired, known.cut);
      label = cleaned.emplace_back(clean_);
    }
    labels.push_back(label);
  }
  const std::string set = canonical_labels(labels, kMaxLabels);
  if (labels.size() > kMaxLabels) known.cut += labels.size() - kMaxLabels;
  known.text = batch_.texts.intern(set);
  return known;
}

std::optional<std::int64_t> SpanBuilder::get(int field) const {
  const std::int64_t value = values_[static_cast<std::size_t>(field)];
  return value == kNull ? std::nullopt : std::optional(value);
}

void SpanBuilder::fail(RejectReason reason, std::string message) {
  if (failed_) return;
  failed_ = true;
  reason_ = reason;
  message_ = std::move(message);
}

void SpanBuilder::derive() {
  for (const auto& [f, end_field, start_field] : duties_->derived) {
    if (failed_) return;
    const std::int64_t end = values_[end_field];
    const std::int64_t start = values_[start_field];
    if (end == kNull || start == kNull) continue;
    // Both are within the years 1970 to 9999, so nothing overflows.
    const FieldDef& field = source().fields[f];
    if (end >= start)
      values_[f] = round_to_step(end - start, field.step);
    else if (negative_duration(field))
      values_[f] = 0;
  }
}

void SpanBuilder::check_required() {
  for (const std::size_t f : duties_->required)
    if (!failed_ && values_[f] == kNull)
      fail(RejectReason::missing_field,
           quoted(source().fields[f]) + " is missing; every span of source '" + source().name + "' needs it");
}

bool SpanBuilder::complete() {
  derive();
  check_required();
  if (!failed_) {
    SpanBatch::Span& span = batch_.spans.emplace_back();
    span.source = source_;
    span.identity = identity_.finish();
    span.first_value = batch_.values.size();
    span.run = run_;
    span.way = way_;
    batch_.values.insert(batch_.values.end(), values_.begin(), values_.end());
  }
  source_ = -1;
  return !failed_;
}

}  // namespace tidemark
