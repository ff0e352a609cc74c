#include <algorithm>

#include "decode/decode.hpp"
#include "decode/inflate.hpp"
#include "decode/webhook_format.hpp"
#include "model/text.hpp"

namespace tidemark {
namespace {

/// Bytes that no text format has, and that every protobuf message with a span has.
bool has_control_bytes(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\x1b' && c != '\b';
  });
}

bool has_utf16_mark(std::string_view prefix) {
  return prefix.starts_with("\xff\xfe") || prefix.starts_with("\xfe\xff");
}

std::string_view after_mark_and_space(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const auto at = text.find_first_not_of(" \t\r\n");
  return at == std::string_view::npos ? std::string_view() : text.substr(at);
}

/// Only the name is left to go by.
InputFormat format_of_name(std::string_view name) {
  std::string lower = to_lower(name);
  if (lower.ends_with(".gz")) lower.resize(lower.size() - 3);
  if (lower.ends_with(".xml")) return InputFormat::junit;
  if (lower.ends_with(".json")) return InputFormat::otlp_json;
  for (const std::string_view end : {".pb", ".binpb", ".bin", ".otlp", ".proto"})
    if (lower.ends_with(end)) return InputFormat::otlp_protobuf;
  return InputFormat::ndjson;
}

/// Inflates in place of `bytes`. False when it could not, which is then counted.
bool inflate_document(std::string_view& bytes, std::string& inflated, const DecodeContext& context,
                      DecodeReport& report) {
  const InflateResult result = inflate_bounded(bytes, kMaxDocumentBytes, inflated);
  if (result == InflateResult::done) {
    bytes = inflated;
    return true;
  }
  if (result == InflateResult::too_large)
    report.rejections.add(RejectReason::too_large, std::string(context.name),
                          "inflates to more than " + std::to_string(kMaxDocumentBytes) + " bytes");
  else
    report.rejections.add(RejectReason::malformed, std::string(context.name), "the gzip data is damaged or cut off");
  return false;
}

}  // namespace

InputFormat detect_format(std::string_view prefix, std::string_view name) {
  prefix = prefix.substr(0, kDetectBytes);
  if (has_utf16_mark(prefix)) return InputFormat::junit;  // the only one of the formats that may be UTF-16
  if (has_control_bytes(prefix)) {
    // XML and JSON with a stray control byte are still told by how they begin; a protobuf export begins with field 1.
    if (prefix.starts_with('<')) return InputFormat::junit;
    if (!prefix.starts_with('{') && !prefix.starts_with("\xef\xbb\xbf")) return InputFormat::otlp_protobuf;
  }
  const std::string_view text = after_mark_and_space(prefix);
  if (text.starts_with('<')) return InputFormat::junit;
  if (!text.starts_with('{')) return text.empty() ? format_of_name(name) : InputFormat::ndjson;
  if (const auto webhook = webhook_format(text)) return *webhook;
  const std::string_view first_key = after_mark_and_space(text.substr(1));
  if (first_key.starts_with("\"resourceSpans\"")) return InputFormat::otlp_json;
  if (first_key.starts_with('}') && after_mark_and_space(first_key.substr(1)).empty()) return format_of_name(name);
  const bool is_ours = text.find("\"source\"") != std::string_view::npos;
  return !is_ours && text.find("\"resourceSpans\"") != std::string_view::npos ? InputFormat::otlp_json
                                                                              : InputFormat::ndjson;
}

void decode_document(std::string_view bytes, InputFormat format, const DecodeContext& context, SpanBatch& batch,
                     DecodeReport& report) {
  std::string inflated;
  if (is_gzip(bytes) && !inflate_document(bytes, inflated, context, report)) return;
  if (format == InputFormat::automatic) format = detect_format(bytes.substr(0, kDetectBytes), context.name);
  switch (format) {
    case InputFormat::automatic:
    case InputFormat::ndjson: return decode_ndjson(bytes, context, batch, report);
    case InputFormat::otlp_json: return decode_otlp_json(bytes, context, batch, report);
    case InputFormat::otlp_protobuf: return decode_otlp_protobuf(bytes, context, batch, report);
    case InputFormat::junit: return decode_junit(bytes, context, batch, report);
    case InputFormat::github: return decode_github(bytes, context, batch, report);
    case InputFormat::buildkite: return decode_buildkite(bytes, context, batch, report);
    case InputFormat::gitlab: return decode_gitlab(bytes, context, batch, report);
  }
}

}  // namespace tidemark
