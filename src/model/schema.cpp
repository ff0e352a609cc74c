#include "model/schema.hpp"

#include <algorithm>

namespace tidemark {
namespace {

template <typename Named>
int index_of(const std::vector<Named>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& n) { return n.name == name; });
  return found == all.end() ? -1 : static_cast<int>(found - all.begin());
}

}  // namespace

std::string_view name_of(FieldType type) {
  switch (type) {
    case FieldType::text: return "text";
    case FieldType::labels: return "labels";
    case FieldType::result: return "result";
    case FieldType::boolean: return "boolean";
    case FieldType::instant: return "instant";
    case FieldType::duration: return "duration";
    case FieldType::number: return "number";
  }
  return "";
}

std::string_view name_of(AggregateKind kind) {
  switch (kind) {
    case AggregateKind::count: return "count";
    case AggregateKind::sum: return "sum";
    case AggregateKind::min: return "min";
    case AggregateKind::max: return "max";
    case AggregateKind::avg: return "avg";
    case AggregateKind::first: return "first";
    case AggregateKind::last: return "last";
    case AggregateKind::count_distinct: return "count_distinct";
    case AggregateKind::percentile_cont: return "percentile_cont";
    case AggregateKind::corr: return "corr";
  }
  return "";
}

bool SourceDef::accepts(Way way) const {
  return accept.empty() || std::find(accept.begin(), accept.end(), way) != accept.end();
}

int SourceDef::field_index(std::string_view field) const { return index_of(fields, field); }

int RollupDef::column_index(std::string_view column) const { return index_of(columns, column); }

bool RollupDef::needs_recompute() const {
  return std::any_of(slots.begin(), slots.end(), [](const SlotDef& slot) { return !slot.owned_by_writer; });
}

int Schema::source_index(std::string_view source) const { return index_of(sources, source); }

int Schema::rollup_index(std::string_view rollup) const { return index_of(rollups, rollup); }

int Schema::table_index(std::string_view table) const { return index_of(tables, table); }

int Schema::view_index(std::string_view view) const { return index_of(views, view); }

int Schema::recent_index(std::string_view recent) const { return index_of(recents, recent); }

int TableDef::column_index(std::string_view column) const { return index_of(columns, column); }

std::vector<int> Schema::rollups_of(int source) const {
  std::vector<int> found;
  for (std::size_t i = 0; i < rollups.size(); ++i)
    if (rollups[i].source == source) found.push_back(static_cast<int>(i));
  return found;
}

}  // namespace tidemark
