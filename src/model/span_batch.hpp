#pragma once
#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/digest.hpp"
#include "model/schema.hpp"

namespace tidemark {

/// The absent value. No field can hold it: measures and instants are refused at decoding when they would.
inline constexpr std::int64_t kNull = std::numeric_limits<std::int64_t>::min();

/// Distinct texts, numbered in order of their first appearance.
/// The views that it gives out stay valid while it lives, also when it is moved.
class TextDictionary {
 public:
  std::int64_t intern(std::string_view text);
  std::string_view operator[](std::int64_t id) const { return texts_[static_cast<std::size_t>(id)]; }
  std::size_t size() const { return texts_.size(); }
  const std::vector<std::string_view>& texts() const { return texts_; }

 private:
  struct Chunk {
    std::string bytes;
  };
  std::string_view keep(std::string_view text);

  std::deque<std::string> chunks_;  // each reserved once, never grown past that
  std::vector<std::string_view> texts_;
  std::unordered_map<std::string_view, std::int64_t> ids_;
};

/// Decoded spans on their way to the writer. Fields are rows of int64: numbers and instants as they are, booleans 0 or
/// 1, texts as ids in `texts`, kNull where absent. Filled through SpanBuilder only.
struct SpanBatch {
  struct Span {
    int source = -1;
    Digest identity;
    std::size_t first_value = 0;  ///< Index into `values`; one value per field of the source, in its order.
  };
  std::vector<Span> spans;
  std::vector<std::int64_t> values;
  TextDictionary texts;

  std::size_t size() const { return spans.size(); }
  bool empty() const { return spans.empty(); }
  std::int64_t value(const Span& span, int field) const {
    return values[span.first_value + static_cast<std::size_t>(field)];
  }
};

}  // namespace tidemark
