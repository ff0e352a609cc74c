#include <charconv>
#include <cmath>
#include <deque>

#include "decode/decode.hpp"
#include "decode/json_tree.hpp"
#include "decode/otlp_map.hpp"

namespace tidemark {
namespace {

using Kind = JsonTree::Kind;
using Node = JsonTree::Node;

/// Reads a whole number, written as a number or as text; protobuf's JSON allows both.
template <typename Integer>
bool read_integer(const Node& node, Integer& out) {
  if (node.kind() != Kind::number && node.kind() != Kind::string) return false;
  const std::string_view text = node.text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The bytes of an id in hexadecimal of any case; none when it is something else.
std::string_view read_hex(const Node& node, char (&buffer)[16]) {
  const std::string_view text = node.text();
  if (node.kind() != Kind::string || text.size() > 2 * sizeof buffer || text.size() % 2 != 0) return {};
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]), low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return {};
    buffer[i / 2] = static_cast<char>(high * 16 + low);
  }
  return {buffer, text.size() / 2};
}

std::string_view read_text(const Node& node) { return node.kind() == Kind::string ? node.text() : std::string_view(); }

/// One JSON document being read; the same steps as for protobuf.
class JsonReader {
 public:
  JsonReader(const DecodeContext& context, SpanBatch& batch, DecodeReport& report)
      : mapper_(context, batch, report), report_(report) {}

  /// `tree` holds the document.
  void read(const JsonTree& tree) {
    tree_ = &tree;
    each_in(tree.root(), "resourceSpans", [&](const Node& resource_spans) { read_resource_spans(resource_spans); });
    read_deferred();
    mapper_.finish();
  }

 private:
  struct Deferred {
    const Node* resource_spans;
    std::string_view scope;
    const Node* span;
    std::uint64_t number;
  };

  const Node* member(const Node& object, std::string_view name) const {
    const Node* found = nullptr;
    if (object.kind() == Kind::object)
      tree_->each_member(object, [&](std::string_view key, const Node& value) {
        if (key == name) found = &value;
      });
    return found;
  }
  template <typename Visit>
  void each_in(const Node& object, std::string_view name, Visit&& visit) const {
    const Node* array = member(object, name);
    if (array && array->kind() == Kind::array) tree_->each_element(*array, visit);
  }

  void read_resource(const Node& resource_spans) {
    mapper_.resource().clear();
    if (const Node* resource = member(resource_spans, "resource"))
      each_in(*resource, "attributes", [&](const Node& attribute) { read_attribute(attribute, mapper_.resource()); });
  }

  void read_resource_spans(const Node& resource_spans) {
    read_resource(resource_spans);
    each_in(resource_spans, "scopeSpans", [&](const Node& scope_spans) {
      const Node* scope = member(scope_spans, "scope");
      const Node* scope_name = scope ? member(*scope, "name") : nullptr;
      const std::string_view name = scope_name ? read_text(*scope_name) : std::string_view();
      each_in(scope_spans, "spans", [&](const Node& node) {
        ++spans_;
        OtlpSpan span;
        read_span(node, name, spans_, span);
        if (!mapper_.map(span)) deferred_.push_back({&resource_spans, name, &node, spans_});
      });
    });
  }

  void read_span(const Node& node, std::string_view scope, std::uint64_t number, OtlpSpan& span) {
    mapper_.own().clear();
    span.scope = scope;
    span.number = number;
    if (node.kind() != Kind::object) return;
    tree_->each_member(node, [&](std::string_view key, const Node& value) {
      if (key == "traceId")
        span.trace_id = read_hex(value, trace_id_);
      else if (key == "spanId")
        span.span_id = read_hex(value, span_id_);
      else if (key == "parentSpanId")
        span.parent_id = read_hex(value, parent_id_);
      else if (key == "name")
        span.name = read_text(value);
      else if (key == "kind")
        read_integer(value, span.kind);
      else if (key == "startTimeUnixNano")
        read_integer(value, span.start_ns);
      else if (key == "endTimeUnixNano")
        read_integer(value, span.end_ns);
      else if (key == "status")
        read_status(value, span);
      else if (key == "attributes" && value.kind() == Kind::array)
        tree_->each_element(value, [&](const Node& attribute) { read_attribute(attribute, mapper_.own()); });
    });
  }

  void read_status(const Node& node, OtlpSpan& span) const {
    if (const Node* code = member(node, "code")) read_integer(*code, span.status);
  }

  void read_attribute(const Node& node, AttributeSet& into) {
    const Node* key_node = member(node, "key");
    const Node* any = member(node, "value");
    const OtlpKey key = mapper_.keys().find(key_node ? read_text(*key_node) : std::string_view());
    const bool wanted = key != OtlpKeyTable::kUnknown;
    OtlpValue value;
    value.kind = OtlpValue::Kind::unusable;
    if (any && any->kind() == Kind::object)
      tree_->each_member(
          *any, [&](std::string_view type, const Node& content) { read_value(type, content, wanted, value, into); });
    if (value.kind == OtlpValue::Kind::unusable)
      ++dropped_;
    else if (wanted)
      into.set(key, value);
  }

  void read_value(std::string_view type, const Node& node, bool wanted, OtlpValue& value, AttributeSet& into) const {
    using ValueKind = OtlpValue::Kind;
    if (type == "stringValue") {
      value.kind = node.kind() == Kind::string ? ValueKind::text : ValueKind::unusable;
      value.text = read_text(node);
    } else if (type == "boolValue") {
      const bool is_flag = node.kind() == Kind::yes || node.kind() == Kind::no;
      value.kind = is_flag ? ValueKind::boolean : ValueKind::unusable;
      value.integer = node.kind() == Kind::yes;
    } else if (type == "intValue") {
      value.kind = read_integer(node, value.integer) ? ValueKind::integer : ValueKind::unusable;
    } else if (type == "doubleValue") {
      value.kind = read_double(node, value.real) ? ValueKind::real : ValueKind::unusable;
    } else if (type == "arrayValue") {
      value.kind = wanted ? ValueKind::list : ValueKind::other;
      if (wanted) read_list(node, value, into);
    } else if (type == "kvlistValue" || type == "bytesValue") {
      value.kind = ValueKind::other;
    }
  }

  static bool read_double(const Node& node, double& out) {
    if (node.kind() != Kind::number && node.kind() != Kind::string) return false;
    const std::string_view text = node.text();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size() && std::isfinite(out);
  }

  void read_list(const Node& node, OtlpValue& value, AttributeSet& into) const {
    value.first = static_cast<std::uint32_t>(into.items().size());
    each_in(node, "values", [&](const Node& element) {
      const Node* text = member(element, "stringValue");
      if (text && text->kind() == Kind::string) into.items().push_back(text->text());
    });
    value.count = static_cast<std::uint32_t>(into.items().size()) - value.first;
  }

  void read_deferred() {
    report_.dropped_attributes += dropped_;
    const Node* resource_read = nullptr;
    for (const Deferred& deferred : deferred_) {
      if (deferred.resource_spans != resource_read) read_resource(*deferred.resource_spans);
      resource_read = deferred.resource_spans;
      OtlpSpan span;
      read_span(*deferred.span, deferred.scope, deferred.number, span);
      mapper_.map_last(span);
    }
  }

  OtlpMapper mapper_;
  DecodeReport& report_;
  const JsonTree* tree_ = nullptr;
  std::vector<Deferred> deferred_;
  std::uint64_t spans_ = 0;
  std::uint64_t dropped_ = 0;
  char trace_id_[16];
  char span_id_[16];
  char parent_id_[16];
};

RejectReason reason_of(JsonTree::Status status) {
  switch (status) {
    case JsonTree::Status::too_deep: return RejectReason::too_deep;
    case JsonTree::Status::too_large: return RejectReason::too_large;
    default: return RejectReason::malformed;
  }
}

std::string_view skip_space(std::string_view text) {
  const auto at = text.find_first_not_of(" \t\r\n");
  return at == std::string_view::npos ? std::string_view() : text.substr(at);
}

}  // namespace

void decode_otlp_json(std::string_view bytes, const DecodeContext& context, SpanBatch& batch, DecodeReport& report) {
  const auto reject = [&](RejectReason reason, std::string message) {
    report.rejections.add(reason, std::string(context.name), std::move(message));
  };
  if (bytes.size() > kMaxOtlpBytes)
    return reject(RejectReason::too_large, "the export has " + std::to_string(bytes.size()) + " bytes, more than " +
                                               std::to_string(kMaxOtlpBytes));
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  if (skip_space(bytes).empty()) return reject(RejectReason::malformed, "the export is empty; expected a JSON object");
  JsonTree tree;
  std::uint64_t document = 0;
  for (std::string_view rest = skip_space(bytes); !rest.empty(); rest = skip_space(rest)) {
    ++document;
    std::size_t used = 0;
    const auto status = tree.parse(rest, used);
    if (status != JsonTree::Status::ok)
      return reject(reason_of(status), "document " + std::to_string(document) + ": " + tree.message());
    if (tree.root().kind() != Kind::object)
      return reject(RejectReason::malformed, "document " + std::to_string(document) +
                                                 " is no JSON object; expected an OTLP export with resourceSpans");
    JsonReader(context, batch, report).read(tree);
    rest.remove_prefix(used);
  }
}

}  // namespace tidemark
