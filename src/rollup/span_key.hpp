#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "model/key.hpp"
#include "model/span_columns.hpp"

namespace tidemark {

/// What stands for a text or a boolean in keys. Absent: the empty text.
inline std::string_view key_text_of(const std::vector<std::string_view>& texts, FieldType type, std::int64_t value) {
  if (value == kNull) return {};
  if (type == FieldType::boolean) return value != 0 ? "true" : "false";
  return texts[static_cast<std::size_t>(value)];
}

/// Appends the canonical key of one span's values of `fields`, which are of `source`.
inline void append_span_key(std::string& key, const std::vector<std::string_view>& texts, const SourceDef& source,
                            const SpanColumns& columns, const std::vector<int>& fields, std::size_t row) {
  for (const int field : fields) {
    const std::int64_t value = columns.fields[static_cast<std::size_t>(field)][row];
    const FieldType type = source.fields[static_cast<std::size_t>(field)].type;
    if (type == FieldType::labels)
      append_key_labels(key, value == kNull ? canonical_labels({}) : texts[static_cast<std::size_t>(value)]);
    else
      append_key_text(key, key_text_of(texts, type, value));
  }
}

}  // namespace tidemark
