#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemark/time.hpp>

#include "model/way.hpp"

namespace tidemark {

/// What a field of a span holds. In a span every field is one int64 (model/span_batch.hpp).
enum class FieldType : std::uint8_t {
  text,      ///< An id in the batch's dictionary.
  labels,    ///< The same, of a canonical label set (model/key.hpp).
  result,    ///< The same, of one of OpenTelemetry's results (model/results.hpp).
  boolean,   ///< 0 or 1.
  instant,   ///< Microseconds since 1970.
  duration,  ///< Microseconds.
  number,    ///< Fixed-point: the value times `divisor`.
};
std::string_view name_of(FieldType type);
inline bool is_text(FieldType t) { return t == FieldType::text || t == FieldType::labels || t == FieldType::result; }
inline bool is_measure(FieldType t) { return t == FieldType::duration || t == FieldType::number; }

struct FieldDef {
  std::string name;
  FieldType type = FieldType::text;
  /// Durations: values are rounded to a multiple of this many microseconds (1 by default).
  std::int64_t step = 1;
  /// What a stored value is divided by, once, to give the number or the seconds that people see: 1,000,000 for
  /// durations; for numbers a power of ten up to 1e9 (1e6 by default).
  std::int64_t divisor = 1'000'000;
  /// A derived duration: fields[end] - fields[start]. Not stored in the log.
  struct Difference {
    int end = -1;
    int start = -1;
    friend bool operator==(const Difference&, const Difference&) = default;
  };
  std::optional<Difference> derived;
  bool required = false;
  /// OTLP attributes that fill this field, the first present one wins; for users' own sources.
  std::vector<std::string> attributes;
  friend bool operator==(const FieldDef&, const FieldDef&) = default;
};

/// When an OTLP span belongs to a user's source: all of the attributes are present with these values (`*`: any value).
struct OtlpMatch {
  std::vector<std::pair<std::string, std::string>> attributes;
  std::optional<std::string> span_name;
  friend bool operator==(const OtlpMatch&, const OtlpMatch&) = default;
};

struct SourceDef {
  std::string name;
  std::vector<FieldDef> fields;
  int time_field = -1;          ///< Which instant puts a span into its bucket.
  Micros retention = days(30);  ///< How long raw spans stay, from their time. Larger: more disk, longer drill-down.
  Micros identity_retention = days(35);   ///< How long identities are remembered; longer than `retention`.
  Micros allowed_lateness = minutes(10);  ///< How long after its end a bucket is not finished yet.
  std::optional<OtlpMatch> otlp;
  /// The ways by which its spans may come, ascending. Empty, the default: all of them.
  std::vector<Way> accept;
  /// Whether all spans of one run have to come by the way of its first one.
  bool one_way_per_run = false;

  bool accepts(Way way) const;
  /// -1 when there is no such field.
  int field_index(std::string_view name) const;
  friend bool operator==(const SourceDef&, const SourceDef&) = default;
};

}  // namespace tidemark
