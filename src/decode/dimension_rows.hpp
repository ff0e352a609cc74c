#pragma once
#include <string>
#include <string_view>

#include <tidemark/views.hpp>

#include "model/read_models.hpp"

namespace tidemark {

/// Reads a dimension table's rows. CSV (RFC 4180): a header with the key and attributes in any order, then a line a row;
/// an empty value is NULL, `""` the empty text. NDJSON: an object a line. Attributes that are left out are NULL. Booleans
/// are true and false, instants RFC 3339, durations seconds, numbers decimals. Keys are cut as dimension values are.
/// `name` is what messages call the document. Pure.
/// Errors: InputError, `name:line: attribute: expected …, found …`; also for a key that comes twice, and past
/// SchemaLimits::kRows rows.
DimensionRows decode_dimension_rows(const TableDef& table, std::string_view document, TableFormat format,
                                    const std::string& name);

}  // namespace tidemark
