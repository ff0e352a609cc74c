#pragma once
#include <string>

#include "model/key.hpp"

namespace tidemark {

/// A dimension's value as people write it. A label set is written `a,b`, or `[]` for the empty one; in a label, a comma and a
/// backslash have a backslash before them.
DimensionValue parse_dimension(FieldType type, const std::string& text);

}  // namespace tidemark
