#include "read/dimension_text.hpp"

namespace tidemark {

DimensionValue parse_dimension(FieldType type, const std::string& text) {
  DimensionValue value;
  value.is_set = type == FieldType::labels;
  if (!value.is_set) {
    value.text = text;
    return value;
  }
  std::vector<std::string> labels(1);
  for (std::size_t i = 0; i < text.size() && text != "[]"; ++i) {
    if (text[i] == ',') {
      labels.emplace_back();
      continue;
    }
    const bool escape = text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == ',' || text[i + 1] == '\\');
    labels.back() += text[i += escape];
  }
  value.labels = parse_labels(canonical_labels(labels));
  return value;
}

}  // namespace tidemark
