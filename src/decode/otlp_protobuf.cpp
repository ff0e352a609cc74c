#include <cmath>
#include <optional>
#include <protozero/pbf_reader.hpp>

#include "decode/decode.hpp"
#include "decode/otlp_map.hpp"

namespace tidemark {
namespace {

using protozero::data_view;
using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

// Field numbers: opentelemetry-proto, opentelemetry/proto/{trace/v1/trace,common/v1/common}.proto. A field that comes with
// another wire type than its own is skipped as an unknown one.
constexpr auto bytes_field(std::uint32_t tag) { return tag_and_type(tag, pbf_wire_type::length_delimited); }
constexpr auto varint_field(std::uint32_t tag) { return tag_and_type(tag, pbf_wire_type::varint); }
constexpr auto fixed64_field(std::uint32_t tag) { return tag_and_type(tag, pbf_wire_type::fixed64); }

std::string_view text_of(data_view view) { return {view.data(), view.size()}; }

/// Calls `visit` for each sub-message or text with this tag, and skips all else.
template <typename Visit>
void each_field(data_view message, std::uint32_t tag, Visit&& visit) {
  pbf_reader reader(message);
  while (reader.next(tag, pbf_wire_type::length_delimited)) visit(reader.get_view());
}

/// ArrayValue: keeps the texts among its values.
void read_list(data_view list, OtlpValue& value, AttributeSet& into) {
  value.kind = OtlpValue::Kind::list;
  value.first = static_cast<std::uint32_t>(into.items().size());
  each_field(list, 1, [&](data_view element) {
    each_field(element, 1, [&](data_view text) { into.items().push_back(text_of(text)); });
  });
  value.count = static_cast<std::uint32_t>(into.items().size()) - value.first;
}

/// AnyValue; of several alternatives the last one counts, as protobuf says.
OtlpValue read_value(data_view any, bool wanted, AttributeSet& into) {
  OtlpValue value;
  value.kind = OtlpValue::Kind::unusable;
  pbf_reader reader(any);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case bytes_field(1):
        value.kind = OtlpValue::Kind::text;
        value.text = text_of(reader.get_view());
        break;
      case varint_field(2):
        value.kind = OtlpValue::Kind::boolean;
        value.integer = reader.get_uint64() != 0;
        break;
      case varint_field(3):
        value.kind = OtlpValue::Kind::integer;
        value.integer = reader.get_int64();
        break;
      case fixed64_field(4):
        value.real = reader.get_double();
        value.kind = std::isfinite(value.real) ? OtlpValue::Kind::real : OtlpValue::Kind::unusable;
        break;
      case bytes_field(5):
        if (wanted) {
          read_list(reader.get_view(), value, into);
        } else {
          value.kind = OtlpValue::Kind::other;
          reader.skip();
        }
        break;
      case bytes_field(6):
      case bytes_field(7):
        value.kind = OtlpValue::Kind::other;
        reader.skip();
        break;
      default: reader.skip();
    }
  }
  return value;
}

/// The bytes of a field with this tag, when it begins the message and is shorter than 128 bytes; else nothing, and then
/// the general way has to find out. `after` is where the message goes on.
std::string_view short_field(data_view message, char tag, std::size_t& after) {
  if (message.size() < 2 || message.data()[0] != tag) return {};
  const auto size = static_cast<unsigned char>(message.data()[1]);
  if (size >= 0x80 || size + 2u > message.size()) return {};
  after = size + 2u;
  return {message.data() + 2, size};
}

/// An attribute as nearly every exporter writes it: a short key, then a short text, and nothing else.
struct ShortAttribute {
  std::string_view key, text;
};
std::optional<ShortAttribute> short_attribute(data_view message) {
  constexpr char kFirst = 0x0a;   // field 1, length-delimited
  constexpr char kSecond = 0x12;  // field 2, length-delimited
  std::size_t after = 0;
  const std::string_view key = short_field(message, kFirst, after);
  const data_view rest(message.data() + after, message.size() - after);
  std::size_t end = 0;
  const std::string_view any = short_field(rest, kSecond, end);
  if (key.empty() || any.empty() || end != rest.size()) return std::nullopt;
  const std::string_view text = short_field(data_view(any.data(), any.size()), kFirst, end);
  if (text.empty() || end != any.size()) return std::nullopt;
  return ShortAttribute{key, text};
}

/// A request being read. Damage inside one span costs that span; damage around spans ends the reading.
class ProtobufReader {
 public:
  ProtobufReader(const DecodeContext& context, SpanBatch& batch, DecodeReport& report)
      : name_(context.name), report_(report), mapper_(context, batch, report) {}

  void read(std::string_view bytes) {
    try {
      each_field(data_view(bytes.data(), bytes.size()), 1,
                 [&](data_view resource_spans) { read_resource_spans(resource_spans); });
    } catch (const protozero::exception& e) {
      report_.rejections.add(RejectReason::malformed, std::string(name_),
                             "damaged protobuf after " + std::to_string(spans_) + " spans (" + e.what() +
                                 "); expected an OTLP ExportTraceServiceRequest");
    }
    read_deferred();
    mapper_.finish();
  }

 private:
  struct Deferred {
    data_view resource_spans, scope_spans, span;
    std::uint64_t number;
  };

  /// The fields of a message may come in any order, so the resource is looked for first.
  void read_resource(data_view resource_spans) {
    mapper_.resource().clear();
    each_field(resource_spans, 1, [&](data_view resource) {
      each_field(resource, 1, [&](data_view attribute) { read_attribute(attribute, mapper_.resource()); });
    });
  }

  static std::string_view read_scope(data_view scope_spans) {
    std::string_view name;
    each_field(scope_spans, 1,
               [&](data_view scope) { each_field(scope, 1, [&](data_view text) { name = text_of(text); }); });
    return name;
  }

  void read_resource_spans(data_view resource_spans) {
    read_resource(resource_spans);
    each_field(resource_spans, 2, [&](data_view scope_spans) {
      const std::string_view scope = read_scope(scope_spans);
      each_field(scope_spans, 2, [&](data_view span) {
        ++spans_;
        if (!read_and_map(span, scope, spans_)) deferred_.push_back({resource_spans, scope_spans, span, spans_});
      });
    });
  }

  bool read_and_map(data_view message, std::string_view scope, std::uint64_t number) {
    OtlpSpan span;
    span.scope = scope;
    span.number = number;
    try {
      read_span(message, span);
    } catch (const protozero::exception& e) {
      mapper_.reject(RejectReason::malformed, span, std::string("damaged protobuf inside the span (") + e.what() + ")");
      return true;
    }
    return mapper_.map(span);
  }

  void read_span(data_view message, OtlpSpan& span) {
    AttributeSet& own = mapper_.own();
    own.clear();
    pbf_reader reader(message);
    while (reader.next()) {
      switch (reader.tag_and_type()) {
        case bytes_field(1): span.trace_id = text_of(reader.get_view()); break;
        case bytes_field(2): span.span_id = text_of(reader.get_view()); break;
        case bytes_field(4): span.parent_id = text_of(reader.get_view()); break;
        case bytes_field(5): span.name = text_of(reader.get_view()); break;
        case varint_field(6): span.kind = static_cast<int>(reader.get_int64()); break;
        case fixed64_field(7): span.start_ns = reader.get_fixed64(); break;
        case fixed64_field(8): span.end_ns = reader.get_fixed64(); break;
        case bytes_field(9): read_attribute(reader.get_view(), own); break;
        case bytes_field(15): read_status(reader.get_view(), span); break;
        default: reader.skip();
      }
    }
  }

  static void read_status(data_view message, OtlpSpan& span) {
    pbf_reader reader(message);
    while (reader.next(3, pbf_wire_type::varint)) span.status = static_cast<int>(reader.get_int64());
  }

  void read_attribute(data_view message, AttributeSet& into) {
    if (const auto attribute = short_attribute(message)) {
      const OtlpKey key = mapper_.keys().find(attribute->key);
      if (key != OtlpKeyTable::kUnknown) into.set_text(key, attribute->text);
      return;
    }
    OtlpKey key = OtlpKeyTable::kUnknown;
    data_view any;
    pbf_reader reader(message);
    while (reader.next()) {
      switch (reader.tag_and_type()) {
        case bytes_field(1): key = mapper_.keys().find(text_of(reader.get_view())); break;
        case bytes_field(2): any = reader.get_view(); break;
        default: reader.skip();
      }
    }
    const bool wanted = key != OtlpKeyTable::kUnknown;
    const OtlpValue value = read_value(any, wanted, into);
    if (value.kind == OtlpValue::Kind::unusable)
      ++dropped_;
    else if (wanted)
      into.set(key, value);
  }

  /// The same attributes are read again here; they were counted already.
  void read_deferred() {
    report_.dropped_attributes += dropped_;
    const char* resource_read = nullptr;
    for (const Deferred& deferred : deferred_) {
      if (deferred.resource_spans.data() != resource_read) read_resource(deferred.resource_spans);
      resource_read = deferred.resource_spans.data();
      OtlpSpan span;
      span.scope = read_scope(deferred.scope_spans);
      span.number = deferred.number;
      read_span(deferred.span, span);
      mapper_.map_last(span);
    }
  }

  std::string_view name_;
  DecodeReport& report_;
  OtlpMapper mapper_;
  std::vector<Deferred> deferred_;
  std::uint64_t spans_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace

void decode_otlp_protobuf(std::string_view bytes, const DecodeContext& context, SpanBatch& batch,
                          DecodeReport& report) {
  if (bytes.size() > kMaxOtlpBytes) {
    report.rejections.add(
        RejectReason::too_large, std::string(context.name),
        "the export has " + std::to_string(bytes.size()) + " bytes, more than " + std::to_string(kMaxOtlpBytes));
    return;
  }
  ProtobufReader(context, batch, report).read(bytes);
}

}  // namespace tidemark
