#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "model/bytes.hpp"

namespace tidemark {

/// Appends a column of int64 with absent values (kNull): nothing for a column of absent values, one value for a column
/// of equal ones, else differences from the smallest in as few whole bytes each as they need.
/// Format: docs/format.md, "Columns".
void encode_column(const std::vector<std::int64_t>& values, std::string& out);

/// Reads `n` values of what encode_column wrote. StoreError when it is damaged.
void decode_column(ByteReader& in, std::size_t n, std::vector<std::int64_t>& values);

}  // namespace tidemark
