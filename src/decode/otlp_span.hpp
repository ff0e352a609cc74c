#pragma once
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
/// Kinds lie apart from the values: most look-ups only find that a key is absent, and two cache lines hold them all.
class AttributeSet {
 public:
  explicit AttributeSet(std::size_t keys) : kinds_(keys), values_(keys) {}

  void clear() {
    for (const OtlpKey key : present_) kinds_[static_cast<std::size_t>(key)] = OtlpValue::Kind::absent;
    present_.clear();
    items_.clear();
  }
  void set(OtlpKey key, const OtlpValue& value) {
    if (!has(key)) present_.push_back(key);
    kinds_[static_cast<std::size_t>(key)] = value.kind;
    values_[static_cast<std::size_t>(key)] = value;
  }
  void set_text(OtlpKey key, std::string_view text) {
    if (!has(key)) present_.push_back(key);
    kinds_[static_cast<std::size_t>(key)] = OtlpValue::Kind::text;
    OtlpValue& value = values_[static_cast<std::size_t>(key)];
    value.kind = OtlpValue::Kind::text;
    value.text = text;
  }
  bool has(OtlpKey key) const { return kinds_[static_cast<std::size_t>(key)] != OtlpValue::Kind::absent; }
  /// Null when it is absent.
  const OtlpValue* find(OtlpKey key) const { return has(key) ? &values_[static_cast<std::size_t>(key)] : nullptr; }

  /// Where readers put the elements of lists.
  std::vector<std::string_view>& items() { return items_; }
  const std::vector<std::string_view>& items() const { return items_; }

 private:
  std::vector<OtlpValue::Kind> kinds_;
  std::vector<OtlpValue> values_;
  std::vector<OtlpKey> present_;
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
