#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <tidemark/time.hpp>

#include "model/schema.hpp"

namespace tidemark {

/// What a store remembers of the definitions that its records were written under. Ids are positions and are never
/// reused, so that records keep their meaning when definitions are added or reordered. A cold record: cereal, with a
/// leading version (docs/format.md, "Catalog").
struct Catalog {
  struct Field {
    std::string name;
    FieldType type = FieldType::text;
    std::int64_t step = 1;
    std::int64_t divisor = 1;
    std::string derived;  ///< `ended_at - started_at`, or empty.
  };
  struct Source {
    std::string name;
    std::string time_field;
    std::vector<Field> fields;
    std::int64_t identity_retention_us = 0;
    /// Spans that ended before it may have been forgotten under an earlier, shorter identity_retention.
    Instant remembered_from{0};
  };
  struct Slot {
    std::string text;  ///< SlotDef::text.
    AggregateKind kind = AggregateKind::count;
    std::vector<double> percentiles;
  };
  /// In which order a rollup's records hold their states. Records name their layout by its position.
  struct Layout {
    std::vector<Slot> writer;
    std::vector<Slot> computed;
  };
  /// A slot that was declared after spans had come: complete for buckets that start at or after `complete_from` (1970:
  /// for all). Rows of layouts before `since_layout` may hold a state of it from an earlier declaration, which missed
  /// spans and does not count.
  struct LateSlot {
    std::string text;
    Instant complete_from{0};
    std::uint32_t since_layout = 0;
  };
  struct Rollup {
    std::string name;
    std::string source;
    std::int64_t every_us = 0;  ///< 0: one bucket per key.
    std::vector<std::string> by;
    bool inline_fold = false;
    std::vector<std::pair<std::string, std::string>> columns;  ///< Name and slot text with the percentile.
    std::vector<Layout> layouts;
    std::vector<LateSlot> late_slots;
    std::optional<Instant> complete_from;  ///< None: since the store was made.
    /// Buckets that start before it take no more spans: retention has dropped what it takes to add them, or the rollup
    /// was declared when some of their spans were gone already. 1970: none are sealed.
    Instant sealed_before{0};
  };
  std::int64_t schema_version = 1;  ///< Grows with each accepted change of definitions.
  bool shipped = true;              ///< The definitions are those built into the binary.
  std::string schema_text;          ///< The definitions, normalised.
  std::vector<Source> sources;
  std::vector<Rollup> rollups;

  std::string encode() const;
  /// StoreError when it is of a newer version or damaged.
  static Catalog decode(std::string_view bytes);
};

/// What a change of definitions means for a store.
struct CatalogChange {
  Catalog catalog;
  bool changed = false;
  std::vector<std::string> new_rollups;
  std::vector<std::pair<std::string, std::string>> new_slots;  ///< (rollup, slot text) of rollups that were there before.
};

/// A new store's catalog.
Catalog make_catalog(const Schema& schema, std::string schema_text, bool shipped);

/// Says from when on all raw spans of a source survive; nothing when all of them do.
using CompleteFrom = std::function<std::optional<Instant>(const std::string& source)>;

/// Brings the definitions of a store up to date. `now` is when.
/// InputError when the change would falsify stored buckets (another key, width, source, writer or meaning of a column),
/// with the way out.
CatalogChange update_catalog(const Catalog& old, const Schema& schema, std::string schema_text, bool shipped,
                             const CompleteFrom& complete_from, Instant now);

/// The first bucket start that is not before `complete_from`: buckets from there on have all their spans when raw spans
/// are complete from then on.
Instant first_complete_start(std::optional<Micros> every, Instant complete_from);

}  // namespace tidemark
