#pragma once
#include <vector>

#include <tidemark/table.hpp>

#include "model/bucket_source.hpp"
#include "model/read_models.hpp"
#include "model/schema.hpp"

namespace tidemark {

/// Where a view's window begins and ends at a time, cut to its rollup's buckets; docs/views.md, "[view.NAME]".
struct ViewWindow {
  std::optional<Instant> from;  ///< Buckets that start at or after it. None: all.
  std::optional<Instant> to;    ///< Buckets that start before it. None: all.
};
ViewWindow window_of(const ViewDef& view, const RollupDef& rollup, Instant now);

/// A view's rows as of `now`, in its order, with the columns of view_layout(). `tables` is by Schema::tables; those that
/// the view does not use (tables_of in read/view_scope.hpp) may be empty.
/// Cost: one scan of the window's buckets, and of their states what the columns need.
/// Errors: InputError when there would be more than SchemaLimits::kRows rows; those of the source.
Table view_rows(const Schema& schema, const ViewDef& view, BucketSource& source,
                const std::vector<DimensionRows>& tables, Instant now);

}  // namespace tidemark
