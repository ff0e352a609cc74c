#pragma once
#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "decode/otlp_keys.hpp"

namespace tidemark {

/// An attribute's value, whichever form it came in. Texts point into the document.
struct OtlpValue {
  enum class Kind : std::uint8_t {
    absent,
    text,
    boolean,  ///< `integer` is 0 or 1.
    integer,
    real,      ///< Finite.
    list,      ///< The texts in `AttributeSet::items`, [first, first + count).
    other,     ///< Bytes, maps: nothing that a field could hold.
    unusable,  ///< Null, NaN, infinite, beyond int64: the attribute is dropped and counted.
  };
  Kind kind = Kind::absent;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::string_view text;
  std::int64_t integer = 0;
  double real = 0;
};

/// The attributes of one span or resource that somebody reads, by key. Reused, so that spans allocate nothing.
/// Which keys are there lies apart from the values, a bit for each: most look-ups only find that none of many is.
class AttributeSet {
 public:
  /// For a table of that many keys, the built-in ones among them.
  explicit AttributeSet(std::size_t keys) : present_(std::max(OtlpKeySet::kWords, (keys + 63) / 64)), values_(keys) {}

  void clear() {
    std::fill(present_.begin(), present_.end(), 0);
    items_.clear();
  }
  void set(OtlpKey key, const OtlpValue& value) { add(key) = value; }
  // For the usual values: written where they stay, because copying what was just written piece by piece makes a
  // processor wait.
  void set_text(OtlpKey key, std::string_view text) {
    OtlpValue& value = add(key);
    value.kind = OtlpValue::Kind::text;
    value.text = text;
  }
  /// `number` must be finite.
  void set_real(OtlpKey key, double number) {
    OtlpValue& value = add(key);
    value.kind = OtlpValue::Kind::real;
    value.real = number;
  }
  /// Of what was put into items() from `first` on.
  void set_list(OtlpKey key, std::size_t first) {
    OtlpValue& value = add(key);
    value.kind = OtlpValue::Kind::list;
    value.first = static_cast<std::uint32_t>(first);
    value.count = static_cast<std::uint32_t>(items_.size() - first);
  }
  bool has(OtlpKey key) const {
    const auto bit = static_cast<std::size_t>(key);
    return (present_[bit / 64] >> bit % 64 & 1) != 0;
  }
  bool has_any(const OtlpKeySet& keys) const {
    std::uint64_t common = 0;
    for (std::size_t i = 0; i < OtlpKeySet::kWords; ++i) common |= present_[i] & keys.word(i);
    return common != 0;
  }
  /// Null when it is absent.
  const OtlpValue* find(OtlpKey key) const { return has(key) ? &values_[static_cast<std::size_t>(key)] : nullptr; }

  /// Where readers put the elements of lists.
  std::vector<std::string_view>& items() { return items_; }
  const std::vector<std::string_view>& items() const { return items_; }

 private:
  OtlpValue& add(OtlpKey key) {
    const auto bit = static_cast<std::size_t>(key);
    present_[bit / 64] |= std::uint64_t{1} << bit % 64;
    return values_[bit];
  }

  std::vector<std::uint64_t> present_;
  std::vector<OtlpValue> values_;
  std::vector<std::string_view> items_;
};

/// A span but for its attributes.
struct OtlpSpan {
  static constexpr int kServer = 2;  ///< Span.kind
  static constexpr int kOk = 1;      ///< Status.code
  static constexpr int kError = 2;

  std::string_view trace_id;  ///< Bytes; empty when invalid.
  std::string_view span_id;
  std::string_view parent_id;
  std::string_view name;
  std::string_view scope;  ///< The instrumentation scope's name.
  std::string_view status_message;
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
  int kind = 0;
  int status = 0;
  std::uint64_t number = 0;  ///< Which of the document's spans this is, from 1.
};

}  // namespace tidemark
