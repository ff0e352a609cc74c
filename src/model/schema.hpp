#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemark/time.hpp>

#include "model/predicate.hpp"
#include "model/way.hpp"

namespace tidemark {

/// What a field of a span holds. In a span every field is one int64 (model/span_batch.hpp).
enum class FieldType : std::uint8_t {
  text,      ///< An id in the batch's dictionary.
  labels,    ///< The same, of a canonical label set (model/key.hpp).
  result,    ///< The same, of one of OpenTelemetry's results (model/results.hpp).
  boolean,   ///< 0 or 1.
  instant,   ///< Microseconds since 1970.
  duration,  ///< Microseconds.
  number,    ///< Fixed-point: the value times `divisor`.
};
std::string_view name_of(FieldType type);
inline bool is_text(FieldType t) { return t == FieldType::text || t == FieldType::labels || t == FieldType::result; }
inline bool is_measure(FieldType t) { return t == FieldType::duration || t == FieldType::number; }

struct FieldDef {
  std::string name;
  FieldType type = FieldType::text;
  /// Durations: values are rounded to a multiple of this many microseconds (1 by default).
  std::int64_t step = 1;
  /// What a stored value is divided by, once, to give the number or the seconds that people see: 1,000,000 for
  /// durations; for numbers a power of ten up to 1e9 (1e6 by default).
  std::int64_t divisor = 1'000'000;
  /// A derived duration: fields[end] - fields[start]. Not stored in the log.
  struct Difference {
    int end = -1;
    int start = -1;
    friend bool operator==(const Difference&, const Difference&) = default;
  };
  std::optional<Difference> derived;
  bool required = false;
  /// OTLP attributes that fill this field, the first present one wins; for users' own sources.
  std::vector<std::string> attributes;
  friend bool operator==(const FieldDef&, const FieldDef&) = default;
};

/// When an OTLP span belongs to a user's source: all of the attributes are present with these values (`*`: any value).
struct OtlpMatch {
  std::vector<std::pair<std::string, std::string>> attributes;
  std::optional<std::string> span_name;
  friend bool operator==(const OtlpMatch&, const OtlpMatch&) = default;
};

struct SourceDef {
  std::string name;
  std::vector<FieldDef> fields;
  int time_field = -1;          ///< Which instant puts a span into its bucket.
  Micros retention = days(30);  ///< How long raw spans stay, from their time. Larger: more disk, longer drill-down.
  Micros identity_retention = days(35);   ///< How long identities are remembered; longer than `retention`.
  Micros allowed_lateness = minutes(10);  ///< How long after its end a bucket is not finished yet.
  std::optional<OtlpMatch> otlp;
  /// The ways by which its spans may come, ascending. Empty, the default: all of them.
  std::vector<Way> accept;
  /// Whether all spans of one run have to come by the way of its first one.
  bool one_way_per_run = false;

  bool accepts(Way way) const;
  /// -1 when there is no such field.
  int field_index(std::string_view name) const;
  friend bool operator==(const SourceDef&, const SourceDef&) = default;
};

enum class AggregateKind : std::uint8_t {
  count,
  sum,
  min,
  max,
  avg,
  first,
  last,
  count_distinct,
  percentile_cont,
  corr,
};
std::string_view name_of(AggregateKind kind);

/// One aggregate state of a rollup's rows. Percentiles of one measure under one filter share a slot.
struct SlotDef {
  AggregateKind kind = AggregateKind::count;
  int field = -1;         ///< -1 for count().
  int second_field = -1;  ///< corr's second measure.
  Predicate where;        ///< Empty: every span.
  /// What makes two slots the same state: `percentile_cont(duration) where result = 'failure'`.
  std::string text;
  /// The percentiles that columns take from this slot, ascending; only for percentile_cont.
  std::vector<double> percentiles;
  /// False: the recompute pass owns it; true: the writer folds it. See RollupDef::inline_fold.
  bool owned_by_writer = false;
  friend bool operator==(const SlotDef&, const SlotDef&) = default;
};

/// How a stored number is shown.
enum class ColumnUnit : std::uint8_t {
  none,     ///< Counts, texts, booleans.
  instant,  ///< An instant.
  scaled,   ///< Divided by `divisor` once (durations in seconds, numbers).
  micros,   ///< A duration in whole microseconds; the column's name ends in `_us`.
  millis,   ///< Microseconds divided by 1e3 once; the column's name ends in `_ms`.
};

struct ColumnDef {
  std::string name;
  std::string text;  ///< As declared, normalised: `percentile_cont(0.95, duration)`.
  AggregateKind kind = AggregateKind::count;
  int slot = -1;
  double percentile = 0;               ///< Only for percentile_cont.
  FieldType type = FieldType::number;  ///< Of the field that it aggregates.
  ColumnUnit unit = ColumnUnit::none;
  std::int64_t divisor = 1;
  friend bool operator==(const ColumnDef&, const ColumnDef&) = default;
};

/// Keeps a dimension's values within bounds; docs/schema.md, "Cardinality guard".
struct GuardDef {
  int dimension = -1;              ///< Index into RollupDef::by.
  std::vector<std::string> allow;  ///< Globs; a value (label) that matches none becomes `__other__` (is left out).
  bool normalise = false;          ///< Take per-run garbage out first (model/normalise.hpp).
  int per = -1;                    ///< Index into RollupDef::by of the dimension that the limit counts for; -1: all.
  std::uint32_t limit = 0;         ///< Distinct values per `per` and hour; 0: no limit.
  friend bool operator==(const GuardDef&, const GuardDef&) = default;
};

struct RollupDef {
  std::string name;
  int source = -1;
  std::optional<Micros> every;  ///< None: one bucket per key.
  std::vector<int> by;          ///< Indices of the source's fields. The first leads every key.
  bool inline_fold = false;     ///< True: the writer keeps all but percentiles and distinct counts current.
  std::vector<ColumnDef> columns;
  std::vector<SlotDef> slots;
  std::vector<GuardDef> guards;
  std::optional<Micros> distribution_retention;  ///< None: for ever.
  std::optional<Micros> bucket_retention;        ///< None: for ever.

  /// The bucket of a span at `t`; 1970 when there is one bucket per key.
  Instant bucket_start(Instant t) const { return every ? window_start(t, *every) : Instant{0}; }
  int column_index(std::string_view name) const;
  /// Whether any slot is the recompute pass's.
  bool needs_recompute() const;
  friend bool operator==(const RollupDef&, const RollupDef&) = default;
};

/// Everything that is declared. Immutable once built; share it by pointer.
struct Schema {
  std::vector<SourceDef> sources;
  std::vector<RollupDef> rollups;

  int source_index(std::string_view name) const;  ///< -1 when there is none.
  int rollup_index(std::string_view name) const;  ///< -1 when there is none.
  /// The rollups of one source, ascending: the order of SpanColumns::dimensions.
  std::vector<int> rollups_of(int source) const;
  friend bool operator==(const Schema&, const Schema&) = default;
};
using SchemaPtr = std::shared_ptr<const Schema>;

}  // namespace tidemark
