#include "decode_support.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "model/cell.hpp"
#include "model/key.hpp"
#include "support/decode_schema.hpp"

namespace tidemark::test {
namespace {

std::string value_text(const SpanBatch& batch, const FieldDef& field, std::int64_t value) {
  switch (field.type) {
    case FieldType::text:
    case FieldType::result: return std::string(batch.texts[value]);
    case FieldType::labels: {
      std::string out = "[";
      for (const std::string& label : parse_labels(batch.texts[value])) out += (out.size() > 1 ? "," : "") + label;
      return out + "]";
    }
    case FieldType::boolean: return value ? "true" : "false";
    case FieldType::instant: return format_short(Instant{value});
    case FieldType::duration:
    case FieldType::number: return to_text(Decimal{value, field.divisor});
  }
  return "?";
}

std::string span_text(const SpanBatch& batch, const SpanBatch::Span& span) {
  const SourceDef& source = schema().sources.at(static_cast<std::size_t>(span.source));
  std::string line = source.name;
  for (std::size_t i = 0; i < source.fields.size(); ++i) {
    const std::int64_t value = batch.value(span, static_cast<int>(i));
    if (value != kNull) line += " " + source.fields[i].name + "=" + value_text(batch, source.fields[i], value);
  }
  return line;
}

std::string counters(const DecodeReport& report) {
  std::string out;
  const auto add = [&](std::string_view name, std::uint64_t n) {
    if (n != 0) out.append(name).append(" ").append(std::to_string(n)).append("\n");
  };
  add("ignored", report.ignored);
  add("repaired_text", report.repaired_text);
  add("cut_text", report.cut_text);
  add("dropped_attributes", report.dropped_attributes);
  add("unknown_results", report.unknown_results);
  add("clamped_times", report.clamped_times);
  add("missing_queue", report.missing_queue);
  add("phantom_jobs", report.phantom_jobs);
  add("resent_jobs", report.resent_jobs);
  for (std::size_t i = 0; i < kRejectReasons; ++i)
    add(name_of(static_cast<RejectReason>(i)), report.rejections.of(static_cast<RejectReason>(i)));
  return out;
}

}  // namespace

const Schema& schema() {
  static const Schema made = decode_schema();
  return made;
}

DecodeContext context(std::string_view name) { return {schema(), name, *parse_rfc3339("2026-01-02T00:00:00Z"), {}}; }

Decoded decode(Decoder decoder, std::string_view bytes, const DecodeContext& context) {
  Decoded out;
  decoder(bytes, context, out.batch, out.report);
  return out;
}

std::string dump(const Decoded& decoded) {
  std::string out;
  for (const auto& span : decoded.batch.spans) out += span_text(decoded.batch, span) + "\n";
  out += counters(decoded.report);
  for (const Rejection& rejection : decoded.report.rejections.examples())
    out += rejection.where + ": " + rejection.message + "\n";
  return out;
}

std::string canonical(const Decoded& decoded) {
  std::vector<std::string> lines;
  for (const auto& span : decoded.batch.spans)
    lines.push_back(to_hex(span.identity) + " " + span_text(decoded.batch, span));
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out + counters(decoded.report);
}

std::string corpus(const std::string& path) {
  std::ifstream file(std::string(TIDEMARK_SOURCE_DIR) + "/tests/corpus/" + path, std::ios::binary);
  if (!file) throw std::runtime_error("no such file in the corpus: " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string with(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("the text lacks " + std::string(from));
  return text.replace(at, from.size(), to);
}

}  // namespace tidemark::test
