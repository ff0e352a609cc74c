#pragma once
#include <string>
#include <vector>

#include "model/schema_toml.hpp"

namespace tidemark {

/// Reads definitions: each path is a TOML file, or a folder whose `*.toml` files are read in the order of their names.
/// Errors: InputError when a path is not there, cannot be read, or is too large.
std::vector<SchemaText> read_schema_files(const std::vector<std::string>& paths);

/// The shipped definitions, schemas/ci.toml as it was when the program was built.
SchemaPtr shipped_schema();

/// What the paths hold; without any, the shipped definitions.
SchemaPtr read_or_shipped_schema(const std::vector<std::string>& paths);

}  // namespace tidemark
