#pragma once
#include <string>
#include <vector>

#include <tidemark/table.hpp>

#include "model/recent.hpp"
#include "model/schema.hpp"

namespace tidemark {

/// A group's values out of their texts, one for each field of `per`. InputError when there are more or fewer.
std::vector<DimensionValue> parse_recent_group(const Schema& schema, const RecentDef& recent,
                                               const std::vector<std::string>& texts);

/// The uses as rows, in their order: the fields of `per`, those of `item`, `used_at`, the columns.
Table uses_table(const Schema& schema, const RecentDef& recent, const std::vector<RecentUse>& uses);

}  // namespace tidemark
