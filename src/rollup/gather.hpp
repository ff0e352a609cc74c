#pragma once
#include <vector>

#include "model/schema.hpp"
#include "model/span_columns.hpp"
#include "rollup/write_request.hpp"

namespace tidemark {

/// Puts the accepted spans of a group's requests into one commit, by column and in their order, without dimensions.
/// `texts` gets the commit's dictionary, which the commit's views point into, so it must outlive the commit.
Commit gather(const std::vector<WaitingRequest*>& group, const std::vector<AcceptedSpan>& accepted,
              const Schema& schema, TextDictionary& texts);

}  // namespace tidemark
