#pragma once
#include <optional>
#include <span>
#include <vector>

#include "model/recent.hpp"
#include "model/view_layout.hpp"
#include "sink/sink_database.hpp"

namespace tidemark {

/// Recents at a sink: Sink::upsert_recents and Sink::recent for both. Rows of all agents merge as they come, because of
/// two uses of one thing the later one stays.
class SinkRecents {
 public:
  SinkRecents(SinkDatabase& database, SchemaPtr schema);

  void upsert(int recent, std::span<const RecentUse> uses);
  /// Cost: O(limit).
  std::vector<RecentUse> newest(int recent, const Digest& group_key, std::size_t limit, std::optional<Instant> since);

 private:
  const RecentDef& def(int recent) const { return schema_->recents.at(static_cast<std::size_t>(recent)); }
  void put(const RecentDef& recent, const TableLayout& table, const RecentUse& use, ValueWriter& out) const;
  RecentUse read(const RecentDef& recent, const TableLayout& table, const ValueReader& row) const;
  ValueType shown(const RecentDef& recent, std::size_t column) const;
  void trim(const RecentDef& recent, const std::vector<const RecentUse*>& uses);

  SinkDatabase& database_;
  SchemaPtr schema_;
  std::vector<TableLayout> tables_;  // by recent
};

}  // namespace tidemark
