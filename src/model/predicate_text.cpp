#include "model/predicate_text.hpp"

#include <algorithm>
#include <vector>

#include "model/expression.hpp"
#include "model/nearest.hpp"
#include "model/results.hpp"
#include "model/text.hpp"

namespace tidemark {
namespace {

using Node = Predicate::Node;
using Op = Predicate::Op;

const std::vector<std::string_view> kResults{"success",      "failure", "error",       "timeout",
                                             "cancellation", "skip",    kUnknownResult};

/// Recursive descent: `or` of `and`s of `not`s of comparisons and parentheses.
class PredicateParser {
 public:
  PredicateParser(ExpressionLexer& lexer, const SourceDef& source) : lexer_(lexer), source_(source) {}

  Predicate parse() {
    parse_or(1);
    return std::move(predicate_);
  }

 private:
  void parse_or(int depth) {
    parse_and(depth);
    while (lexer_.accept_word("or")) {
      parse_and(depth);
      add({Op::logical_or, -1, {}, false});
    }
  }

  void parse_and(int depth) {
    parse_not(depth);
    while (lexer_.accept_word("and")) {
      parse_not(depth);
      add({Op::logical_and, -1, {}, false});
    }
  }

  void parse_not(int depth) {
    if (depth > kMaxPredicateDepth)
      ExpressionLexer::fail(lexer_.next().at, "expected at most " + std::to_string(kMaxPredicateDepth) +
                                                  " levels of 'not' and parentheses");
    if (lexer_.accept_word("not")) {
      parse_not(depth + 1);
      add({Op::logical_not, -1, {}, false});
    } else if (lexer_.accept_sign("(")) {
      parse_or(depth + 1);
      if (!lexer_.accept_sign(")")) lexer_.fail_expected("')', 'and' or 'or'");
    } else {
      parse_comparison();
    }
  }

  void parse_comparison() {
    const Token token = lexer_.next();
    const int field = find_field(lexer_, source_, "a text, result or boolean field");
    const FieldDef& def = source_.fields[static_cast<std::size_t>(field)];
    if (def.type == FieldType::boolean) return parse_truth(field);
    if (def.type != FieldType::text && def.type != FieldType::result)
      ExpressionLexer::fail(token.at, "expected a text, result or boolean field, found the " +
                                          std::string(name_of(def.type)) + " field '" + def.name + "'");
    parse_text_comparison(field, def.type == FieldType::result);
  }

  void parse_text_comparison(int field, bool is_result) {
    Node node{Op::equals_any, field, {}, false};
    bool negated = false;
    if (accept_equality(negated)) {
      node.literals.push_back(parse_literal(is_result));
    } else {
      negated = lexer_.accept_word("not");
      if (!lexer_.accept_word("in")) lexer_.fail_expected(negated ? "'in'" : "'=', '!=', 'in' or 'not in'");
      node.literals = parse_list(is_result);
    }
    add(std::move(node));
    if (negated) add({Op::logical_not, -1, {}, false});
  }

  void parse_truth(int field) {
    bool negated = false;
    bool value = true;
    if (accept_equality(negated)) {
      value = lexer_.next_is_word("true");
      if (!value && !lexer_.next_is_word("false")) lexer_.fail_expected("true or false");
      lexer_.take();
    }
    add({Op::truth_is, field, {}, value != negated});
  }

  bool accept_equality(bool& negated) {
    negated = lexer_.next_is_sign("!=") || lexer_.next_is_sign("<>");
    if (!negated && !lexer_.next_is_sign("=")) return false;
    lexer_.take();
    return true;
  }

  std::vector<std::string> parse_list(bool is_result) {
    std::vector<std::string> literals;
    lexer_.expect_sign("(");
    do {
      if (literals.size() == kMaxLiterals) lexer_.fail_expected("at most " + std::to_string(kMaxLiterals) + " texts");
      literals.push_back(parse_literal(is_result));
    } while (lexer_.accept_sign(","));
    if (!lexer_.accept_sign(")")) lexer_.fail_expected("',' or ')'");
    std::sort(literals.begin(), literals.end());
    literals.erase(std::unique(literals.begin(), literals.end()), literals.end());
    return literals;
  }

  std::string parse_literal(bool is_result) {
    if (lexer_.next().kind != Token::Kind::literal) lexer_.fail_expected("a text in single quotes");
    Token token = lexer_.take();
    if (is_result && std::find(kResults.begin(), kResults.end(), token.value) == kResults.end())
      ExpressionLexer::fail(token.at, "expected a result (" + one_of(kResults) + "), found " + describe(token) +
                                          suggest_result(token.value));
    return std::move(token.value);
  }

  static std::string suggest_result(std::string_view word) {
    if (const auto mapped = map_result(word)) return "; it is stored as '" + std::string(*mapped) + "'";
    return suggest(word, kResults);
  }

  void add(Node node) {
    if (predicate_.nodes.size() == kMaxPredicateNodes)
      ExpressionLexer::fail(lexer_.next().at, "expected at most " + std::to_string(kMaxPredicateNodes) +
                                                  " comparisons, ands, ors and nots");
    predicate_.nodes.push_back(std::move(node));
  }

  ExpressionLexer& lexer_;
  const SourceDef& source_;
  Predicate predicate_;
};

/// How tightly the text of a node binds.
enum Binding { kOr, kAnd, kNot, kComparison };

struct Piece {
  std::string text;
  Binding binding = kComparison;
  bool negatable = false;  ///< A comparison of texts that `!=` and `not in` exist for.
  std::string negated;
};

std::string quote_literal(std::string_view literal) {
  std::string text = "'";
  for (const char c : literal) {
    text.push_back(c);
    if (c == '\'') text.push_back(c);
  }
  return text + "'";
}

std::string bracketed(const Piece& piece, Binding at_least) {
  return piece.binding >= at_least ? piece.text : "(" + piece.text + ")";
}

Piece format_texts(const Node& node, const std::string& name) {
  if (node.literals.size() == 1) {
    const std::string literal = quote_literal(node.literals.front());
    return {name + " = " + literal, kComparison, true, name + " != " + literal};
  }
  std::string list;
  for (const std::string& literal : node.literals) list += (list.empty() ? "" : ", ") + quote_literal(literal);
  return {name + " in (" + list + ")", kComparison, true, name + " not in (" + list + ")"};
}

Piece combine(std::vector<Piece>& stack, std::string_view word, Binding binding) {
  const Piece right = std::move(stack.back());
  stack.pop_back();
  const Piece left = std::move(stack.back());
  stack.pop_back();
  // Chains lean to the left, so a right operand of the same kind was in parentheses.
  const auto tighter = static_cast<Binding>(binding + 1);
  return {bracketed(left, binding) + " " + std::string(word) + " " + bracketed(right, tighter), binding, false, {}};
}

Piece negate(Piece piece) {
  if (piece.negatable) return {std::move(piece.negated), kComparison, false, {}};
  return {"not " + bracketed(piece, kNot), kNot, false, {}};
}

}  // namespace

Predicate parse_predicate(ExpressionLexer& lexer, const SourceDef& source) {
  return PredicateParser(lexer, source).parse();
}

std::string format_predicate(const Predicate& predicate, const SourceDef& source) {
  std::vector<Piece> stack;
  for (const Node& node : predicate.nodes) {
    const std::string name = node.field < 0 ? "" : source.fields[static_cast<std::size_t>(node.field)].name;
    switch (node.op) {
      case Op::equals_any: stack.push_back(format_texts(node, name)); break;
      case Op::truth_is: stack.push_back({name + (node.flag ? " = true" : " = false"), kComparison, false, {}}); break;
      case Op::logical_and: stack.push_back(combine(stack, "and", kAnd)); break;
      case Op::logical_or: stack.push_back(combine(stack, "or", kOr)); break;
      case Op::logical_not: stack.back() = negate(std::move(stack.back())); break;
    }
  }
  return stack.empty() ? std::string() : stack.back().text;
}

int find_field(ExpressionLexer& lexer, const SourceDef& source, std::string_view expected) {
  if (lexer.next().kind != Token::Kind::name) lexer.fail_expected(expected);
  const Token token = lexer.take();
  const int field = source.field_index(token.text);
  if (field >= 0) return field;
  std::vector<std::string_view> names;
  for (const FieldDef& def : source.fields) names.push_back(def.name);
  // What a view can name is a source without a time of its own.
  const std::string of = source.time_field < 0 ? " of " + source.name : " of source '" + source.name + "'";
  ExpressionLexer::fail(
      token.at, "expected " + std::string(expected) + of + ", found " + describe(token) + suggest(token.text, names));
}

}  // namespace tidemark
