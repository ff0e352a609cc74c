#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace tidemark {

/// For each row the first one that has the same values in all of `columns`, each of which has one value for every row.
std::vector<std::uint32_t> first_rows_alike(std::span<const std::vector<std::int64_t>* const> columns,
                                            std::size_t rows);

}  // namespace tidemark
