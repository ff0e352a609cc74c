#pragma once
#include <string>

#include <tidemark/views.hpp>

#include "model/bucket_source.hpp"
#include "model/read_models.hpp"
#include "model/schema.hpp"

namespace tidemark {

/// What refreshing works on: a store's buckets and read models, or a sink's.
struct RefreshPlace {
  BucketSource& buckets;
  ReadModels& models;
  std::string by;  ///< Who refreshes.
};

/// One attempt to refresh a view, from the log's `running` row to its end. What goes wrong with the view is in the
/// attempt; it is thrown only when not even the log can be written.
Refresh refresh_view(const Schema& schema, const ViewDef& view, const RefreshPlace& place, const Clock& clock);

/// How a view stands.
ViewInfo view_info(const ViewDef& view, ReadModels& models);

}  // namespace tidemark
