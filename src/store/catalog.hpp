#pragma once
#include <cstdint>
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
  /// A slot that was declared after spans had come: complete for buckets that start at or after `complete_from`.
  struct LateSlot {
    std::string text;
    Instant complete_from;
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
    Instant sealed_before{0};              ///< Buckets that start before it take no more spans. 1970: none are sealed.
    /// First log sequence whose commits carry this rollup's dimensions; what came before is filled from raw fields.
    std::uint64_t since_sequence = 0;
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
  std::vector<int> new_rollups;                        ///< Indices into the schema.
  std::vector<std::pair<int, int>> new_slots;          ///< (rollup, slot) of rollups that were there before.
};

/// A new store's catalog.
Catalog make_catalog(const Schema& schema, std::string schema_text, bool shipped);

/// Brings the definitions of a store up to date. `next_sequence` is where the log goes on, `complete_from` from when on
/// raw spans survive (none: all of them).
/// InputError when the change would falsify stored buckets (another key, width, source, writer or meaning of a column),
/// with the way out.
CatalogChange update_catalog(const Catalog& old, const Schema& schema, std::string schema_text, bool shipped,
                             std::uint64_t next_sequence, std::optional<Instant> complete_from);

}  // namespace tidemark
