#include "decode/otlp_map.hpp"
#include "model/text.hpp"

namespace tidemark {

using Kind = OtlpValue::Kind;

namespace {

bool value_is(const OtlpValue& value, const std::string& wanted) {
  if (wanted == "*") return true;
  switch (value.kind) {
    case Kind::text: return value.text == wanted;
    case Kind::boolean: return wanted == (value.integer ? "true" : "false");
    case Kind::integer: return wanted == std::to_string(value.integer);
    default: return false;
  }
}

}  // namespace

bool OtlpMapper::matches(const Source& source, const OtlpSpan& span) const {
  if (source.span_name && !glob_matches(*source.span_name, span.name)) return false;
  for (const auto& [key, wanted] : source.match) {
    const OtlpValue* v = value(key);
    if (!v || !value_is(*v, wanted)) return false;
  }
  return true;
}

/// A user's source: the declared attributes first, then what every span has.
void OtlpMapper::map_declared(int source, const OtlpSpan& span) {
  if (!begin(source, span)) return;
  const SourceDef& def = schema_.sources[static_cast<std::size_t>(source)];
  const auto start = span.start_ns, end = span.end_ns;
  for (std::size_t i = 0; i < def.fields.size(); ++i) {
    const FieldDef& field = def.fields[i];
    const int index = static_cast<int>(i);
    if (field.derived || !field.attributes.empty()) continue;
    if (field.type == FieldType::instant && field.name == "started_at")
      builder_.set_instant(index, instant_of_ns(start));
    else if (field.type == FieldType::instant && (field.name == "ended_at" || index == def.time_field))
      builder_.set_instant(index, instant_of_ns(end));
    else if (field.type == FieldType::duration && field.name == "duration")
      builder_.set_duration_ns(index, static_cast<Int128>(end) - static_cast<Int128>(start));
    else if (field.type == FieldType::result)
      builder_.set_text(index, result_of({}, span));
    else if (field.type == FieldType::text && field.name == "name")
      set_text(index, span.name);
  }
  finish_span(source, span);
}

void OtlpMapper::set_declared(int field, FieldType type, const OtlpValue& v, const AttributeSet& from) {
  bool fits = true;
  switch (type) {
    case FieldType::text:
    case FieldType::result:
      if (v.kind == Kind::text)
        set_text(field, v.text);
      else if (v.kind == Kind::integer)
        builder_.set_text(field, std::to_string(v.integer));
      else if (v.kind == Kind::boolean)
        builder_.set_text(field, v.integer ? "true" : "false");
      else
        fits = false;
      break;
    case FieldType::labels:
      fits = v.kind == Kind::text || v.kind == Kind::list;
      if (v.kind == Kind::text) split_labels(v.text, labels_);
      if (v.kind == Kind::list)
        labels_.assign(from.items().begin() + v.first, from.items().begin() + v.first + v.count);
      if (fits) builder_.set_labels(field, labels_);
      break;
    case FieldType::boolean:
      fits = v.kind == Kind::boolean || (v.kind == Kind::text && (v.text == "true" || v.text == "false"));
      if (fits) builder_.set_boolean(field, v.kind == Kind::boolean ? v.integer != 0 : v.text == "true");
      break;
    case FieldType::instant:
      fits = v.kind == Kind::text;
      if (!fits) break;
      if (const auto t = parse_rfc3339(v.text))
        builder_.set_instant(field, *t);
      else
        builder_.fail(RejectReason::invalid_time, "'" + std::string(v.text.substr(0, 64)) + "' is no RFC 3339 instant");
      break;
    case FieldType::duration:
    case FieldType::number:
      fits = (v.kind == Kind::integer && builder_.set_integer(field, v.integer)) ||
             (v.kind == Kind::real && builder_.set_double(field, v.real)) ||
             (v.kind == Kind::text && builder_.set_decimal(field, v.text));
      break;
  }
  if (!fits) builder_.fail(RejectReason::wrong_type, "an attribute's value is no " + std::string(name_of(type)));
}

}  // namespace tidemark
