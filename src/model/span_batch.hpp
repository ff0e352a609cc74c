#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/digest.hpp"
#include "model/schema.hpp"

namespace tidemark {

/// The absent value. No field can hold it: measures and instants are refused at decoding when they would.
inline constexpr std::int64_t kNull = std::numeric_limits<std::int64_t>::min();

/// Distinct texts, numbered in order of their first appearance.
/// The views that it gives out stay valid while it lives, also when it is moved.
/// Cost: one hash and, usually, one comparison a text; memory is allocated for many texts at a time.
class TextDictionary {
 public:
  TextDictionary() = default;
  TextDictionary(TextDictionary&&) noexcept = default;
  TextDictionary& operator=(TextDictionary&&) noexcept = default;
  // A copy's views would be those of the original.
  TextDictionary(const TextDictionary&) = delete;
  TextDictionary& operator=(const TextDictionary&) = delete;

  std::int64_t intern(std::string_view text) { return intern(text, hash_of(text)); }
  /// The same of each of many texts, in their order; `ids` becomes theirs. Costs less than one by one in a dictionary
  /// that no cache holds: memory is asked for many of them at a time.
  void intern_all(std::span<const std::string_view> texts, std::vector<std::int64_t>& ids);
  /// -1 when it is not there.
  std::int64_t find(std::string_view text) const { return find(text, hash_of(text)); }
  /// For who asks more than once for the same text, whose hash `hash` must be.
  std::int64_t intern(std::string_view text, std::uint32_t hash);
  std::int64_t find(std::string_view text, std::uint32_t hash) const {
    return places_.empty() ? -1 : places_[probe(text, hash)].id;
  }
  /// Differs from process to process.
  static std::uint32_t hash_of(std::string_view text);
  std::string_view operator[](std::int64_t id) const { return texts_[static_cast<std::size_t>(id)]; }
  std::size_t size() const { return texts_.size(); }
  const std::vector<std::string_view>& texts() const { return texts_; }

 private:
  /// An open-addressing table's place: free while `id` is negative.
  struct Place {
    std::uint32_t hash = 0;
    std::int32_t id = -1;
  };
  /// Where the text is, or where it goes.
  std::size_t probe(std::string_view text, std::uint32_t hash) const;
  /// The first text with this hash, which is nearly always the one; -1: none.
  std::int32_t candidate(std::uint32_t hash) const;
  std::string_view keep(std::string_view text);
  void grow();

  // Each chunk is reserved once and never grown past that, so its bytes never move.
  std::vector<std::string> chunks_;
  std::vector<std::string_view> texts_;
  std::vector<Place> places_;  // a power of two of them, at most three quarters taken
};

/// Decoded spans on their way to the writer. Fields are rows of int64: numbers and instants as they are, booleans 0 or
/// 1, texts as ids in `texts`, kNull where absent. Filled through SpanBuilder only.
struct SpanBatch {
  struct Span {
    int source = -1;
    Digest identity;
    std::size_t first_value = 0;  ///< Index into `values`; one value per field of the source, in its order.
    std::int32_t run = -1;        ///< Index into `runs`: the run that it is of; -1 when nobody said, or wants to know.
    Way way = Way::ndjson;
  };
  std::vector<Span> spans;
  std::vector<std::int64_t> values;
  TextDictionary texts;
  TextDictionary runs;  ///< What senders call runs; no part of the spans' content.

  std::size_t size() const { return spans.size(); }
  bool empty() const { return spans.empty(); }
  std::int64_t value(const Span& span, int field) const {
    return values[span.first_value + static_cast<std::size_t>(field)];
  }
};

}  // namespace tidemark
