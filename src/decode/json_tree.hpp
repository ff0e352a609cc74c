#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// A parsed JSON text as one flat row of nodes, reused from text to text without allocating. Numbers keep their text, so
/// that decimals never pass through binary floating point. Texts point into the input where they can.
/// Lenient where senders are: invalid UTF-8 is let through (SpanBuilder repairs it), lone surrogates become U+FFFD.
class JsonTree {
 public:
  enum class Kind : std::uint8_t { null, no, yes, number, string, array, object };
  enum class Status : std::uint8_t { ok, malformed, too_deep, too_large };

  /// More nodes than this are too_large: they bound memory to 16 bytes each.
  static constexpr std::size_t kMaxNodes = 16u << 20;

  struct Node {
    const char* data;
    std::uint32_t size : 29;
    std::uint32_t kind_bits : 3;
    std::uint32_t next;  ///< The node after this one and all that is in it.

    Kind kind() const { return static_cast<Kind>(kind_bits); }
    /// A string's characters, unescaped; a number's digits.
    std::string_view text() const { return {data, size}; }
  };

  JsonTree();
  ~JsonTree();
  JsonTree(const JsonTree&) = delete;
  JsonTree& operator=(const JsonTree&) = delete;

  /// Parses one value at the start of `text` and says in `used` how far it and the white space behind it go.
  /// `text` must outlive the use of the nodes and be shorter than 2^29 bytes. More than `max_nodes` are too_large.
  Status parse(std::string_view text, std::size_t& used, std::size_t max_nodes = kMaxNodes);
  /// What went wrong in the last parse, and where.
  const std::string& message() const { return message_; }

  const Node& root() const { return nodes_.front(); }

  /// Walks an array's elements or, as key and value, an object's members.
  template <typename Visit>
  void each_element(const Node& array, Visit&& visit) const {
    const std::uint32_t end = array.next;
    for (std::uint32_t i = index_of(array) + 1; i < end; i = nodes_[i].next) visit(nodes_[i]);
  }
  template <typename Visit>
  void each_member(const Node& object, Visit&& visit) const {
    const std::uint32_t end = object.next;
    for (std::uint32_t i = index_of(object) + 1; i < end;) {
      const Node& value = nodes_[i + 1];
      visit(nodes_[i].text(), value);
      i = value.next;
    }
  }

 private:
  class Parser;
  std::uint32_t index_of(const Node& node) const { return static_cast<std::uint32_t>(&node - nodes_.data()); }

  std::vector<Node> nodes_;
  std::string message_;
  std::string mended_;  // a copy of the input whose lone surrogates were replaced
  std::unique_ptr<Parser> parser_;
};

/// Whether a JSON number's text is a whole number, without fraction or exponent.
inline bool is_integer_text(std::string_view number) { return number.find_first_of(".eE") == std::string_view::npos; }

}  // namespace tidemark
