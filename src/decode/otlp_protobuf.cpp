#include <array>
#include <bit>
#include <cmath>
#include <cstring>
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

constexpr char kFirstTag = 0x0a;      // field 1, length-delimited
constexpr char kSecondTag = 0x12;     // field 2, length-delimited
constexpr char kAttributeTag = 0x4a;  // Span.attributes: field 9, length-delimited
constexpr char kRealTag = 0x21;       // AnyValue.double_value: field 4, eight bytes
constexpr char kListTag = 0x2a;       // AnyValue.array_value: field 5, length-delimited

/// Takes the field that `bytes` begin with, when it has this tag and less than 128 bytes, as nearly every part of an
/// attribute has. Else nothing is taken, and the general way has to find out.
[[gnu::always_inline]] inline bool take_short(std::string_view& bytes, char tag, std::string_view& field) {
  if (bytes.size() < 2 || bytes[0] != tag) return false;
  const std::size_t size = static_cast<unsigned char>(bytes[1]);
  if (size >= 0x80 || size > bytes.size() - 2) return false;
  field = {bytes.data() + 2, size};
  bytes.remove_prefix(size + 2);
  return true;
}

/// The same of a message that has nothing else.
[[gnu::always_inline]] inline bool is_short(std::string_view message, char tag, std::string_view& field) {
  return take_short(message, tag, field) && message.empty();
}

/// An attribute as nearly every exporter writes it: less than 128 bytes, so that every length in it takes one; the key,
/// then a text, and nothing else.
[[gnu::always_inline]] inline bool is_short_attribute(std::string_view message, std::string_view& key,
                                                      std::string_view& text) {
  const std::size_t size = message.size();
  const auto length = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(message[at])); };
  if (size < 6 || size >= 0x80 || message[0] != kFirstTag) return false;
  const std::size_t value = length(1) + 2;
  if (value + 4 > size || message[value] != kSecondTag || message[value + 2] != kFirstTag) return false;
  if (length(value + 1) != size - value - 2 || length(value + 3) != size - value - 4) return false;
  key = {message.data() + 2, value - 2};
  text = {message.data() + value + 4, size - value - 4};
  return true;
}

/// A message that is one double and nothing else, as is a text by is_short.
[[gnu::always_inline]] inline bool is_real(std::string_view message, double& number) {
  if (message.size() != 1 + sizeof number || message[0] != kRealTag) return false;
  std::uint64_t bits;
  std::memcpy(&bits, message.data() + 1, sizeof bits);
  if constexpr (std::endian::native == std::endian::big) bits = __builtin_bswap64(bits);
  number = std::bit_cast<double>(bits);
  return true;
}

/// ArrayValue: puts the texts among its values behind `items`.
void read_list(std::string_view list, std::vector<std::string_view>& items) {
  const auto read_element = [&](std::string_view element) {
    std::string_view only;
    if (is_short(element, kFirstTag, only)) return items.push_back(only);
    each_field(data_view(element.data(), element.size()), 1, [&](data_view text) { items.push_back(text_of(text)); });
  };
  std::string_view rest = list;
  for (std::string_view element; take_short(rest, kFirstTag, element);) read_element(element);
  each_field(data_view(rest.data(), rest.size()), 1, [&](data_view element) { read_element(text_of(element)); });
}

/// Keys by where they come: senders give all their spans (and all their resources) the same ones in the same order, so the
/// one that stood in this place last time is tried before the table is asked.
class KeysInOrder {
 public:
  explicit KeysInOrder(const OtlpKeyTable& table) : table_(table) { places_.fill({{}, table.find({})}); }

  void restart() { next_ = 0; }
  OtlpKey find(std::string_view name) {
    if (next_ == places_.size()) next_ = 0;  // a span with that many is a rare one
    Place& place = places_[next_++];
    return same_text(place.name, name) ? place.key : replace(place, name);
  }

 private:
  struct Place {
    std::string_view name;  ///< In the document.
    OtlpKey key;
  };
  [[gnu::noinline]] OtlpKey replace(Place& place, std::string_view name) {
    place = {name, table_.find(name)};
    return place.key;
  }

  const OtlpKeyTable& table_;
  std::array<Place, 32> places_;
  std::size_t next_ = 0;
};

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
          std::vector<std::string_view>& items = into.items();
          value.kind = OtlpValue::Kind::list;
          value.first = static_cast<std::uint32_t>(items.size());
          read_list(text_of(reader.get_view()), items);
          value.count = static_cast<std::uint32_t>(items.size()) - value.first;
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

/// A request being read. Damage inside one span costs that span; damage around spans ends the reading.
class ProtobufReader {
 public:
  ProtobufReader(const DecodeContext& context, SpanBatch& batch, DecodeReport& report)
      : name_(context.name),
        report_(report),
        mapper_(context, batch, report),
        span_keys_(mapper_.keys()),
        resource_keys_(mapper_.keys()) {}

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
    resource_keys_.restart();
    each_field(resource_spans, 1, [&](data_view resource) {
      each_field(resource, 1,
                 [&](data_view attribute) { read_attribute(text_of(attribute), resource_keys_, mapper_.resource()); });
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
    span_keys_.restart();
    std::string_view rest = text_of(message);
    std::string_view attribute;
    while (!rest.empty()) {
      // Most of a span is attributes.
      while (take_short(rest, kAttributeTag, attribute)) read_attribute(attribute, span_keys_, own);
      if (rest.empty()) break;
      pbf_reader reader(rest.data(), rest.size());
      reader.next();
      switch (reader.tag_and_type()) {
        case bytes_field(1): span.trace_id = text_of(reader.get_view()); break;
        case bytes_field(2): span.span_id = text_of(reader.get_view()); break;
        case bytes_field(4): span.parent_id = text_of(reader.get_view()); break;
        case bytes_field(5): span.name = text_of(reader.get_view()); break;
        case varint_field(6): span.kind = static_cast<int>(reader.get_int64()); break;
        case fixed64_field(7): span.start_ns = reader.get_fixed64(); break;
        case fixed64_field(8): span.end_ns = reader.get_fixed64(); break;
        case bytes_field(9): read_attribute(text_of(reader.get_view()), span_keys_, own); break;
        case bytes_field(15): read_status(reader.get_view(), span); break;
        default: reader.skip();
      }
      rest = text_of(reader.data());
    }
  }

  static void read_status(data_view message, OtlpSpan& span) {
    pbf_reader reader(message);
    while (reader.next(3, pbf_wire_type::varint)) span.status = static_cast<int>(reader.get_int64());
  }

  void read_attribute(std::string_view message, KeysInOrder& keys, AttributeSet& into) {
    std::string_view name;
    std::string_view text;
    if (!is_short_attribute(message, name, text)) return read_any_attribute(message, keys, into);
    const OtlpKey key = keys.find(name);
    if (key != OtlpKeyTable::kUnknown) into.set_text(key, text);
  }

  void read_any_attribute(std::string_view message, KeysInOrder& keys, AttributeSet& into) {
    std::string_view rest = message;
    std::string_view name;
    std::string_view any;
    OtlpKey key = OtlpKeyTable::kUnknown;
    if (take_short(rest, kFirstTag, name) && is_short(rest, kSecondTag, any))
      key = keys.find(name);
    else
      split_attribute(message, keys, key, any);
    const bool wanted = key != OtlpKeyTable::kUnknown;
    std::string_view list;
    if (wanted && is_short(any, kListTag, list)) {
      const std::size_t first = into.items().size();
      read_list(list, into.items());
      return into.set_list(key, first);
    }
    double real = 0;
    if (wanted && is_real(any, real) && std::isfinite(real)) return into.set_real(key, real);
    const OtlpValue value = read_value(data_view(any.data(), any.size()), wanted, into);
    if (value.kind == OtlpValue::Kind::unusable)
      ++dropped_;
    else if (wanted)
      into.set(key, value);
  }

  /// KeyValue, whatever it looks like.
  static void split_attribute(std::string_view message, KeysInOrder& keys, OtlpKey& key, std::string_view& any) {
    key = OtlpKeyTable::kUnknown;
    any = {};
    pbf_reader reader(message.data(), message.size());
    while (reader.next()) {
      switch (reader.tag_and_type()) {
        case bytes_field(1): key = keys.find(text_of(reader.get_view())); break;
        case bytes_field(2): any = text_of(reader.get_view()); break;
        default: reader.skip();
      }
    }
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
  KeysInOrder span_keys_, resource_keys_;
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
