#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/schema.hpp"

namespace tidemark {

enum class Dialect : std::uint8_t { postgres, sqlite };

/// What a sink column holds; docs/sinks.md, "Types", has the SQL types of both dialects.
enum class SinkType : std::uint8_t {
  text,
  text_list,
  boolean,
  bigint,
  integer,  ///< 32 bits.
  decimal,  ///< An exact decimal.
  units,    ///< An exact integer of up to 128 bits.
  real,
  instant,
  bytes,
  uuid,
  bigint_list,
  digest_list,  ///< Digests, 16 bytes each.
};

/// What of a bucket a column holds.
enum class SinkRole : std::uint8_t {
  dimension,  ///< `index` is into RollupDef::by.
  bucket_key,
  bucket_start,
  agent_id,
  epoch,
  result,  ///< `index` is into RollupDef::columns.
  update_counter,
  computed_counter,
  schema_version,
  synced_at,
  finished,
  // State columns; `index` is into RollupDef::slots.
  units,   ///< sum, min, max, first, last: the exact integer, where the result does not say it.
  values,  ///< percentile_cont.
  counts,
  sum,  ///< avg.
  count,
  at,  ///< first, last.
  id,
  digests,  ///< count_distinct.
  pairs,    ///< corr, and its five moments.
  sum_x,
  sum_y,
  sum_xx,
  sum_yy,
  sum_xy,
};
inline constexpr std::size_t kSinkRoles = static_cast<std::size_t>(SinkRole::sum_xy) + 1;

struct SinkColumn {
  std::string name;
  SinkType type = SinkType::text;
  SinkRole role = SinkRole::dimension;
  int index = -1;
  bool required = false;  ///< NOT NULL.
};

/// One rollup's table at a sink: everything that creates, writes or reads it goes by this.
struct TableLayout {
  Dialect dialect = Dialect::postgres;
  std::string table;
  std::vector<SinkColumn> columns;
  std::vector<std::size_t> key;  ///< The primary key, as indices into `columns`.
  /// People read it with `*`, and it is small: its columns stay in their order, gaps or not.
  bool keeps_order = false;
  struct Index {
    std::string name;
    std::string columns;  ///< As SQL: `"group_key", "used_at" DESC`.
  };
  std::vector<Index> indexes;  ///< Made with the table.
};

/// The longest name that both sinks take unchanged.
inline constexpr std::size_t kMaxSinkName = 63;

/// Pure: the same definitions give the same table.
/// Errors: InputError when two columns would have one name, or a name is longer than kMaxSinkName.
TableLayout table_layout(const Schema& schema, int rollup, Dialect dialect);

/// The first column that takes its result from this slot; its name leads those of the slot's state columns.
/// -1 when no column does.
int leading_column(const RollupDef& rollup, int slot);

/// What a column's stored integers are divided by, once, to be shown.
std::int64_t shown_divisor(const ColumnDef& column);

/// The type of a column's result.
SinkType result_type(const ColumnDef& column, Dialect dialect);

}  // namespace tidemark
