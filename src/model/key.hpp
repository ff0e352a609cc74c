#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/digest.hpp"
#include "model/schema.hpp"

namespace tidemark {

/// One dimension's value: a text, or a set of labels.
struct DimensionValue {
  bool is_set = false;
  std::string text;                 ///< When not a set. Booleans are `true` and `false`.
  std::vector<std::string> labels;  ///< When a set: sorted by bytes, without repeats.
  friend auto operator<=>(const DimensionValue&, const DimensionValue&) = default;
};

/// Stands for every value past the cardinality guard's limit. A user's own value that is this, or this behind
/// backslashes, gets one more backslash in front.
inline constexpr std::string_view kOther = "__other__";
std::string escape_other(std::string_view value);

/// Label sets inside spans: labels trimmed, without empty ones, sorted by bytes, without repeats; each as length and
/// bytes. The same set gives the same bytes, whatever the order it came in.
std::string canonical_labels(const std::vector<std::string>& labels);
/// The same of at most `at_most` labels, the first in that order; `labels` is then the set, without a limit.
std::string canonical_labels(std::vector<std::string_view>& labels, std::size_t at_most = SIZE_MAX);
std::vector<std::string> parse_labels(std::string_view canonical);

/// The one function that turns dimension values into a key (docs/format.md, "Keys"): per value a tag and the bytes.
/// Nothing else builds a key, and nothing derives it from a sink's columns.
std::string canonical_key(const std::vector<DimensionValue>& values);
/// The two steps that canonical_key is made of, for callers that have the bytes at hand: appends a text, or a label set
/// in canonical_labels' form.
void append_key_text(std::string& key, std::string_view text);
void append_key_labels(std::string& key, std::string_view canonical_labels);
/// The key of the first value alone.
std::string_view first_of_key(std::string_view canonical);
std::vector<DimensionValue> parse_key(std::string_view canonical);

/// The 16 bytes that stand for a key at sinks (`bucket_key`).
inline Digest key_digest(std::string_view canonical) { return digest_of(canonical); }

}  // namespace tidemark
