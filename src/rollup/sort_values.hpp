#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace tidemark {

/// Sorts measures, which come in no order: without branches on them, because nobody can predict those. Returns where they
/// are then, in `values` or in `scratch`, which is grown to their number, but never beyond half a megabyte.
std::span<const std::int64_t> sort_values(std::span<std::int64_t> values, std::vector<std::int64_t>& scratch);

}  // namespace tidemark
