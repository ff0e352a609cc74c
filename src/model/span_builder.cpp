#include "model/span_builder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

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

bool is_boolean(FieldType type) { return type == FieldType::boolean; }
bool is_instant(FieldType type) { return type == FieldType::instant; }
bool is_duration(FieldType type) { return type == FieldType::duration; }
bool is_labels(FieldType type) { return type == FieldType::labels; }

std::string quoted(const FieldDef& field) { return "\"" + field.name + "\""; }

std::string invalid_time_message(const FieldDef& field, Instant value) {
  std::string message = quoted(field) + " is " + format_short(value);
  if (value < kYearTwo) message += ", the year 1, which senders write for a time that they do not know";
  return message + "; expected an instant in the years 1970 to 9999";
}

}  // namespace

SpanBuilder::SpanBuilder(const Schema& schema, SpanBatch& batch, DecodeReport& report, NegativeDuration negative)
    : schema_(schema), batch_(batch), report_(report), negative_(negative), duties_(schema.sources.size()) {}

void SpanBuilder::begin(int source, DigestBuilder& called) {
  source_ = source;
  identity_.clear();
  identity_.add(this->source().name).take(called);
  values_.assign(duties().fields, kNull);
  failed_ = false;
}

const SpanBuilder::Duties& SpanBuilder::duties() {
  Duties& duties = duties_[static_cast<std::size_t>(source_)];
  if (duties.known) return duties;
  const auto& fields = source().fields;
  for (std::size_t f = 0; f < fields.size(); ++f) {
    if (const auto& difference = fields[f].derived)
      duties.derived.push_back(
          {f, static_cast<std::size_t>(difference->end), static_cast<std::size_t>(difference->start)});
    if (fields[f].required) duties.required.push_back(f);
  }
  duties.fields = fields.size();
  duties.known = true;
  return duties;
}

const FieldDef* SpanBuilder::settable(int field, bool (*fits)(FieldType), std::string_view given) {
  if (source_ < 0) return nullptr;
  const FieldDef& def = source().fields[static_cast<std::size_t>(field)];
  if (def.derived) return nullptr;
  if (fits(def.type)) return &def;
  if (!failed_)
    fail(RejectReason::wrong_type,
         quoted(def) + " is " + std::string(given) + "; expected its type, " + std::string(name_of(def.type)));
  return nullptr;
}

void SpanBuilder::set_text(int field, std::string_view text) {
  const FieldDef* def = settable(field, is_text, "a text");
  if (def == nullptr) return;
  switch (def->type) {
    case FieldType::result: return put(field, intern_result(text));
    case FieldType::labels: return put(field, intern_labels({std::string(text)}));
    default: return put(field, intern_clean(text));
  }
}

void SpanBuilder::set_labels(int field, const std::vector<std::string>& labels) {
  if (settable(field, is_labels, "a list of texts") != nullptr) put(field, intern_labels(labels));
}

void SpanBuilder::set_boolean(int field, bool value) {
  if (settable(field, is_boolean, "a boolean") != nullptr) put(field, value ? 1 : 0);
}

void SpanBuilder::set_instant(int field, Instant value) {
  const FieldDef* def = settable(field, is_instant, "an instant");
  if (def == nullptr) return;
  if (value >= kFirstInstant && value < kEndInstant) return put(field, value.us);
  if (!failed_) fail(RejectReason::invalid_time, invalid_time_message(*def, value));
}

void SpanBuilder::set_duration_ns(int field, Int128 nanoseconds) {
  const FieldDef* def = settable(field, is_duration, "a duration");
  if (def == nullptr) return;
  const bool far_out = nanoseconds > kLargestNanos || nanoseconds < -kLargestNanos;
  put_measure(field, *def, far_out ? std::nullopt : round_ratio(nanoseconds, kNanosPerMicro, def->step));
}

bool SpanBuilder::set_decimal(int field, std::string_view text) {
  const auto number = parse_decimal(text);
  if (!number) return false;
  const FieldDef* def = settable(field, is_measure, "a number");
  if (def != nullptr) put_measure(field, *def, to_fixed_point(*number, def->divisor, def->step));
  return true;
}

bool SpanBuilder::set_double(int field, double value) {
  if (!std::isfinite(value)) return false;
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return set_decimal(field, {buffer.data(), static_cast<std::size_t>(end - buffer.data())});
}

bool SpanBuilder::set_integer(int field, std::int64_t value) {
  const FieldDef* def = settable(field, is_measure, "a number");
  if (def != nullptr) put_measure(field, *def, round_ratio(Int128{value} * def->divisor, 1, def->step));
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
  if (const auto known = static_cast<std::size_t>(batch_.texts.find(text));
      known < known_clean_.size() && known_clean_[known] != 0)
    return static_cast<std::int64_t>(known);
  if (text.size() > kMaxTextBytes || !is_clean_utf8(text)) {
    clean(text, report_.repaired_text, report_.cut_text);
    return batch_.texts.intern(clean_);
  }
  const std::int64_t id = batch_.texts.intern(text);
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

std::int64_t SpanBuilder::intern_labels(const std::vector<std::string>& labels) {
  raw_.clear();
  for (const std::string& label : labels) put_text(raw_, label);
  const auto raw = static_cast<std::size_t>(raw_labels_.intern(raw_));
  if (raw == known_labels_.size()) known_labels_.push_back(canonical(labels));
  const KnownLabels& known = known_labels_[raw];
  report_.repaired_text += known.repaired;
  report_.cut_text += known.cut;
  return known.text;
}

SpanBuilder::KnownLabels SpanBuilder::canonical(const std::vector<std::string>& labels) {
  KnownLabels known;
  std::vector<std::string> cleaned;
  cleaned.reserve(labels.size());
  for (const std::string& label : labels) {
    clean(trim(label), known.repaired, known.cut);
    cleaned.push_back(clean_);
  }
  std::string set = canonical_labels(std::move(cleaned));
  std::vector<std::string> sorted = parse_labels(set);
  if (sorted.size() > kMaxLabels) {
    known.cut += sorted.size() - kMaxLabels;
    sorted.resize(kMaxLabels);
    set = canonical_labels(std::move(sorted));
  }
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
  for (const auto& [f, end_field, start_field] : duties().derived) {
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
  for (const std::size_t f : duties().required)
    if (!failed_ && values_[f] == kNull)
      fail(RejectReason::missing_field,
           quoted(source().fields[f]) + " is missing; every span of source '" + source().name + "' needs it");
}

bool SpanBuilder::complete() {
  derive();
  check_required();
  if (!failed_) {
    batch_.spans.push_back({source_, identity_.finish(), batch_.values.size()});
    batch_.values.insert(batch_.values.end(), values_.begin(), values_.end());
  }
  source_ = -1;
  return !failed_;
}

}  // namespace tidemark
