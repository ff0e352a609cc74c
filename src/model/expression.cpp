#include "model/expression.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <tidemark/errors.hpp>

#include "model/expression_lexer.hpp"
#include "model/nearest.hpp"
#include "model/predicate_text.hpp"

namespace tidemark {
namespace {

/// Which fields an aggregate takes.
enum class Takes { measure, measure_or_instant, any };

struct Function {
  std::string_view name;
  AggregateKind kind;
  Takes takes;
};

constexpr std::array kFunctions{
    Function{"count", AggregateKind::count, Takes::any},
    Function{"sum", AggregateKind::sum, Takes::measure},
    Function{"min", AggregateKind::min, Takes::measure_or_instant},
    Function{"max", AggregateKind::max, Takes::measure_or_instant},
    Function{"avg", AggregateKind::avg, Takes::measure},
    Function{"first", AggregateKind::first, Takes::any},
    Function{"last", AggregateKind::last, Takes::any},
    Function{"count_distinct", AggregateKind::count_distinct, Takes::any},
    Function{"percentile_cont", AggregateKind::percentile_cont, Takes::measure},
    Function{"median", AggregateKind::percentile_cont, Takes::measure},
    Function{"corr", AggregateKind::corr, Takes::measure},
};

std::string_view describe(Takes takes) {
  switch (takes) {
    case Takes::measure: return "a duration or number";
    case Takes::measure_or_instant: return "a duration, number or instant";
    case Takes::any: return "a field";
  }
  return "";
}

bool fits(Takes takes, FieldType type) {
  if (takes == Takes::any || is_measure(type)) return true;
  return takes == Takes::measure_or_instant && type == FieldType::instant;
}

class Parser {
 public:
  Parser(std::string_view text, const SourceDef& source) : lexer_(text), source_(source) {}

  ColumnExpression parse() {
    ColumnExpression expression;
    parse_call(expression);
    if (lexer_.accept_word("where")) expression.where = parse_predicate(lexer_, source_);
    if (lexer_.next().kind != Token::Kind::end)
      lexer_.fail_expected(expression.where.always() ? "'where' or the end" : "'and', 'or' or the end");
    return expression;
  }

 private:
  void parse_call(ColumnExpression& expression) {
    const Function& function = parse_function();
    expression.kind = function.kind;
    lexer_.expect_sign("(");
    if (function.kind == AggregateKind::percentile_cont) parse_percentile(function, expression);
    const bool bare_count = function.kind == AggregateKind::count && lexer_.next_is_sign(")");
    if (!bare_count) expression.field = parse_field(function.takes);
    if (function.kind == AggregateKind::corr) {
      lexer_.expect_sign(",");
      expression.second_field = parse_field(function.takes);
    }
    lexer_.expect_sign(")");
  }

  const Function& parse_function() {
    const Token& token = lexer_.next();
    const auto found = std::find_if(kFunctions.begin(), kFunctions.end(), [&](const Function& f) {
      return token.kind == Token::Kind::name && token.value == f.name;
    });
    if (found == kFunctions.end()) {
      std::vector<std::string_view> names;
      for (const Function& f : kFunctions) names.push_back(f.name);
      ExpressionLexer::fail(token.at, "expected an aggregate (" + one_of(names) + "), found " +
                                          tidemark::describe(token) + suggest(token.value, names));
    }
    lexer_.take();
    return *found;
  }

  void parse_percentile(const Function& function, ColumnExpression& expression) {
    if (function.name == "median") {
      expression.percentile = 0.5;
      return;
    }
    const Token& token = lexer_.next();
    const char* end = token.text.data() + token.text.size();
    const auto [read, error] = std::from_chars(token.text.data(), end, expression.percentile);
    const bool valid = token.kind == Token::Kind::number && error == std::errc() && read == end;
    if (!valid || expression.percentile > 1) lexer_.fail_expected("a percentile from 0 to 1");
    lexer_.take();
    lexer_.expect_sign(",");
  }

  int parse_field(Takes takes) {
    const Token token = lexer_.next();
    const int field = find_field(lexer_, source_, describe(takes));
    const FieldDef& def = source_.fields[static_cast<std::size_t>(field)];
    if (!fits(takes, def.type))
      ExpressionLexer::fail(token.at, "expected " + std::string(describe(takes)) + ", found the " +
                                          std::string(name_of(def.type)) + " field '" + def.name + "'");
    return field;
  }

  ExpressionLexer lexer_;
  const SourceDef& source_;
};

/// The shortest text that reads back as the same number.
std::string format_percentile(double p) {
  std::array<char, 32> buffer{};
  // Plain digits: the language has no exponents.
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), p, std::chars_format::fixed);
  if (written.ec == std::errc()) return {buffer.data(), written.ptr};
  std::string longer(1100, '\0');
  const auto end = std::to_chars(longer.data(), longer.data() + longer.size(), p, std::chars_format::fixed).ptr;
  longer.resize(static_cast<std::size_t>(end - longer.data()));
  return longer;
}

std::string format(const ColumnExpression& expression, const SourceDef& source, bool with_percentile) {
  const auto field_name = [&](int field) { return source.fields[static_cast<std::size_t>(field)].name; };
  std::string text(name_of(expression.kind));
  text += "(";
  if (with_percentile && expression.kind == AggregateKind::percentile_cont)
    text += format_percentile(expression.percentile) + ", ";
  if (expression.field >= 0) text += field_name(expression.field);
  if (expression.second_field >= 0) text += ", " + field_name(expression.second_field);
  text += ")";
  if (!expression.where.always()) text += " where " + format_predicate(expression.where, source);
  return text;
}

}  // namespace

ColumnExpression parse_expression(std::string_view text, const SourceDef& source) {
  if (text.size() > kMaxExpressionBytes)
    throw InputError("expected an expression of at most " + std::to_string(kMaxExpressionBytes) + " bytes, found " +
                     std::to_string(text.size()));
  return Parser(text, source).parse();
}

bool is_reserved_word(std::string_view name) {
  constexpr std::array<std::string_view, 9> kWords{"where", "in", "and", "or", "not", "true", "false", "null", "is"};
  return std::find(kWords.begin(), kWords.end(), name) != kWords.end();
}

std::string format_expression(const ColumnExpression& expression, const SourceDef& source) {
  return format(expression, source, true);
}

std::string format_state(const ColumnExpression& expression, const SourceDef& source) {
  return format(expression, source, false);
}

}  // namespace tidemark
