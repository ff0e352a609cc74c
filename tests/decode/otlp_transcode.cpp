#include <charconv>
#include <protozero/pbf_writer.hpp>

#include "decode/json_tree.hpp"
#include "decode_support.hpp"

namespace tidemark::test {
namespace {

using Kind = JsonTree::Kind;
using Node = JsonTree::Node;
using protozero::pbf_writer;

template <typename Integer>
Integer integer(const Node& node) {
  Integer value{};
  std::from_chars(node.text().data(), node.text().data() + node.text().size(), value);
  return value;
}

std::string bytes_of_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned value = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    out.push_back(static_cast<char>(value));
  }
  return out;
}

/// Writes what JSON says as protobuf would, with numbers that protobuf cannot hold left out as JavaScript's exporters do.
class Transcoder {
 public:
  explicit Transcoder(const JsonTree& tree) : tree_(tree) {}

  void request(pbf_writer& out) {
    each(tree_.root(), "resourceSpans", [&](const Node& resource_spans) {
      pbf_writer message(out, 1);
      tree_.each_member(resource_spans, [&](std::string_view key, const Node& value) {
        if (key == "resource") attributes_of(value, pbf_writer(message, 1), 1);
      });
      each(resource_spans, "scopeSpans",
           [&](const Node& scope_spans) { this->scope_spans(scope_spans, pbf_writer(message, 2)); });
    });
  }

 private:
  template <typename Visit>
  void each(const Node& object, std::string_view name, Visit&& visit) const {
    if (object.kind() != Kind::object) return;
    tree_.each_member(object, [&](std::string_view key, const Node& value) {
      if (key == name && value.kind() == Kind::array) tree_.each_element(value, visit);
    });
  }
  void attributes_of(const Node& object, pbf_writer&& out, std::uint32_t tag) {
    each(object, "attributes", [&](const Node& attribute) { this->attribute(attribute, pbf_writer(out, tag)); });
  }

  void scope_spans(const Node& node, pbf_writer out) {
    tree_.each_member(node, [&](std::string_view key, const Node& value) {
      if (key != "scope") return;
      pbf_writer scope(out, 1);
      tree_.each_member(value, [&](std::string_view name, const Node& text) {
        if (name == "name") scope.add_string(1, std::string(text.text()));
      });
    });
    each(node, "spans", [&](const Node& span) { this->span(span, pbf_writer(out, 2)); });
  }

  void span(const Node& node, pbf_writer out) {
    tree_.each_member(node, [&](std::string_view key, const Node& value) {
      if (key == "traceId") out.add_bytes(1, bytes_of_hex(value.text()));
      if (key == "spanId") out.add_bytes(2, bytes_of_hex(value.text()));
      if (key == "parentSpanId") out.add_bytes(4, bytes_of_hex(value.text()));
      if (key == "name") out.add_string(5, std::string(value.text()));
      if (key == "kind") out.add_enum(6, integer<int>(value));
      if (key == "startTimeUnixNano") out.add_fixed64(7, integer<std::uint64_t>(value));
      if (key == "endTimeUnixNano") out.add_fixed64(8, integer<std::uint64_t>(value));
      if (key == "flags") out.add_fixed32(16, integer<std::uint32_t>(value));
      if (key == "status") {
        pbf_writer status(out, 15);
        tree_.each_member(value, [&](std::string_view name, const Node& code) {
          if (name == "code") status.add_enum(3, integer<int>(code));
        });
      }
    });
    attributes_of(node, std::move(out), 9);
  }

  void attribute(const Node& node, pbf_writer out) {
    tree_.each_member(node, [&](std::string_view key, const Node& value) {
      if (key == "key") out.add_string(1, std::string(value.text()));
      if (key == "value") any(value, pbf_writer(out, 2));
    });
  }

  void any(const Node& node, pbf_writer out) {
    if (node.kind() != Kind::object) return;
    tree_.each_member(node, [&](std::string_view type, const Node& value) {
      if (type == "stringValue") out.add_string(1, std::string(value.text()));
      if (type == "boolValue") out.add_bool(2, value.kind() == Kind::yes);
      if (type == "intValue" && value.size < 20) out.add_int64(3, integer<std::int64_t>(value));
      if (type == "doubleValue" && value.kind() == Kind::number) {
        double number = 0;
        std::from_chars(value.text().data(), value.text().data() + value.text().size(), number);
        out.add_double(4, number);
      }
      if (type == "arrayValue") {
        pbf_writer list(out, 5);
        each(value, "values", [&](const Node& element) { any(element, pbf_writer(list, 1)); });
      }
      if (type == "kvlistValue") out.add_message(6, std::string());
      if (type == "bytesValue") out.add_bytes(7, std::string("\0\1\2", 3));
    });
  }

  const JsonTree& tree_;
};

}  // namespace

std::string to_protobuf(std::string_view otlp_json) {
  JsonTree tree;
  std::size_t used = 0;
  if (tree.parse(otlp_json, used) != JsonTree::Status::ok) throw InputError("not JSON: " + tree.message());
  std::string out;
  pbf_writer writer(out);
  Transcoder(tree).request(writer);
  return out;
}

}  // namespace tidemark::test
