#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// SQL's three truth values.
enum class Truth : std::uint8_t { no = 0, yes = 1, unknown = 2 };

/// A `where` clause over one span's fields, in postfix order. `a = 'x'`, `a in ('x','y')`, `flag = true`, and, or, not.
/// A comparison with a missing field is unknown, as in SQL; a span counts only when the whole is `yes`.
struct Predicate {
  enum class Op : std::uint8_t { equals_any, truth_is, logical_and, logical_or, logical_not };
  struct Node {
    Op op = Op::equals_any;
    int field = -1;                     ///< equals_any, truth_is.
    std::vector<std::string> literals;  ///< equals_any: of a text field. A label set equals no literal.
    bool flag = false;                  ///< truth_is: of a boolean field.
    friend bool operator==(const Node&, const Node&) = default;
  };
  std::vector<Node> nodes;

  bool always() const { return nodes.empty(); }
  friend bool operator==(const Predicate&, const Predicate&) = default;
};

/// How deep a `where` may nest, and how many nodes it may have.
inline constexpr int kMaxPredicateDepth = 32;
inline constexpr std::size_t kMaxPredicateNodes = 256;

Truth truth_not(Truth a);
Truth truth_and(Truth a, Truth b);
Truth truth_or(Truth a, Truth b);

}  // namespace tidemark
