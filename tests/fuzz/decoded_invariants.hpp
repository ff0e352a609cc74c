#pragma once
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

#include "decode/decode.hpp"
#include "model/results.hpp"
#include "model/text.hpp"
#include "support/decode_schema.hpp"

/// What must hold for whatever a decoder accepted, whoever made the bytes.
namespace tidemark::fuzz {

#define TIDEMARK_MUST(condition)                                                          \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)

inline const Schema& schema() {
  static const Schema made = test::decode_schema();
  return made;
}

inline DecodeContext context() { return {schema(), "fuzz", Instant{1'767'312'000'000'000}, {}}; }

struct Decoded {
  SpanBatch batch;
  DecodeReport report;
};

using Decoder = void (*)(std::string_view, const DecodeContext&, SpanBatch&, DecodeReport&);
inline Decoded decode(Decoder decoder, std::string_view bytes) {
  Decoded out;
  decoder(bytes, context(), out.batch, out.report);
  return out;
}

inline bool is_result(std::string_view text) {
  static const std::set<std::string_view> kResults = {"success",      "failure", "error",       "timeout",
                                                      "cancellation", "skip",    kUnknownResult};
  return kResults.contains(text);
}

inline void check_value(const SpanBatch& batch, const FieldDef& field, std::int64_t value) {
  constexpr std::int64_t kYear10000 = 253'402'300'800'000'000;
  if (value == kNull) {
    TIDEMARK_MUST(!field.required);
    return;
  }
  if (is_text(field.type)) {
    TIDEMARK_MUST(value >= 0 && static_cast<std::size_t>(value) < batch.texts.size());
    std::string repaired;
    if (field.type != FieldType::labels) {
      TIDEMARK_MUST(!repair_utf8(batch.texts[value], repaired));
      TIDEMARK_MUST(batch.texts[value].size() <= kMaxTextBytes);
    }
    TIDEMARK_MUST(field.type != FieldType::result || is_result(batch.texts[value]));
  }
  if (field.type == FieldType::instant) TIDEMARK_MUST(value >= 0 && value < kYear10000);
  if (field.type == FieldType::boolean) TIDEMARK_MUST(value == 0 || value == 1);
  if (field.derived) TIDEMARK_MUST(value >= 0);
}

inline void check(const Decoded& decoded) {
  for (const SpanBatch::Span& span : decoded.batch.spans) {
    TIDEMARK_MUST(span.source >= 0 && static_cast<std::size_t>(span.source) < schema().sources.size());
    const SourceDef& source = schema().sources[static_cast<std::size_t>(span.source)];
    TIDEMARK_MUST(span.first_value + source.fields.size() <= decoded.batch.values.size());
    for (std::size_t i = 0; i < source.fields.size(); ++i)
      check_value(decoded.batch, source.fields[i], decoded.batch.value(span, static_cast<int>(i)));
  }
  const Rejections& rejections = decoded.report.rejections;
  TIDEMARK_MUST(rejections.examples().size() <= rejections.total());
  TIDEMARK_MUST((rejections.total() == 0) == rejections.examples().empty());
}

/// The same bytes give the same spans.
inline void check_equal(const Decoded& a, const Decoded& b) {
  TIDEMARK_MUST(a.batch.size() == b.batch.size());
  TIDEMARK_MUST(a.batch.values == b.batch.values);
  for (std::size_t i = 0; i < a.batch.size(); ++i)
    TIDEMARK_MUST(a.batch.spans[i].identity == b.batch.spans[i].identity);
  TIDEMARK_MUST(a.report.rejections.total() == b.report.rejections.total());
  TIDEMARK_MUST(a.report.ignored == b.report.ignored);
}

}  // namespace tidemark::fuzz
