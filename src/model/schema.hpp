#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/time.hpp>

#include "model/predicate.hpp"
#include "model/read_model_defs.hpp"
#include "model/source_def.hpp"

namespace tidemark {

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
  std::vector<TableDef> tables;
  std::vector<ViewDef> views;
  std::vector<RecentDef> recents;

  int source_index(std::string_view name) const;  ///< -1 when there is none.
  int rollup_index(std::string_view name) const;  ///< -1 when there is none.
  int table_index(std::string_view name) const;   ///< -1 when there is none.
  int view_index(std::string_view name) const;    ///< -1 when there is none.
  int recent_index(std::string_view name) const;  ///< -1 when there is none.
  /// The rollups of one source, ascending: the order of SpanColumns::dimensions.
  std::vector<int> rollups_of(int source) const;
  friend bool operator==(const Schema&, const Schema&) = default;
};
using SchemaPtr = std::shared_ptr<const Schema>;

}  // namespace tidemark
