#pragma once
#include <string_view>

#include "model/schema.hpp"

namespace tidemark {

/// Where a source of CI data has the fields that the decoders of CI systems' own formats know how to fill: indices into
/// its fields, -1 for what the schema does not have, or has as another type.
struct SourceFields {
  int source = -1;  ///< -1: the schema has no such source.
  int owner = -1, repository = -1, pipeline = -1, job = -1, suite = -1, test = -1;
  int branch = -1, default_branch = -1, result = -1, runner = -1, labels = -1;
  int queued_at = -1, started_at = -1, ended_at = -1;

  /// `name`: `job`, `pipeline` or `test`.
  static SourceFields of(const Schema& schema, std::string_view name);
};

}  // namespace tidemark
